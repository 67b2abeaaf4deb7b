"""Managed node groups on Amazon Linux 2023, and the role of their nodes."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import pulumi
import pulumi_aws as aws

from components.identity.iam import attach_policies, service_trust
from components.tags import name_tag
from planning.aws_place import AwsPlace

from .upgrade_guard import node_guard

# What a kubelet needs, pulling images, and shell access by Session Manager instead of SSH. Not the
# CNI policy: it belongs to the CNI's own role (requirement 8;
# https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html).
NODE_POLICIES: Final[Mapping[str, str]] = {
    "worker": "AmazonEKSWorkerNodePolicy",
    "registry": "AmazonEC2ContainerRegistryReadOnly",
    "ssm": "AmazonSSMManagedInstanceCore",
}


class NodeRole(pulumi.ComponentResource):
    """The role of all nodes. Output: ``arn``, known once its policies are attached."""

    arn: pulumi.Output[str]

    def __init__(
        self, name: str, place: AwsPlace, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:nodes:NodeRole", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            name,
            description="EKS nodes",
            assume_role_policy=service_trust("ec2.amazonaws.com"),
            opts=child,
        )
        policies = {key: place.managed_policy(policy) for key, policy in NODE_POLICIES.items()}
        self.arn = attach_policies(name, role, policies, child).arn
        self.register_outputs({"arn": self.arn})


@dataclass(frozen=True, kw_only=True, slots=True)
class Taint:
    """A taint in the terms of the EKS API.

    :param key: its key.
    :param value: its value.
    :param effect: what happens to pods that do not tolerate it.
    """

    key: str
    value: str
    effect: Literal["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"]


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeGroupArgs:
    """Inputs of :class:`NodeGroup`.

    :param cluster_name: the cluster's name.
    :param version: the Kubernetes version of the nodes, that of the control plane.
    :param role_arn: the role of the nodes.
    :param subnet_ids: where the nodes are.
    :param instance_types: EC2 instance types for which the AMI type is.
    :param max_pods: how many pods the kubelet takes, which the instance types and the CNI's mode
        decide (:func:`planning.pod_ips.limits.max_pods_of_group`).
    :param ami_type: an EKS AMI type of Amazon Linux 2023 that fits the instance types.
    :param min_size: the fewest nodes that an autoscaler may leave.
    :param desired_size: how many nodes to create; later changes by an autoscaler stay.
    :param max_size: the most nodes that an autoscaler may make.
    :param capacity_type: on-demand or spot instances.
    :param disk_gib: size of the root volume in GiB.
    :param max_unavailable: how many nodes an update may replace at a time.
    :param labels: Kubernetes labels of the nodes.
    :param taints: taints of the nodes.
    :param depends_on: what must be there before the nodes and outlive them: the VPC CNI, kube-proxy
        and the routes by which they pull images.
    :param tags: carried by instances, their volumes and their network interfaces.
    """

    cluster_name: pulumi.Input[str]
    version: str
    role_arn: pulumi.Input[str]
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    instance_types: Sequence[str]
    ami_type: str
    max_pods: int
    min_size: int
    desired_size: int
    max_size: int
    capacity_type: Literal["ON_DEMAND", "SPOT"] = "ON_DEMAND"
    disk_gib: int = 30
    max_unavailable: int = 1
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    taints: Sequence[Taint] = ()
    depends_on: Sequence[pulumi.Resource]
    tags: Mapping[str, str]

    def __post_init__(self) -> None:
        if not self.min_size <= self.desired_size <= self.max_size:
            raise ValueError(
                f"desired_size: must lie between min_size {self.min_size} and max_size "
                f"{self.max_size}, got {self.desired_size}"
            )
        if not self.depends_on:
            raise ValueError("depends_on: nodes without a network plugin never become ready")


class NodeGroup(pulumi.ComponentResource):
    """A managed node group with a launch template of its own.

    The template demands IMDSv2 with a hop limit of 1, so that pods cannot take the node's role, and
    an encrypted gp3 root volume (requirement 26). It sets the kubelet's ``maxPods`` to what
    the plan of addresses counts with (requirement 19). It names no security group: nodes get the
    one that EKS makes for the cluster. ``node_group`` is for others to wait for. Output:
    ``arn``.
    """

    node_group: aws.eks.NodeGroup
    arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: NodeGroupArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:nodes:NodeGroup", name, None, opts)
        instance_tags = {**args.tags, **name_tag(name)}
        template = aws.ec2.LaunchTemplate(
            name,
            description=f"Nodes of {name}",
            update_default_version=True,
            user_data=_user_data(args.max_pods),
            metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
                http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
            ),
            block_device_mappings=[
                aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
                    device_name="/dev/xvda",
                    ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                        volume_type="gp3",
                        volume_size=args.disk_gib,
                        encrypted="true",
                        delete_on_termination="true",
                    ),
                )
            ],
            tag_specifications=[
                aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=instance_tags)
                for kind in ("instance", "volume", "network-interface")
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.node_group = aws.eks.NodeGroup(
            name,
            cluster_name=args.cluster_name,
            version=args.version,
            node_role_arn=args.role_arn,
            subnet_ids=args.subnet_ids,
            instance_types=list(args.instance_types),
            ami_type=args.ami_type,
            capacity_type=args.capacity_type,
            scaling_config=aws.eks.NodeGroupScalingConfigArgs(
                min_size=args.min_size, desired_size=args.desired_size, max_size=args.max_size
            ),
            update_config=aws.eks.NodeGroupUpdateConfigArgs(max_unavailable=args.max_unavailable),
            launch_template=aws.eks.NodeGroupLaunchTemplateArgs(
                id=template.id, version=template.latest_version.apply(str)
            ),
            labels=dict(args.labels),
            taints=[
                aws.eks.NodeGroupTaintArgs(key=taint.key, value=taint.value, effect=taint.effect)
                for taint in args.taints
            ],
            opts=pulumi.ResourceOptions(
                parent=self,
                # No input of a node group names its network plugin or its way to a registry.
                depends_on=list(args.depends_on),
                # An autoscaler moves it (requirement 28).
                ignore_changes=["scalingConfig.desiredSize"],
                hooks=node_guard(name, args.version),
            ),
        )
        self.arn = self.node_group.arn
        self.register_outputs({"arn": self.arn})


def _user_data(max_pods: int) -> str:
    """Returns what nodeadm reads at boot, which EKS merges with the cluster's own data.

    https://awslabs.github.io/amazon-eks-ami/nodeadm/doc/api/ has the format.
    """
    config = {
        "apiVersion": "node.eks.aws/v1alpha1",
        "kind": "NodeConfig",
        "spec": {"kubelet": {"config": {"maxPods": max_pods}}},
    }
    # JSON is YAML, too.
    lines = [
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="BOUNDARY"',
        "",
        "--BOUNDARY",
        "Content-Type: application/node.eks.aws",
        "",
        json.dumps(config, indent=2),
        "",
        "--BOUNDARY--",
        "",
    ]
    return base64.b64encode("\n".join(lines).encode()).decode()
