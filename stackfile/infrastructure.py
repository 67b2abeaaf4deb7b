"""The sections about AWS: network and cluster."""

import re
from ipaddress import IPv4Network
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationInfo, field_validator

import versions
from planning.subnets import (
    LARGEST_VPC_PREFIX,
    SMALLEST_VPC_PREFIX,
    check_pod_block,
    check_vpc_block,
    plan_subnets,
)

from .section import (
    Block,
    RetentionDays,
    Section,
    block_schema,
    cloud_of,
    mistake,
    refuse,
    repeated,
    whole,
)

_PRINCIPAL: Final = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:(role|user)/[\w+=,.@/-]+")
_ENDPOINT_SERVICE: Final = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")

# EKS wants the cluster's subnets in two zones or more (requirement 13).
_FEWEST_ZONES: Final = 2
# Wider than any block that one organisation owns or routes privately (10.0.0.0/8).
_WIDEST_PUBLIC_ACCESS_PREFIX: Final = 8
# The container runtime's bridge on the nodes, which a VPC must not overlap
# (https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html).
_BRIDGE_BLOCK: Final = IPv4Network("172.17.0.0/16")
# EKS takes the addresses of Services from one of these, which it chooses by the VPC's own block
# (https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html).
_SERVICE_BLOCKS: Final = (IPv4Network("10.100.0.0/16"), IPv4Network("172.20.0.0/16"))
_PRIVATE_BLOCKS: Final = tuple(
    IPv4Network(block)
    for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)
VpcBlock = Annotated[Block, block_schema(LARGEST_VPC_PREFIX, SMALLEST_VPC_PREFIX)]
AccessBlock = Annotated[Block, block_schema(_WIDEST_PUBLIC_ACCESS_PREFIX, 32)]


