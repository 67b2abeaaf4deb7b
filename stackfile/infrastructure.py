"""The sections about AWS: network and cluster."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network
from typing import Annotated, Final, Literal, Self

from pydantic import ConfigDict, Field, PrivateAttr, ValidationInfo, field_validator

import versions
from planning import aws_limits
from planning.aws_limits import PRIVATE_BLOCKS
from planning.cluster_access import AccessEntry, cluster_admin
from planning.found_network import FoundNetwork
from planning.layout import SubnetRole, SubnetSpace, made_layout
from planning.subnets import SHARED_BLOCK, check_pod_block, plan_subnets

from .access import AccessSettings
from .checks import DISTINCT, Check, at_most, text
from .existing import ExistingSettings
from .section import Section, alternatives
from .types import (
    AccessBlock,
    ClusterName,
    EndpointService,
    KubernetesVersion,
    PodBlock,
    Principal,
    PublicBlock,
    RetentionDays,
    ServiceBlock,
    VpcBlock,
)

# EKS wants the cluster's subnets in two zones or more (requirement 13).
_FEWEST_ZONES: Final = 2
# The container runtime's bridge on the nodes, which a VPC must not overlap
# (https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html).
_BRIDGE_BLOCK: Final = IPv4Network("172.17.0.0/16")
# What of the section says how to make a network.
_OF_MAKING: Final = ("cidr", "pod_cidr", "zones", "interface_endpoints", "flow_log_retention_days")
_VPC_BLOCKS: Final = (*PRIVATE_BLOCKS, SHARED_BLOCK)


def _too_few_zones(zones: tuple[str, ...]) -> str | None:
    # Without any they follow from a network that is there already, or are missing.
    if len(zones) >= _FEWEST_ZONES or not zones:
        return None
    return f"needs at least {_FEWEST_ZONES} zones, got {len(zones)} ({[*zones]})"


def _require_to_make(info: ValidationInfo) -> None:
    """Raises ``ValueError`` where no network is named, and what makes one is not there either."""
    if "existing" in info.data and info.data["existing"] is None:
        raise ValueError("is required and not there")


class NetworkSettings(Section):
    """``network``: the VPC and its subnets, made or already there."""

    model_config = ConfigDict(json_schema_extra=alternatives(["cidr", "zones"], ["existing"]))

    existing: ExistingSettings | None = None
    """A VPC that is there already, in the place of cidr, podCidr, zones, interfaceEndpoints and
    flowLogRetentionDays; its zones are those of its private subnets."""
    cidr: VpcBlock | None = Field(default=None, examples=[IPv4Network("10.20.0.0/16")])
    """The VPC's block, inside of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10, and
    not overlapping 172.17.0.0/16, the container bridge of nodes. Below /21 it has room for four
    zones, and hardly for pods: give those podCidr."""
    pod_cidr: PodBlock | None = Field(default=None, examples=[IPv4Network("100.64.0.0/16")])
    """A second block of the VPC, for pods alone: vpcCni.mode custom-networking needs it, and no
    other mode takes it. It lies in 100.64.0.0/10 or in the private range of cidr, and overlaps
    neither cidr nor the blocks of nodes and Services."""
    zones: Annotated[
        tuple[Annotated[str, Field(json_schema_extra={"pattern": "[a-h]$"})], ...],
        Check(_too_few_zones, {"minItems": _FEWEST_ZONES}),
        DISTINCT,
    ] = Field(default=(), examples=[("ap-northeast-2a", "ap-northeast-2b")])
    """Availability zones of the region whose names end in a to h. A zone's letter decides its
    blocks."""
    nat: Literal["single", "per-zone", "none"] = "per-zone"
    """A NAT gateway in each zone, or one for all, in the zone whose name sorts first. With one, the
    loss of its zone cuts all nodes off the internet. With none they have no way there: the
    endpoints that nodes and controllers need are made, or have to be there with existing."""
    interface_endpoints: Annotated[tuple[EndpointService, ...], DISTINCT] = ()
    """AWS services to reach without NAT, such as ecr.api, ecr.dkr or sts; each costs an endpoint in
    every zone. The S3 gateway endpoint is always there."""
    flow_log_retention_days: RetentionDays = 14
    """How many days VPC flow logs are kept."""

    _found: FoundNetwork | None = PrivateAttr(default=None)

    @property
    def found(self) -> FoundNetwork | None:
        """The VPC that is there already, as AWS tells it."""
        return self._found

    def located(self, found: FoundNetwork) -> Self:
        """Returns the section with the VPC that it names, and what follows from that."""
        update = {"cidr": found.blocks[0], "zones": found.zones}
        located = self.model_copy(update=update)
        located._found = found  # noqa: SLF001  of the same class
        return located

    @property
    def block(self) -> IPv4Network:
        """The VPC's primary block.

        :raises LookupError: of a network that is there already and was not looked up.
        """
        if self.cidr is None:
            raise LookupError("network.existing was not looked up")
        return self.cidr

    @property
    def layout(self) -> Sequence[SubnetSpace]:
        """The subnets by zone and role."""
        if self._found:
            return self._found.layout(with_free=False)
        if self.cidr is None:
            return ()
        return made_layout(self.cidr, self.zones, self.pod_cidr, public=self.nat != "none")

    def has_subnets(self, role: SubnetRole) -> bool:
        """Returns whether there are subnets of a role."""
        return any(space.role == role for space in self.layout)

    def conflicts(self) -> Iterator[tuple[str, str]]:
        """Yields what is to be made in a VPC that is there already."""
        if self.existing is None:
            return
        for field in _OF_MAKING:
            if field in self.model_fields_set:
                yield field, "is for a network that the platform makes, and existing names one"
        if "nat" in self.model_fields_set and self.nat != "none":
            out = "its subnets then have a route to a NAT or transit gateway already"
            yield "nat", f"is none with existing, or left out: {out}, got {self.nat!r}"

    @field_validator("cidr")
    @classmethod
    def _check_cidr(cls, cidr: IPv4Network | None, info: ValidationInfo) -> IPv4Network | None:
        if cidr is None:
            _require_to_make(info)
            return None
        if not any(cidr.subnet_of(block) for block in _VPC_BLOCKS):
            listed = ", ".join(map(str, _VPC_BLOCKS))
            raise ValueError(f"must lie in a private block ({listed}), got {cidr}")
        if cidr.overlaps(_BRIDGE_BLOCK):
            raise ValueError(f"overlaps {_BRIDGE_BLOCK}, the container bridge of nodes, got {cidr}")
        return cidr

    @field_validator("pod_cidr")
    @classmethod
    def _check_pod_cidr(
        cls, pod_cidr: IPv4Network | None, info: ValidationInfo
    ) -> IPv4Network | None:
        if pod_cidr is None:
            return None
        if pod_cidr.overlaps(_BRIDGE_BLOCK):
            raise ValueError(f"overlaps {_BRIDGE_BLOCK}, which nodes use, got {pod_cidr}")
        if info.data.get("cidr"):
            check_pod_block(pod_cidr, info.data["cidr"])
        return pod_cidr

    @field_validator("zones")
    @classmethod
    def _check_zones(cls, zones: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if not zones:
            _require_to_make(info)
        elif info.data.get("cidr"):
            plan_subnets(info.data["cidr"], zones)
        return zones


# EKS takes the addresses of Services from one of these where nobody names a block
# (https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html).
_SERVICE_BLOCKS: Final = (IPv4Network("10.100.0.0/16"), IPv4Network("172.20.0.0/16"))
IP_FAMILY: Final = text(
    "ipv4",
    "must be ipv4: for ipv6 each subnet needs an IPv6 block, nodes an egress-only gateway, and the "
    "VPC CNI prefixes and a policy of its own, and this platform lays out its VPC for IPv4 "
    "(https://docs.aws.amazon.com/eks/latest/userguide/cni-ipv6.html)",
    enum=["ipv4"],
)


class ClusterSettings(Section):
    """``cluster``: the EKS control plane and who may use it."""

    name: ClusterName | None = Field(default=None, examples=["shop-production"])
    """The cluster's name in AWS, which an account has once in a region; absent: eks-platform- and
    the stack's name. Another name makes another cluster."""
    version: KubernetesVersion = Field(examples=[max(versions.KUBERNETES_STANDARD_SUPPORT_ENDS)])
    """The Kubernetes version of control plane and nodes, in quotes. It moves one minor version at a
    time."""
    public_access_cidrs: Annotated[
        tuple[PublicBlock, ...],
        at_most(aws_limits.MOST_PUBLIC_BLOCKS, "a quota of EKS that is not raised"),
        DISTINCT,
    ] = ()
    """Who reaches the Kubernetes API from the internet; empty: nobody, the endpoint is private.
    Whoever deploys must be among them, or have a way into the VPC."""
    private_access_cidrs: Annotated[tuple[AccessBlock, ...], DISTINCT] = ()
    """Networks joined to the VPC, by peering or a VPN, from which people reach the API: the
    cluster's security group admits each on port 443."""
    admins: Annotated[tuple[Principal, ...], DISTINCT] = ()
    """IAM roles and users that become cluster admins, by an access entry with
    AmazonEKSClusterAdminPolicy: the short form of an entry of access with cluster-admin. Leave out
    whoever deploys, who is an admin already."""
    service_cidr: ServiceBlock | None = Field(default=None, examples=[IPv4Network("10.96.0.0/16")])
    """The addresses of Services, inside of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16, apart from
    the VPC's blocks and from networks that are joined to it. Absent: EKS takes 10.100.0.0/16 or
    172.20.0.0/16. Another block makes another cluster."""
    ip_family: Annotated[str, IP_FAMILY] = "ipv4"
    """The addresses of pods and Services."""
    access: tuple[AccessSettings, ...] = ()
    """Other IAM roles and users, with what each may do; an admin is not among them."""
    deletion_protection: bool = True
    """AWS refuses to delete the cluster until this is false."""
    log_retention_days: RetentionDays = 30
    """How many days the five types of control-plane logs are kept."""

    @property
    def access_entries(self) -> tuple[AccessEntry, ...]:
        """Who may use the cluster, the admins first."""
        return (*map(cluster_admin, self.admins), *(one.entry for one in self.access))

    @property
    def service_blocks(self) -> tuple[IPv4Network, ...]:
        """Where the addresses of Services may be: one block, or two of which EKS takes one."""
        return (self.service_cidr,) if self.service_cidr else _SERVICE_BLOCKS
