"""What is watched: metrics with their sources, alerts, and dashboards, as data."""
