"""Prometheus with its alerts, Alertmanager, Grafana, and what they read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_kubernetes as kubernetes

import versions
from components.identity.irsa import OidcProvider
from components.pods.chart import merged, release
from components.secrets.secret import Secret, SecretArgs, password
from components.secrets.store import SecretStore
from planning.aws_place import AwsPlace
from planning.images import Images
from planning.monitoring.alert import PAGE
from planning.monitoring.alerts import rule_groups
from planning.monitoring.dashboards import shown
from planning.monitoring.images import image_values
from planning.monitoring.pods import prometheus_each
from planning.scheduling.placement import ANYWHERE, Placement

from .alert_topic import AlertTopic
from .cloudwatch_exporter import PORT_NAME, CloudWatchExporter, CloudWatchExporterArgs
from .namespaces import namespace, only_among_themselves
from .objects import Watch, dashboard_map
from .values import (
    GRAFANA,
    alertmanager_values,
    cluster_values,
    grafana_values,
    prometheus_values,
    receiver,
)

NAMESPACE: Final = "monitoring"
# Pods that see their whole node, and nothing else beside them.
NODE_NAMESPACE: Final = "node-exporter"
_CHART: Final = "kube-prometheus-stack"


@dataclass(frozen=True, kw_only=True, slots=True)
class MonitoringArgs:
    """Inputs of :class:`Monitoring`.

    :param store: where Grafana's password is kept.
    :param storage_class: of the volumes.
    :param addresses: how many addresses nodes and pods may take, by zone.
    :param certificates: ARNs of certificates whose age is watched.
    :param replicas: how many of Prometheus, and as many of Alertmanager, 1 or 2.
    :param retention_days: for how long samples are kept, if the volume is not full before.
    :param volume_gib: the volume of each Prometheus, 10 GiB or more.
    :param memory_mib: what each Prometheus is promised.
    :param cloudwatch: whether load balancers and certificates are read from CloudWatch.
    :param sns: whether alerts go to a topic of SNS.
    :param webhook: an address that alerts are posted to.
    :param runbook_url: the page with the alerts.
    :param placement: on which nodes the pods run, but for those of each node.
    :param depends_on: what must be there before everything in the namespace and outlive it: the
        class of the volumes, which waits for its driver, nodes and cluster DNS.
    """

    cluster_name: pulumi.Input[str]
    oidc: OidcProvider
    place: AwsPlace
    store: SecretStore
    storage_class: pulumi.Input[str]
    images: Images
    addresses: Mapping[str, int]
    certificates: Sequence[str] = ()
    replicas: int = 1
    retention_days: int = 15
    volume_gib: int = 50
    memory_mib: int = 2048
    cloudwatch: bool = True
    sns: bool = True
    webhook: str | None = None
    runbook_url: str | None = None
    placement: Placement = ANYWHERE
    depends_on: Sequence[pulumi.Resource]

    def __post_init__(self) -> None:
        if not self.sns and not self.webhook:
            raise ValueError("sns: alerts need a receiver, a topic or a webhook")
        if self.webhook and not self.webhook.startswith("https://"):
            raise ValueError(f"webhook: must begin with https://, got {self.webhook!r}")


class Monitoring(pulumi.ComponentResource):
    """What watches the platform, and says what is wrong.

    Creates two namespaces, restricted pods in one and in the other those that see their node; a
    NetworkPolicy that lets nobody in from elsewhere; the topic of the alerts; Grafana's password;
    what reads CloudWatch; the release of kube-prometheus-stack on gp3 volumes; then the rules and
    what is scraped. Outputs: ``topic_arn``, nothing without a topic.
    """

    topic_arn: pulumi.Output[str] | None

    def __init__(
        self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:monitoring:Monitoring", name, None, opts)
        self._name, self._child = name, pulumi.ResourceOptions(parent=self)
        # Claims are in the namespace and go with it, and their volumes need the driver for that.
        outlived = pulumi.ResourceOptions(parent=self, depends_on=list(args.depends_on))
        inside = namespace(f"{name}-{NAMESPACE}", NAMESPACE, "restricted", outlived)
        of_nodes = namespace(f"{name}-{NODE_NAMESPACE}", NODE_NAMESPACE, "privileged", self._child)
        only_among_themselves(name, inside, self._child)
        topic = (
            AlertTopic(
                f"{name}-alerts",
                namespace=NAMESPACE,
                oidc=args.oidc,
                place=args.place,
                opts=self._child,
            )
            if args.sns
            else None
        )
        self.topic_arn = topic.arn if topic else None
        secret = Secret(
            f"{name}-{GRAFANA}",
            SecretArgs(
                store=args.store,
                namespace=NAMESPACE,
                service_account=GRAFANA,
                values={"password": password(f"{name}-{GRAFANA}", self._child)},
                depends_on=[inside],
            ),
            opts=self._child,
        )
        dashboards = dashboard_map(
            f"{name}-dashboards",
            shown(cloudwatch=args.cloudwatch),
            namespace=inside.metadata.name,
            opts=self._child,
        )
        chart = release(
            f"{name}-{_CHART}",
            _CHART,
            version=versions.MONITORING_CHART,
            repository=versions.MONITORING_REPOSITORY,
            namespace=inside.metadata.name,
            values=merged(
                _values(args, topic, secret, dashboards.metadata.name),
                cluster_values(of_nodes.metadata.name),
                _placed(args.placement),
                image_values(args.images),
            ),
            opts=self._child,
        )
        self._watch(args, chart, inside)
        self.register_outputs({"topicArn": self.topic_arn})

    def _watch(
        self,
        args: MonitoringArgs,
        chart: kubernetes.helm.v3.Release,
        inside: kubernetes.core.v1.Namespace,
    ) -> None:
        """Creates what is watched, once the chart has brought its kinds."""
        watch = Watch(
            self._name,
            namespace=inside.metadata.name,
            release=_CHART,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[chart]),
        )
        page = args.runbook_url or PAGE
        watch.rules(rule_groups(args.addresses, page=page, cloudwatch=args.cloudwatch))
        watch.cni()
        watch.controller()
        if not args.cloudwatch:
            return
        CloudWatchExporter(
            f"{self._name}-cloudwatch-exporter",
            CloudWatchExporterArgs(
                cluster_name=args.cluster_name,
                namespace=inside.metadata.name,
                namespace_name=NAMESPACE,
                oidc=args.oidc,
                place=args.place,
                image=args.images.of(versions.CLOUDWATCH_EXPORTER_IMAGE),
                certificates=args.certificates,
                placement=args.placement,
            ),
            opts=self._child,
        )
        watch.cloudwatch(PORT_NAME, NAMESPACE)


def _values(
    args: MonitoringArgs, topic: AlertTopic | None, secret: Secret, dashboards: pulumi.Input[str]
) -> dict[str, Any]:
    return {
        "prometheus": prometheus_values(
            cluster_name=args.cluster_name,
            replicas=args.replicas,
            retention_days=args.retention_days,
            volume_gib=args.volume_gib,
            storage_class=args.storage_class,
            each=prometheus_each(args.memory_mib),
        ),
        "alertmanager": alertmanager_values(
            replicas=args.replicas,
            storage_class=args.storage_class,
            receiver=receiver(topic and topic.arn, args.place.region, args.webhook),
            role_arn=topic and topic.role_arn,
        ),
        "grafana": grafana_values(
            role_arn=secret.role_arn,
            password_file=secret.files["password"],
            password_class=secret.class_name,
            dashboards=dashboards,
        ),
    }


def _placed(placement: Placement) -> dict[str, Any]:
    """Returns on which nodes the pods run, but for those of each node."""
    where = placement.chart_values()
    if not where:
        return {}
    return {
        "alertmanager": {"alertmanagerSpec": where},
        "grafana": where,
        "kube-state-metrics": where,
        "prometheus": {"prometheusSpec": where},
        "prometheusOperator": where,
    }