class NetworkSettings(Section):
    """``network``: the VPC and its subnets."""

    cidr: VpcBlock = Field(
        description="The VPC's block, /16 to /21.", examples=[IPv4Network("10.20.0.0/16")]
    )
    pod_cidr: VpcBlock | None = Field(
        default=None,
        description="A second block for pods, with vpcCni.mode custom-networking.",
        examples=[IPv4Network("100.64.0.0/16")],
    )
    zones: tuple[Annotated[str, Field(json_schema_extra={"pattern": "[a-h]$"})], ...] = Field(
        description="Availability zones of the region, at least two.",
        examples=[("ap-northeast-2a", "ap-northeast-2b")],
        json_schema_extra={"minItems": _FEWEST_ZONES, "uniqueItems": True},
    )
    nat: Literal["single", "per-zone"] = Field(
        default="per-zone", description="One NAT gateway for all zones, or one in each."
    )
    interface_endpoints: tuple[
        Annotated[str, Field(json_schema_extra=whole(_ENDPOINT_SERVICE))], ...
    ] = Field(
        default=(),
        description="AWS services to reach without NAT, such as ecr.api or sts.",
        json_schema_extra={"uniqueItems": True},
    )
    flow_log_retention_days: RetentionDays = Field(
        default=14, description="How many days VPC flow logs are kept."
    )

    @field_validator("cidr")
    @classmethod
    def _check_cidr(cls, cidr: IPv4Network) -> IPv4Network:
        try:
            check_vpc_block(cidr)
        except ValueError as error:
            raise mistake(str(error)) from None
        if not any(cidr.subnet_of(block) for block in _PRIVATE_BLOCKS):
            listed = ", ".join(map(str, _PRIVATE_BLOCKS))
            raise mistake(f"must lie in a private block ({listed}), got {cidr}")
        if cidr.overlaps(_BRIDGE_BLOCK):
            raise mistake(f"overlaps {_BRIDGE_BLOCK}, the container bridge of nodes, got {cidr}")
        return cidr

    @field_validator("pod_cidr")
    @classmethod
    def _check_pod_cidr(
        cls, pod_cidr: IPv4Network | None, info: ValidationInfo
    ) -> IPv4Network | None:
        if pod_cidr is None:
            return None
        for block in (_BRIDGE_BLOCK, *_SERVICE_BLOCKS):
            if pod_cidr.overlaps(block):
                raise mistake(f"overlaps {block}, which nodes or services use, got {pod_cidr}")
        if "cidr" in info.data:
            try:
                check_pod_block(pod_cidr, info.data["cidr"])
            except ValueError as error:
                raise mistake(str(error)) from None
        return pod_cidr

    @field_validator("zones")
    @classmethod
    def _check_zones(cls, zones: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if len(zones) < _FEWEST_ZONES:
            raise mistake(f"needs at least {_FEWEST_ZONES} zones, got {len(zones)} ({[*zones]})")
        if twice := repeated(zones):
            raise mistake(f"names {', '.join(twice)} more than once")
        cloud = cloud_of(info)
        if cloud and (unknown := sorted(set(zones) - cloud.zones)):
            known = ", ".join(sorted(cloud.zones))
            raise mistake(f"{', '.join(unknown)} is not a zone of the region, which has {known}")
        if "cidr" in info.data:
            try:
                plan_subnets(info.data["cidr"], zones)
            except ValueError as error:
                raise mistake(str(error)) from None
        return zones

    @field_validator("interface_endpoints")
    @classmethod
    def _check_endpoints(cls, services: tuple[str, ...]) -> tuple[str, ...]:
        refuse(
            ((index,), f"must be a service such as ecr.api, got {service!r}")
            for index, service in enumerate(services)
            if not _ENDPOINT_SERVICE.fullmatch(service)
        )
        if twice := repeated(services):
            raise mistake(f"names {', '.join(twice)} more than once")
        return services


class ClusterSettings(Section):
    """``cluster``: the EKS control plane and who may use it."""

    version: str = Field(
        description='The Kubernetes version in quotes, such as "1.36".',
        examples=[max(versions.KUBERNETES_STANDARD_SUPPORT_ENDS)],
        json_schema_extra={"enum": [*sorted(versions.KUBERNETES_STANDARD_SUPPORT_ENDS)]},
    )
    public_access_cidrs: tuple[AccessBlock, ...] = Field(
        default=(), description="Who reaches the API from the internet; absent: nobody."
    )
    private_access_cidrs: tuple[AccessBlock, ...] = Field(
        default=(), description="Networks joined to the VPC from which people reach the API."
    )
    admins: tuple[Annotated[str, Field(json_schema_extra=whole(_PRINCIPAL))], ...] = Field(
        default=(),
        description="ARNs of the IAM roles and users that become cluster admins.",
        json_schema_extra={"uniqueItems": True},
    )
    deletion_protection: bool = Field(
        default=True, description="AWS refuses to delete the cluster until this is false."
    )
    log_retention_days: RetentionDays = Field(
        default=30, description="How many days control-plane logs are kept."
    )

    @field_validator("version")
    @classmethod
    def _check_version(cls, version: str) -> str:
        supported = versions.KUBERNETES_STANDARD_SUPPORT_ENDS
        if version not in supported:
            raise mistake(
                f"must be in EKS standard support ({', '.join(sorted(supported))}), got {version!r}"
            )
        return version

    @field_validator("public_access_cidrs", "private_access_cidrs")
    @classmethod
    def _check_access(cls, blocks: tuple[IPv4Network, ...]) -> tuple[IPv4Network, ...]:
        rule = f"list the networks that need it, /{_WIDEST_PUBLIC_ACCESS_PREFIX} or narrower"
        refuse(
            ((index,), f"opens the cluster's API to the world; {rule}, got {block}")
            for index, block in enumerate(blocks)
            if block.prefixlen < _WIDEST_PUBLIC_ACCESS_PREFIX
        )
        return blocks

    @field_validator("admins")
    @classmethod
    def _check_admins(cls, admins: tuple[str, ...]) -> tuple[str, ...]:
        example = "arn:aws:iam::111122223333:role/platform-admin"
        refuse(
            ((index,), f"must be the ARN of an IAM role or user, such as {example}, got {arn!r}")
            for index, arn in enumerate(admins)
            if not _PRINCIPAL.fullmatch(arn)
        )
        if twice := repeated(admins):
            raise mistake(f"names {', '.join(twice)} more than once")
        return admins
