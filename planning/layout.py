"""The subnets of a stack by zone and role: those that it makes, or those that are there."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final, Literal

from .subnets import plan_pod_subnets, plan_subnets

SubnetRole = Literal["public", "private", "pods", "control-plane"]
ROLES: Final[tuple[SubnetRole, ...]] = ("public", "private", "pods", "control-plane")
# The AWS Load Balancer Controller finds subnets by these tags (requirement 14), set to 1 or to
# nothing, and passes over subnets with fewer than 8 free addresses, or with tags of other clusters
# alone (https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/subnet_discovery/).
ROLE_TAGS: Final[Mapping[SubnetRole, str]] = {
    "public": "kubernetes.io/role/elb",
    "private": "kubernetes.io/role/internal-elb",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class SubnetSpace:
    """A subnet of a stack.

    :param id: of one that is there already.
    :param free: how many addresses of it nobody has; ``None``: all that AWS leaves of its block.
    """

    zone: str
    role: SubnetRole
    block: IPv4Network
    id: str = ""
    free: int | None = None


def made_layout(
    vpc_block: IPv4Network,
    zones: Iterable[str],
    pod_block: IPv4Network | None = None,
    *,
    public: bool = True,
) -> Sequence[SubnetSpace]:
    """Returns the subnets of a network that the platform makes, sorted by zone.

    :param public: whether there are public ones.
    """
    return list(_made(vpc_block, tuple(zones), pod_block, public=public))


def _made(
    vpc_block: IPv4Network, zones: tuple[str, ...], pod_block: IPv4Network | None, *, public: bool
) -> Iterator[SubnetSpace]:
    pod_blocks = plan_pod_subnets(pod_block, zones) if pod_block else {}
    for zone, blocks in plan_subnets(vpc_block, zones).items():
        if public:
            yield SubnetSpace(zone=zone, role="public", block=blocks.public)
        yield SubnetSpace(zone=zone, role="private", block=blocks.private)
        if zone in pod_blocks:
            yield SubnetSpace(zone=zone, role="pods", block=pod_blocks[zone])
        yield SubnetSpace(zone=zone, role="control-plane", block=blocks.control_plane)


def blocks_of(layout: Iterable[SubnetSpace], role: SubnetRole) -> Mapping[str, IPv4Network]:
    """Returns the block of the subnet that plays a role in each zone."""
    return {space.zone: space.block for space in layout if space.role == role}


def load_balancer_blocks(layout: Iterable[SubnetSpace], scheme: str) -> list[IPv4Network]:
    """Returns the blocks that a load balancer of the scheme has its addresses in."""
    role: SubnetRole = "public" if scheme == "internet-facing" else "private"
    return list(blocks_of(layout, role).values())
