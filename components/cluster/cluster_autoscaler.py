"""Cluster Autoscaler, which moves the desired size of node groups by what pods ask for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pulumi
import pulumi_kubernetes as kubernetes

import versions
from components.identity.iam import Statement, document
from components.identity.irsa import OidcProvider, role_with_policy
from components.pods.chart import SYSTEM_NAMESPACE, account_values, release, resource_values
from planning.aws_place import AwsPlace
from planning.scheduling.workloads import CLUSTER_AUTOSCALER as WORKLOAD

SERVICE_ACCOUNT: Final = "cluster-autoscaler"
# What IAM lets nobody narrow by resource
# (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2autoscaling.html,
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html).
_READS: Final = (
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:DescribeAutoScalingInstances",
    "autoscaling:DescribeLaunchConfigurations",
    "autoscaling:DescribeScalingActivities",
    "autoscaling:DescribeTags",
    "ec2:DescribeImages",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeLaunchTemplateVersions",
    "ec2:GetInstanceTypesFromInstanceRequirements",
)
_SCALES: Final = (
    "autoscaling:SetDesiredCapacity",
    "autoscaling:TerminateInstanceInAutoScalingGroup",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterAutoscalerArgs:
    """Inputs of :class:`ClusterAutoscaler`.

    :param cluster_name: the cluster's name.
    :param version: the cluster's Kubernetes version, for which the image is.
    :param expander: which of several node groups grows.
    :param max_graceful_termination_seconds: how long pods of a node that goes may take.
    :param depends_on: what must be there before it and outlive it: nodes and cluster DNS.
    """

    cluster_name: pulumi.Input[str]
    version: str
    oidc: OidcProvider
    place: AwsPlace
    expander: Literal["least-waste", "most-pods", "random"] = "least-waste"
    max_graceful_termination_seconds: int = 600
    depends_on: Sequence[pulumi.Resource]

    def __post_init__(self) -> None:
        if self.version not in versions.CLUSTER_AUTOSCALER_TAGS:
            known = ", ".join(sorted(versions.CLUSTER_AUTOSCALER_TAGS))
            raise ValueError(f"version: must have an image ({known}), got {self.version!r}")


class ClusterAutoscaler(pulumi.ComponentResource):
    """The autoscaler's Helm release with its own role.

    It finds the groups by the tags that EKS gives to those of managed node groups
    (https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html), and may change
    groups with these tags alone. Output: ``role_arn``.
    """

    release: kubernetes.helm.v3.Release
    role_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: ClusterAutoscalerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:cluster_autoscaler:ClusterAutoscaler", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        cluster_name = pulumi.Output.from_input(args.cluster_name)
        role = role_with_policy(
            name,
            oidc=args.oidc,
            namespace=SYSTEM_NAMESPACE,
            service_account=SERVICE_ACCOUNT,
            key="scale",
            description="Cluster Autoscaler",
            policy=cluster_name.apply(lambda known: document(*_statements(args.place, known))),
            opts=child,
        )
        self.role_arn = role.arn
        self.release = release(
            name,
            "cluster-autoscaler",
            version=versions.CLUSTER_AUTOSCALER_CHART,
            repository=versions.CLUSTER_AUTOSCALER_REPOSITORY,
            values={
                "fullnameOverride": SERVICE_ACCOUNT,
                "cloudProvider": "aws",
                "awsRegion": args.place.region,
                "autoDiscovery": {"clusterName": args.cluster_name},
                "image": {"tag": versions.CLUSTER_AUTOSCALER_TAGS[args.version]},
                "rbac": {"serviceAccount": account_values(SERVICE_ACCOUNT, role.arn)},
                "customArgs": [
                    f"--expander={args.expander}",
                    f"--max-graceful-termination-sec={args.max_graceful_termination_seconds}",
                ],
                "resources": resource_values(WORKLOAD.each),
            },
            # No value of the chart names the nodes that it runs on, or the DNS that it asks.
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.depends_on)),
        )
        self.register_outputs({"roleArn": self.role_arn})


def _statements(place: AwsPlace, cluster_name: str) -> list[Statement]:
    owned = {
        "aws:ResourceTag/k8s.io/cluster-autoscaler/enabled": "true",
        f"aws:ResourceTag/k8s.io/cluster-autoscaler/{cluster_name}": "owned",
    }
    groups = place.arn("autoscaling", "autoScalingGroup:*:autoScalingGroupName/*")
    return [
        Statement(
            actions=_READS,
            resources=["*"],
            condition={"StringEquals": {"aws:RequestedRegion": place.region}},
        ),
        Statement(actions=_SCALES, resources=[groups], condition={"StringEquals": owned}),
        # Labels and taints of a group that has no node.
        Statement(
            actions=["eks:DescribeNodegroup"],
            resources=[place.arn("eks", f"nodegroup/{cluster_name}/*/*")],
        ),
    ]
