"""Every metric that an alert or a dashboard reads: who exposes it, and who scrapes it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from . import cloudwatch

# The jobs of the platform's own monitors, as their metrics carry them.
CNI: Final = "aws-node"
CONTROLLER: Final = "aws-load-balancer-controller"
EXPORTER: Final = "cloudwatch-exporter"
# Of the chart's monitors.
STATE: Final = "kube-state-metrics"
KUBELET: Final = "kubelet"
API_SERVER: Final = "apiserver"
DNS: Final = "coredns"
NODES: Final = "node-exporter"
# Of Prometheus itself, for every target and by recording rules.
SELF: Final = "prometheus"
OWN_JOBS: Final = (CNI, CONTROLLER, EXPORTER)


@dataclass(frozen=True, slots=True)
class Source:
    """Who exposes metrics.

    :param job: of the monitor that scrapes them.
    :param where: the page or file that lists them.
    """

    job: str
    where: str


_NAMES: Final[Mapping[Source, str]] = {
    Source(
        CNI,
        "https://github.com/aws/amazon-vpc-cni-k8s/blob/master/utils/prometheusmetrics/prometheusmetrics.go",
    ): "awscni_total_ip_addresses awscni_assigned_ip_addresses awscni_eni_allocated awscni_ip_max "
    "awscni_no_available_ip_addresses awscni_ec2api_error_count",
    Source(
        CONTROLLER, "https://book.kubebuilder.io/reference/metrics-reference"
    ): "controller_runtime_reconcile_errors_total",
    Source(
        EXPORTER,
        "https://github.com/prometheus-community/yet-another-cloudwatch-exporter/blob/master/pkg/promutil/migrate.go",
    ): " ".join(one.prometheus_name for one in cloudwatch.ALL),
    Source(
        STATE, "https://github.com/kubernetes/kube-state-metrics/tree/main/docs/metrics"
    ): "kube_node_info kube_node_status_condition kube_node_status_allocatable kube_pod_info "
    "kube_pod_status_phase kube_pod_status_unschedulable kube_pod_deletion_timestamp "
    "kube_pod_container_status_restarts_total kube_pod_container_resource_requests "
    "kube_daemonset_status_number_unavailable kube_deployment_status_replicas_available "
    "kube_horizontalpodautoscaler_status_current_replicas "
    "kube_horizontalpodautoscaler_spec_max_replicas kube_horizontalpodautoscaler_spec_min_replicas",
    Source(
        KUBELET, "https://kubernetes.io/docs/reference/instrumentation/metrics/"
    ): "kubelet_volume_stats_available_bytes kubelet_volume_stats_capacity_bytes",
    Source(
        API_SERVER, "https://kubernetes.io/docs/reference/instrumentation/metrics/"
    ): "apiserver_admission_webhook_rejection_count apiserver_admission_webhook_fail_open_count",
    Source(
        DNS, "https://coredns.io/plugins/metrics/"
    ): "coredns_dns_responses_total coredns_dns_request_duration_seconds_bucket",
    Source(
        NODES, "https://github.com/prometheus/node_exporter#enabled-by-default"
    ): "node_memory_MemAvailable_bytes node_memory_MemTotal_bytes node_cpu_seconds_total",
    Source(SELF, "https://prometheus.io/docs/concepts/jobs_instances/"): "up",
}


def _by_name() -> Iterator[tuple[str, Source]]:
    for source, names in _NAMES.items():
        for name in names.split():
            yield name, source


METRICS: Final[Mapping[str, Source]] = MappingProxyType(dict(_by_name()))
