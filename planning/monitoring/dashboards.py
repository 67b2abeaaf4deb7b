"""The platform's dashboards, as Grafana reads them.

https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from . import cloudwatch as cw
from .cluster_alerts import FREE

# The data source that the chart's values name so.
DATA_SOURCE: Final = "prometheus"
_WIDTH, _HEIGHT, _COLUMNS = 12, 8, 2
_BALANCER: Final = "dimension_LoadBalancer"
_LEGEND: Final = "{{dimension_LoadBalancer}}"


@dataclass(frozen=True, slots=True)
class Panel:
    """A graph over time.

    :param queries: PromQL by how a series is called.
    :param unit: Grafana's name of it.
    """

    title: str
    queries: Mapping[str, str]
    unit: str = "short"

    def to_data(self, number: int) -> Mapping[str, Any]:
        """Returns the panel at its place, counted from the top left."""
        source = {"type": "prometheus", "uid": DATA_SOURCE}
        row, column = divmod(number, _COLUMNS)
        return {
            "id": number + 1,
            "title": self.title,
            "type": "timeseries",
            "datasource": source,
            "gridPos": {"x": column * _WIDTH, "y": row * _HEIGHT, "w": _WIDTH, "h": _HEIGHT},
            "fieldConfig": {"defaults": {"unit": self.unit, "min": 0}, "overrides": []},
            "options": {"legend": {"displayMode": "list", "placement": "bottom"}},
            "targets": [
                {"refId": chr(ord("A") + place), "datasource": source}
                | {"expr": expr, "legendFormat": legend}
                for place, (legend, expr) in enumerate(self.queries.items())
            ],
        }


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Graphs of one subject, two in a row."""

    uid: str
    title: str
    panels: Sequence[Panel]

    def to_data(self) -> Mapping[str, Any]:
        """Returns the dashboard as Grafana provisions it."""
        return {
            "uid": self.uid,
            "title": self.title,
            "tags": ["eks-platform"],
            # The oldest schema with this kind of graph; Grafana brings it forward itself.
            "schemaVersion": 36,
            "timezone": "utc",
            "refresh": "1m",
            "time": {"from": "now-6h", "to": "now"},
            "panels": [panel.to_data(number) for number, panel in enumerate(self.panels)],
        }


def _sum(metric: cw.CloudWatchMetric) -> str:
    return f"sum by ({_BALANCER}) ({metric.prometheus_name})"


def _targets(*metrics: cw.CloudWatchMetric) -> str:
    names = " or ".join(one.prometheus_name for one in metrics)
    return f"sum by ({_BALANCER}) ({names})"


ADDRESSES: Final = Dashboard(
    "eks-platform-addresses",
    "Addresses and pods",
    (
        Panel("Free addresses for nodes, by zone", {"{{zone}}": FREE}, "percentunit"),
        Panel(
            "Warm pool, by node",
            {"{{node}}": "awscni_total_ip_addresses - awscni_assigned_ip_addresses"},
        ),
        Panel("Interfaces, by node", {"{{node}}": "awscni_eni_allocated"}),
        Panel(
            "Pods refused for want of an address, in 5 minutes",
            {"{{node}}": "increase(awscni_no_available_ip_addresses[5m])"},
        ),
        Panel(
            "Pods of maxPods, by node",
            {
                "{{node}}": 'sum by (node) (kube_pod_status_phase{phase=~"Pending|Running"}'
                " * on (namespace, pod, uid) group_left (node) kube_pod_info"
                '{node!=""}) / on (node) kube_node_status_allocatable{resource="pods"}'
            },
            "percentunit",
        ),
        Panel(
            "Calls of EC2 that failed, in 5 minutes",
            {"{{node}} {{fn}}": "increase(awscni_ec2api_error_count[5m])"},
        ),
    ),
)
BALANCERS: Final = Dashboard(
    "eks-platform-load-balancers",
    "Load balancers and shutdown",
    (
        Panel("Requests in 5 minutes", {_LEGEND: _sum(cw.REQUESTS)}),
        Panel(
            "Seconds to an answer, on average", {_LEGEND: cw.RESPONSE_SECONDS.prometheus_name}, "s"
        ),
        Panel(
            "5xx in 5 minutes",
            {
                f"{_LEGEND}, by pods": _sum(cw.TARGET_ERRORS),
                f"{_LEGEND}, by itself": _sum(cw.BALANCER_ERRORS),
            },
        ),
        Panel(
            "Targets",
            {
                f"{_LEGEND} healthy": _targets(cw.HEALTHY, cw.NLB_HEALTHY),
                f"{_LEGEND} unhealthy": _targets(cw.UNHEALTHY, cw.NLB_UNHEALTHY),
            },
        ),
        Panel(
            "Requests cut, in 5 minutes",
            {
                f"{_LEGEND} 502": _sum(cw.BAD_GATEWAYS),
                f"{_LEGEND} refused": _sum(cw.REFUSED_CONNECTIONS),
            },
        ),
        Panel(
            "Pods that are leaving",
            {"{{namespace}}": "count by (namespace) (kube_pod_deletion_timestamp)"},
        ),
    ),
)
WORKLOADS: Final = Dashboard(
    "eks-platform-workloads",
    "Nodes and workloads",
    (
        Panel(
            "CPU asked for, of what nodes have",
            {
                "{{node}}": 'sum by (node) (kube_pod_container_resource_requests{resource="cpu"})'
                ' / on (node) kube_node_status_allocatable{resource="cpu"}'
            },
            "percentunit",
        ),
        Panel(
            "Memory asked for, of what nodes have",
            {
                "{{node}}": "sum by (node)"
                ' (kube_pod_container_resource_requests{resource="memory"})'
                ' / on (node) kube_node_status_allocatable{resource="memory"}'
            },
            "percentunit",
        ),
        Panel(
            "CPU in use",
            {
                "{{instance}}": "1 - avg by (instance)"
                ' (rate(node_cpu_seconds_total{mode="idle"}[5m]))'
            },
            "percentunit",
        ),
        Panel(
            "Memory in use",
            {"{{instance}}": "1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes"},
            "percentunit",
        ),
        Panel(
            "Restarts in an hour",
            {
                "{{namespace}}/{{pod}}": "sum by (namespace, pod)"
                " (increase(kube_pod_container_status_restarts_total[1h])) > 0"
            },
        ),
        Panel(
            "Replicas of their maximum",
            {
                "{{namespace}}/{{horizontalpodautoscaler}}": (
                    "kube_horizontalpodautoscaler_status_current_replicas"
                    " / kube_horizontalpodautoscaler_spec_max_replicas"
                )
            },
            "percentunit",
        ),
        Panel(
            "Volumes, how full",
            {
                "{{namespace}}/{{persistentvolumeclaim}}": "1"
                " - kubelet_volume_stats_available_bytes"
                " / kubelet_volume_stats_capacity_bytes"
            },
            "percentunit",
        ),
        Panel(
            "Seconds to an answer of cluster DNS, for 99 of 100",
            {
                "p99": "histogram_quantile(0.99,"
                " sum by (le) (rate(coredns_dns_request_duration_seconds_bucket[5m])))"
            },
            "s",
        ),
    ),
)
DASHBOARDS: Final = (ADDRESSES, BALANCERS, WORKLOADS)


def shown(*, cloudwatch: bool) -> Sequence[Dashboard]:
    """Returns the dashboards that have data.

    :param cloudwatch: whether there is what CloudWatch is read by.
    """
    return DASHBOARDS if cloudwatch else (ADDRESSES, WORKLOADS)
