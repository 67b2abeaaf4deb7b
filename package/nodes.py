"""Nodes and the add-ons that they need."""

from typing import Any, NotRequired, TypedDict

import pulumi

from components.cluster import addons, nodes, vpc_cni
from components.identity.irsa import OidcProvider

from .inputs import Packaged, behind, build


def oidc_provider(inputs: Any) -> OidcProvider:
    """Returns the identity provider from the two inputs that name it."""
    return OidcProvider(
        arn=pulumi.Output.from_input(inputs["oidc_arn"]),
        issuer=pulumi.Output.from_input(inputs["oidc_issuer"]),
    )


class CniModeInputs(TypedDict):
    """How the VPC CNI finds addresses for pods."""

    prefix_delegation: NotRequired[bool]
    """/28 prefixes instead of single addresses."""


class WarmTargetInputs(TypedDict):
    """What a node holds in reserve; what is not given is AWS's default."""

    minimum_ip_target: NotRequired[int]
    """Addresses that a node holds at least."""
    warm_ip_target: NotRequired[int]
    """Free addresses that a node holds."""
    warm_eni_target: NotRequired[int]
    """Free network interfaces that a node holds."""
    warm_prefix_target: NotRequired[int]
    """Free prefixes that a node holds."""


class VpcCniInputs(TypedDict):
    """Inputs of VpcCni."""

    cluster_name: pulumi.Input[str]
    """The cluster's name."""
    oidc_arn: pulumi.Input[str]
    """The ARN of the cluster's identity provider."""
    oidc_issuer: pulumi.Input[str]
    """Its issuer's URL without the scheme."""
    partition: str
    """The AWS partition, such as aws."""
    mode: CniModeInputs
    """How pods get their addresses."""
    targets: WarmTargetInputs
    """What a node holds in reserve."""
    version: NotRequired[str]
    """The add-on's version; without it EKS's default when the add-on is created."""
    network_policy: NotRequired[bool]
    """Whether NetworkPolicy objects are enforced."""
    tags: dict[str, str]
    """Carried by every resource."""


class VpcCni(Packaged):
    """The managed add-on vpc-cni with a role of its own."""

    addon_arn: pulumi.Output[str]
    """The add-on's ARN, for node groups to wait for."""
    role_arn: pulumi.Output[str]
    """The ARN of its role."""

    def __init__(
        self, name: str, args: VpcCniInputs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        plain = build(
            vpc_cni.VpcCniArgs, args, cluster_name=args["cluster_name"], oidc=oidc_provider(args)
        )
        made = vpc_cni.VpcCni(name, plain, self._child)
        self.addon_arn, self.role_arn = made.addon.arn, made.role_arn
        self.finish()


class ManagedAddonInputs(TypedDict):
    """Inputs of ManagedAddon."""

    addon_name: str
    """EKS's name, such as coredns."""
    cluster_name: pulumi.Input[str]
    """The cluster's name."""
    version: NotRequired[str]
    """The add-on's version; without it EKS's default when the add-on is created."""
    after: NotRequired[pulumi.Input[list[str]]]
    """Outputs of what must be there before it and outlive it."""
    tags: dict[str, str]
    """Carried by the add-on."""


class ManagedAddon(Packaged):
    """An EKS add-on."""

    addon_arn: pulumi.Output[str]
    """The add-on's ARN, for others to wait for."""

    def __init__(
        self, name: str, args: ManagedAddonInputs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        plain = build(
            addons.ManagedAddonArgs,
            args,
            cluster_name=args["cluster_name"],
            after=behind(args.get("after", [])),
        )
        self.addon_arn = addons.ManagedAddon(name, plain, self._child).addon.arn
        self.finish()


class NodeRoleInputs(TypedDict):
    """Inputs of NodeRole."""

    partition: str
    """The AWS partition, such as aws."""
    tags: dict[str, str]
    """Carried by the role."""


class NodeRole(Packaged):
    """The role of all nodes."""

    arn: pulumi.Output[str]
    """The role's ARN, known once its policies are attached."""

    def __init__(
        self, name: str, args: NodeRoleInputs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        self.arn = nodes.NodeRole(name, build(nodes.NodeRoleArgs, args), self._child).arn
        self.finish()


class TaintInputs(TypedDict):
    """A taint in the terms of the EKS API."""

    key: str
    """The taint's key."""
    value: str
    """The taint's value."""
    effect: str
    """NO_SCHEDULE, NO_EXECUTE or PREFER_NO_SCHEDULE."""


class NodeGroupInputs(TypedDict):
    """Inputs of NodeGroup."""

    cluster_name: pulumi.Input[str]
    """The cluster's name."""
    version: str
    """The Kubernetes version of the nodes, that of the control plane."""
    role_arn: pulumi.Input[str]
    """The role of the nodes."""
    subnet_ids: pulumi.Input[list[str]]
    """Where the nodes are."""
    instance_types: list[str]
    """EC2 instance types of one processor architecture."""
    ami_type: str
    """An EKS AMI type of Amazon Linux 2023 that fits them, such as AL2023_x86_64_STANDARD."""
    max_pods: int
    """How many pods the kubelet takes."""
    min_size: int
    """The fewest nodes that an autoscaler may leave."""
    desired_size: int
    """How many nodes to create; later changes by an autoscaler stay."""
    max_size: int
    """The most nodes that an autoscaler may make."""
    capacity_type: NotRequired[str]
    """ON_DEMAND or SPOT."""
    disk_gib: NotRequired[int]
    """Size of the root volume in GiB."""
    max_unavailable: NotRequired[int]
    """How many nodes an update may replace at a time."""
    labels: NotRequired[dict[str, str]]
    """Kubernetes labels of the nodes."""
    taints: NotRequired[list[TaintInputs]]
    """Taints of the nodes."""
    after: pulumi.Input[list[str]]
    """Outputs of what must be there before the nodes and outlive them: add-ons and egress."""
    tags: dict[str, str]
    """Carried by every resource."""


class NodeGroup(Packaged):
    """A managed node group with a launch template of its own."""

    arn: pulumi.Output[str]
    """The node group's ARN, for others to wait for."""

    def __init__(
        self, name: str, args: NodeGroupInputs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        plain = build(
            nodes.NodeGroupArgs,
            args,
            cluster_name=args["cluster_name"],
            role_arn=args["role_arn"],
            subnet_ids=args["subnet_ids"],
            after=behind(args["after"]),
        )
        self.arn = nodes.NodeGroup(name, plain, self._child).arn
        self.finish()
