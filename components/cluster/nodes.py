"""Managed node groups, and the role of their nodes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import pulumi
import pulumi_aws as aws

from components.identity.iam import attach_policies, service_trust
from components.tags import name_tag
from planning.aws_place import AwsPlace
from planning.node_images import IMAGES, name_fault

from .node_user_data import Bootstrap, Kubelet, Taint, user_data
from .upgrade_guard import node_guard

# What a kubelet needs, pulling images, and shell access by Session Manager instead of SSH. Not the
# CNI policy: it belongs to the CNI's own role (requirement 8;
# https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html).
NODE_POLICIES: Final[Mapping[str, str]] = {
    "worker": "AmazonEKSWorkerNodePolicy",
    "registry": "AmazonEC2ContainerRegistryReadOnly",
    "ssm": "AmazonSSMManagedInstanceCore",
}
# Where the images have their volumes, and how large Bottlerocket's system is at most
# (https://github.com/aws/karpenter-provider-aws/blob/main/pkg/providers/amifamily/bottlerocket.go).
SYSTEM_DEVICE: Final = "/dev/xvda"
DATA_DEVICE: Final = "/dev/xvdb"
BOTTLEROCKET_SYSTEM_GIB: Final = 4


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
class NodeGroupArgs:
    """Inputs of :class:`NodeGroup`.

    :param cluster_name: the cluster's name.
    :param version: the Kubernetes version of the nodes, that of the control plane.
    :param role_arn: the role of the nodes.
    :param subnet_ids: where the nodes are.
    :param instance_types: EC2 instance types for which the AMI type is.
    :param max_pods: how many pods the kubelet takes, which the instance types and the CNI's mode
        decide (:func:`planning.pod_ips.limits.max_pods_of_group`).
    :param ami_type: an EKS AMI type that fits the instance types.
    :param ami_id: an image of one's own, which is built on that of ``ami_type``.
    :param bootstrap: the cluster, which nodes of an image of one's own must be told.
    :param min_size: the fewest nodes that an autoscaler may leave.
    :param desired_size: how many nodes to create; later changes by an autoscaler stay.
    :param max_size: the most nodes that an autoscaler may make.
    :param capacity_type: on-demand or spot instances.
    :param capacity_reservation: the ID of the only one that nodes start in.
    :param disk_gib: size in GiB of the volume that holds images, logs and what pods write.
    :param disk_type: the volume's type.
    :param disk_iops: its operations a second; ``None``: EBS's own number.
    :param disk_throughput: MiB a second of a gp3 volume; ``None``: EBS's own number.
    :param max_unavailable: how many nodes an update may replace at a time, or a share of them, such
        as ``33%``.
    :param update_strategy: whether new nodes start before old ones go, or with MINIMAL after.
    :param node_repair: whether EKS replaces nodes that stay unhealthy.
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
    ami_id: str | None = None
    bootstrap: Bootstrap | None = None
    max_pods: int
    min_size: int
    desired_size: int
    max_size: int
    capacity_type: Literal["ON_DEMAND", "SPOT"] = "ON_DEMAND"
    capacity_reservation: str | None = None
    disk_gib: int = 30
    disk_type: Literal["gp3", "gp2", "io2", "io1"] = "gp3"
    disk_iops: int | None = None
    disk_throughput: int | None = None
    max_unavailable: int | str = 1
    update_strategy: Literal["DEFAULT", "MINIMAL"] = "DEFAULT"
    node_repair: bool = False
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
        if self.ami_type not in IMAGES:
            raise ValueError(f"ami_type: {name_fault(self.ami_type)}")
        if self.ami_id and self.bootstrap is None:
            raise ValueError("bootstrap: nodes of an image of one's own must be told their cluster")
        if not self.depends_on:
            raise ValueError("depends_on: nodes without a network plugin never become ready")


