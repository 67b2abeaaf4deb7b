"""Who watches the cluster: Prometheus, its alerts, and its dashboards."""
