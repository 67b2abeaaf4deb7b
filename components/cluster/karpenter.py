"""Karpenter, which starts nodes for pods without room and takes idle ones away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

import versions
from components.identity.iam import document
from components.identity.irsa import OidcProvider, role_with_policy
from components.pods.chart import SYSTEM_NAMESPACE, account_values, release, resource_values
from planning.aws_place import AwsPlace
from planning.scheduling.workloads import KARPENTER as WORKLOAD

from .interruptions import Interruptions
from .karpenter_policy import Reach, karpenter_statements
from .karpenter_pools import NodePool, NodePoolArgs, NodesOf
from .nodes import NodeRole

SERVICE_ACCOUNT: Final = "karpenter"


@dataclass(frozen=True, kw_only=True, slots=True)
class KarpenterArgs:
    """Inputs of :class:`Karpenter`.

    :param cluster_name: the cluster's name.
    :param subnet_ids: of the zones, by name, in which its nodes may be.
    :param security_group_id: that of the nodes, which EKS makes for the cluster.
    :param pools: what nodes it may start, by name.
    :param depends_on: what must be there before it and outlive it: the nodes that it runs on
        itself, their routes, and cluster DNS.
    :param tags: carried by instances, their volumes and their network interfaces.
    """

    cluster_name: pulumi.Input[str]
    oidc: OidcProvider
    place: AwsPlace
    subnet_ids: Mapping[str, pulumi.Input[str]]
    security_group_id: pulumi.Input[str]
    pools: Mapping[str, NodePoolArgs]
    depends_on: Sequence[pulumi.Resource]
    tags: Mapping[str, str]


class Karpenter(pulumi.ComponentResource):
    """The controller's Helm release with its role, its queue, and the pools.

    Its nodes have a role and an instance profile of their own, and an access entry that lets them
    join. Pools come after the controller; on destroy they go before it, and their deletion waits
    until the nodes are gone, which only the controller can end. Output: ``role_arn``.
    """

    release: kubernetes.helm.v3.Release
    role_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: KarpenterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:karpenter:Karpenter", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        nodes = NodeRole(f"{name}-nodes", args.place, opts=child)
        # By its ARN, which is known once its policies are attached.
        role_name = nodes.arn.apply(lambda arn: arn.rpartition("/")[2])
        profile = aws.iam.InstanceProfile(f"{name}-nodes", role=role_name, opts=child)
        access = aws.eks.AccessEntry(
            f"{name}-nodes",
            cluster_name=args.cluster_name,
            principal_arn=nodes.arn,
            type="EC2_LINUX",
            opts=child,
        )
        queue = Interruptions(f"{name}-interruptions", opts=child)
        role = role_with_policy(
            name,
            oidc=args.oidc,
            namespace=SYSTEM_NAMESPACE,
            service_account=SERVICE_ACCOUNT,
            key="nodes",
            description="Karpenter",
            policy=_policy(args, nodes, queue),
            opts=child,
        )
        self.role_arn = role.arn
        self.release = release(
            name,
            "karpenter",
            version=versions.KARPENTER_CHART,
            repository=versions.KARPENTER_REPOSITORY,
            values={
                "replicas": WORKLOAD.count,
                "serviceAccount": account_values(SERVICE_ACCOUNT, role.arn),
                "settings": {"clusterName": args.cluster_name, "interruptionQueue": queue.name},
                "controller": {
                    # Given, so that it never asks the nodes' metadata service, which pods cannot
                    # reach.
                    "env": [{"name": "AWS_REGION", "value": args.place.region}],
                    "resources": resource_values(WORKLOAD.each),
                },
            },
            # No value of the chart names the nodes that it runs on, or the DNS that it asks.
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.depends_on)),
        )
        of = NodesOf(
            instance_profile=profile.name,
            security_group_id=args.security_group_id,
            subnet_ids=args.subnet_ids,
            tags=args.tags,
            # Their definitions and who ends their nodes; nodes need the access entry to join.
            depends_on=[self.release, access],
        )
        for key, pool in args.pools.items():
            NodePool(f"{name}-{key}", pool, of, opts=child)
        self.register_outputs({"roleArn": self.role_arn})


def _policy(args: KarpenterArgs, nodes: NodeRole, queue: Interruptions) -> pulumi.Output[str]:
    def statements(cluster_name: str) -> pulumi.Output[str]:
        reach = Reach(
            place=args.place,
            cluster_name=cluster_name,
            subnet_ids=list(args.subnet_ids.values()),
            security_group_id=args.security_group_id,
            node_role_arn=nodes.arn,
            queue_arn=queue.arn,
        )
        return document(*karpenter_statements(reach))

    return pulumi.Output.from_input(args.cluster_name).apply(statements)
