"""What Prometheus reads CloudWatch by: load balancers as AWS sees them, and certificates."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.apps.v1 import StatefulSetSpecArgs
from pulumi_kubernetes.core.v1 import (
    ConfigMapVolumeSourceArgs,
    PodTemplateSpecArgs,
    VolumeArgs,
    VolumeMountArgs,
)
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs

from components.identity.iam import Statement, document
from components.identity.irsa import ROLE_ANNOTATION, OidcProvider, role_with_policy
from components.pods.hardened import LABEL, HardenedContainer, Probes, Resources, pod_spec
from planning.aws_place import AwsPlace
from planning.monitoring.cloudwatch import INTERVAL_SECONDS, exporter_config
from planning.monitoring.pods import CLOUDWATCH_EXPORTER as WORKLOAD
from planning.scheduling.placement import ANYWHERE, Placement

NAME: Final = WORKLOAD.name
PORT_NAME: Final = "http"
_PORT: Final = 5000
_CONFIG: Final = "/etc/cloudwatch-exporter"
_FILE: Final = "config.yml"
# Nobody's.
_USER: Final = 65534
# Neither of these can be narrowed to a resource
# (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html,
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonresourcegrouptaggingapi.html).
_READS: Final = (
    "cloudwatch:GetMetricData",
    "cloudwatch:GetMetricStatistics",
    "cloudwatch:ListMetrics",
    "tag:GetResources",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class CloudWatchExporterArgs:
    """Inputs of :class:`CloudWatchExporter`.

    :param cluster_name: of the load balancers' tag.
    :param namespace: where it runs, once that is there and has nodes for its pods.
    :param namespace_name: the same, for the role.
    :param certificates: ARNs of certificates whose age is watched.
    """

    cluster_name: pulumi.Input[str]
    namespace: pulumi.Input[str]
    namespace_name: str
    oidc: OidcProvider
    place: AwsPlace
    image: str
    certificates: Sequence[str] = ()
    placement: Placement = ANYWHERE


class CloudWatchExporter(pulumi.ComponentResource):
    """One pod that asks CloudWatch every five minutes, with a role that may read and nothing else.

    Creates the IAM policy, the role, the service account, the configuration and the pod.
    """

    def __init__(
        self, name: str, args: CloudWatchExporterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:monitoring:CloudWatchExporter", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = role_with_policy(
            name,
            oidc=args.oidc,
            namespace=args.namespace_name,
            service_account=NAME,
            key="read",
            description="Reads CloudWatch",
            policy=document(
                Statement(
                    actions=_READS,
                    resources=["*"],
                    condition={"StringEquals": {"aws:RequestedRegion": args.place.region}},
                )
            ),
            opts=child,
        )
        labels = {LABEL: NAME}
        account = kubernetes.core.v1.ServiceAccount(
            name,
            metadata=ObjectMetaArgs(
                name=NAME,
                namespace=args.namespace,
                labels=labels,
                annotations={ROLE_ANNOTATION: role.arn},
            ),
            automount_service_account_token=False,
            opts=child,
        )
        config = kubernetes.core.v1.ConfigMap(
            name,
            # Pulumi names it: another one makes new pods.
            metadata=ObjectMetaArgs(namespace=args.namespace, labels=labels),
            immutable=True,
            data={_FILE: _config(args)},
            opts=child,
        )
        # One by its kind: two at a time would ask, and pay, twice.
        kubernetes.apps.v1.StatefulSet(
            name,
            metadata=ObjectMetaArgs(name=NAME, namespace=args.namespace, labels=labels),
            spec=StatefulSetSpecArgs(
                replicas=1,
                selector=LabelSelectorArgs(match_labels=labels),
                template=PodTemplateSpecArgs(
                    metadata=ObjectMetaArgs(labels=labels),
                    spec=pod_spec(
                        account.metadata.name,
                        _container(args.image),
                        user_id=_USER,
                        placement=args.placement,
                        grace_seconds=10,
                        volumes=[
                            VolumeArgs(
                                name="config",
                                config_map=ConfigMapVolumeSourceArgs(name=config.metadata.name),
                            )
                        ],
                    ),
                ),
            ),
            opts=child,
        )
        self.register_outputs({})


def _config(args: CloudWatchExporterArgs) -> pulumi.Output[str]:
    return pulumi.Output.from_input(args.cluster_name).apply(
        lambda known: json.dumps(
            exporter_config(args.place.region, known, args.certificates), indent=1, sort_keys=True
        )
    )


def _container(image: str) -> HardenedContainer:
    return HardenedContainer(
        name=NAME,
        image=image,
        port=(PORT_NAME, _PORT),
        resources=Resources.of(WORKLOAD.each, cpu_limit="200m", memory_limit="128Mi"),
        probes=Probes(
            action={"http_get": {"path": "/healthz", "port": PORT_NAME}},
            start=(5, 12),
            alive=(20, 3),
        ),
        args=[
            f"--config.file={_CONFIG}/{_FILE}",
            # By itself it listens where nobody but itself reaches it.
            f"--listen-address=:{_PORT}",
            f"--scraping-interval={INTERVAL_SECONDS}",
        ],
        mounts=[VolumeMountArgs(name="config", mount_path=_CONFIG, read_only=True)],
    )