class NodeGroup(pulumi.ComponentResource):
    """A managed node group with a launch template of its own.

    The template demands IMDSv2 with a hop limit of 1, so that pods cannot take the node's role, and
    encrypted volumes (requirement 26). It sets the kubelet's ``maxPods`` to what the plan of
    addresses counts with (requirement 19). It names no security group: nodes get the one that EKS
    makes for the cluster. ``node_group`` is for others to wait for. Output: ``arn``.
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
            image_id=args.ami_id,
            user_data=user_data(
                IMAGES[args.ami_type].family,
                Kubelet(max_pods=args.max_pods, labels=args.labels, taints=args.taints),
                args.cluster_name,
                args.bootstrap if args.ami_id else None,
            ),
            metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
                http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
            ),
            block_device_mappings=_disks(args),
            capacity_reservation_specification=_reservation(args.capacity_reservation),
            tag_specifications=[
                aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=instance_tags)
                for kind in ("instance", "volume", "network-interface")
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.node_group = aws.eks.NodeGroup(
            name,
            cluster_name=args.cluster_name,
            # EKS takes neither with an image of one's own
            # (https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html).
            version=None if args.ami_id else args.version,
            node_role_arn=args.role_arn,
            subnet_ids=args.subnet_ids,
            instance_types=list(args.instance_types),
            ami_type=None if args.ami_id else args.ami_type,
            capacity_type=args.capacity_type,
            scaling_config=aws.eks.NodeGroupScalingConfigArgs(
                min_size=args.min_size, desired_size=args.desired_size, max_size=args.max_size
            ),
            update_config=_update(args),
            node_repair_config=(
                aws.eks.NodeGroupNodeRepairConfigArgs(enabled=True) if args.node_repair else None
            ),
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


def _disks(args: NodeGroupArgs) -> list[aws.ec2.LaunchTemplateBlockDeviceMappingArgs]:
    """Returns the volumes of an image: Bottlerocket keeps what changes apart from its system.

    https://bottlerocket.dev/en/os/latest/concepts/update-methods/#volumes
    """
    disk = aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
        volume_type=args.disk_type,
        volume_size=args.disk_gib,
        iops=args.disk_iops,
        throughput=args.disk_throughput,
        encrypted="true",
        delete_on_termination="true",
    )
    if IMAGES[args.ami_type].family != "Bottlerocket":
        return [aws.ec2.LaunchTemplateBlockDeviceMappingArgs(device_name=SYSTEM_DEVICE, ebs=disk)]
    system = aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
        volume_type="gp3",
        volume_size=BOTTLEROCKET_SYSTEM_GIB,
        encrypted="true",
        delete_on_termination="true",
    )
    return [
        aws.ec2.LaunchTemplateBlockDeviceMappingArgs(device_name=SYSTEM_DEVICE, ebs=system),
        aws.ec2.LaunchTemplateBlockDeviceMappingArgs(device_name=DATA_DEVICE, ebs=disk),
    ]


def _reservation(
    identifier: str | None,
) -> aws.ec2.LaunchTemplateCapacityReservationSpecificationArgs | None:
    if identifier is None:
        return None
    target = aws.ec2.LaunchTemplateCapacityReservationSpecificationCapacityReservationTargetArgs(
        capacity_reservation_id=identifier
    )
    return aws.ec2.LaunchTemplateCapacityReservationSpecificationArgs(
        capacity_reservation_target=target
    )


def _update(args: NodeGroupArgs) -> aws.eks.NodeGroupUpdateConfigArgs:
    strategy = None if args.update_strategy == "DEFAULT" else args.update_strategy
    if isinstance(args.max_unavailable, int):
        return aws.eks.NodeGroupUpdateConfigArgs(
            max_unavailable=args.max_unavailable, update_strategy=strategy
        )
    return aws.eks.NodeGroupUpdateConfigArgs(
        max_unavailable_percentage=int(args.max_unavailable.removesuffix("%")),
        update_strategy=strategy,
    )
