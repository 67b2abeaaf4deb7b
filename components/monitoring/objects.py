"""What the operator makes rules and scrape configurations of, and the dashboards."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.pods.chart import SYSTEM_NAMESPACE
from components.pods.hardened import LABEL
from planning.monitoring.dashboards import Dashboard
from planning.monitoring.metrics import CNI, CONTROLLER, EXPORTER

_API: Final = "monitoring.coreos.com/v1"


class Watch:
    """Objects in the namespace of the monitoring that the operator acts on.

    :param release: the chart's release by its name, by which Prometheus finds them.
    :param opts: with the release, which brings their kinds, and outlives them.
    """

    def __init__(
        self, name: str, *, namespace: pulumi.Input[str], release: str, opts: pulumi.ResourceOptions
    ) -> None:
        self._name, self._namespace, self._opts = name, namespace, opts
        self._labels = {"release": release}

    def rules(self, groups: Sequence[Mapping[str, Any]]) -> kubernetes.apiextensions.CustomResource:
        """Creates the rules of the platform."""
        return self._made("rules", "PrometheusRule", {"groups": groups})

    def cni(self) -> kubernetes.apiextensions.CustomResource:
        """Has the CNI of each node scraped, with the node's name on its metrics."""
        relabelings = [{"sourceLabels": ["__meta_kubernetes_pod_node_name"], "targetLabel": "node"}]
        endpoint = {"port": "metrics", "relabelings": relabelings}
        return self._pods(CNI, "k8s-app", endpoint, SYSTEM_NAMESPACE)

    def controller(self) -> kubernetes.apiextensions.CustomResource:
        """Has the load balancer controller scraped."""
        return self._pods(CONTROLLER, LABEL, {"port": "metrics-server"}, SYSTEM_NAMESPACE)

    def cloudwatch(self, port: str, namespace: str) -> kubernetes.apiextensions.CustomResource:
        """Has what reads CloudWatch scraped, which has new numbers every five minutes."""
        return self._pods(EXPORTER, LABEL, {"port": port, "interval": "1m"}, namespace)

    def _pods(
        self, job: str, label: str, endpoint: Mapping[str, Any], namespace: str
    ) -> kubernetes.apiextensions.CustomResource:
        """Creates a monitor of the pods whose label has the job's name for a value."""
        spec = {
            "jobLabel": label,
            "namespaceSelector": {"matchNames": [namespace]},
            "selector": {"matchLabels": {label: job}},
            "podMetricsEndpoints": [endpoint],
        }
        return self._made(job, "PodMonitor", spec)

    def _made(
        self, key: str, kind: str, spec: Mapping[str, Any]
    ) -> kubernetes.apiextensions.CustomResource:
        return kubernetes.apiextensions.CustomResource(
            f"{self._name}-{key}",
            api_version=_API,
            kind=kind,
            metadata=ObjectMetaArgs(
                name=f"eks-platform-{key}", namespace=self._namespace, labels=self._labels
            ),
            spec=spec,
            opts=self._opts,
        )


def dashboard_map(
    name: str,
    shown: Sequence[Dashboard],
    *,
    namespace: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> kubernetes.core.v1.ConfigMap:
    """Creates the ConfigMap with the dashboards, a file for each."""
    return kubernetes.core.v1.ConfigMap(
        name,
        metadata=ObjectMetaArgs(name=name, namespace=namespace),
        data={
            f"{one.uid}.json": json.dumps(one.to_data(), indent=1, sort_keys=True) for one in shown
        },
        opts=opts,
    )
