"""Where each subnet of a VPC lies: decided by the zone's letter alone.

A zone's blocks are found from the last letter of its name, so that adding, removing or reordering
zones never moves the subnets of another zone (requirement 13). The VPC block of prefix length *p*
is laid out so:

====================  ======================  =====================================
part of the VPC       holds                   a zone's share
====================  ======================  =====================================
first half            private, zones a to d   /(p+3): 8,187 usable addresses of a /16
third quarter         private, zones e to h   /(p+4): 4,091 usable addresses of a /16
last quarter          public, control plane   /(p+5): public /(p+6), control plane /(p+7)
====================  ======================  =====================================

Only us-east-1 has zones e and f, hence their smaller share. Public and control-plane subnets are
never smaller than /27: the AWS Load Balancer Controller passes over subnets with fewer than 8 free
addresses, and EKS recommends 16 free addresses in each of the cluster's subnets
(requirement 14; https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html).

A block of /22 to /24 has no room for eight zones. It has four quarters: a and e have the first one,
b and f the second, and so on, so that two zones of one quarter do not go together. A quarter holds
a private subnet of /(p+3), and a public and a control-plane one of /(p+4) each: of a /24 those are
/28, the smallest that AWS makes, with 11 addresses where EKS needs 6.

With custom networking pods have a second block of their own, of which each zone gets an eighth.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Network
from types import MappingProxyType
from typing import Final

from .aws_limits import PRIVATE_BLOCKS

ZONE_LETTERS: Final = "abcdefgh"

# AWS allows VPC blocks from /16 to /28 (https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html)
# and subnets down to /28 (https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html).
LARGEST_VPC_PREFIX: Final = 16
SMALLEST_VPC_PREFIX: Final = 24
# Below it the last quarter has no room for two /27 subnets of each of eight zones.
SMALLEST_WHOLE_PREFIX: Final = 21
SMALLEST_SHARED_SUBNET_PREFIX: Final = 27
VPC_RANGE: Final = f"must be between /{LARGEST_VPC_PREFIX} and /{SMALLEST_VPC_PREFIX}"
VPC_REASON: Final = "(a smaller one has no room for the subnets of a cluster)"
# An eighth of a smaller one holds too few pods.
SMALLEST_POD_PREFIX: Final = 21
POD_RANGE: Final = f"must be between /{LARGEST_VPC_PREFIX} and /{SMALLEST_POD_PREFIX}"

# The CNI's prefixes (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-prefix-eni.html).
PREFIX_LENGTH: Final = 28

_LARGE_SHARES: Final = 4
_QUARTERS: Final = 4
# What AWS keeps at the start of each subnet; the fifth address that it keeps is the last one
# (https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html).
_RESERVED_AT_START: Final = 4
# Primary blocks beside which AWS refuses these
# (https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html).
_REFUSED_BESIDE: Final = tuple(
    (IPv4Network(primary), IPv4Network(refused))
    for primary, refused in (("10.0.0.0/15", "10.0.0.0/16"), ("172.16.0.0/12", "172.31.0.0/16"))
)
SHARED_BLOCK: Final = IPv4Network("100.64.0.0/10")


@dataclass(frozen=True, kw_only=True, slots=True)
class ZoneSubnets:
    """The blocks of one zone."""

    public: IPv4Network
    private: IPv4Network
    control_plane: IPv4Network

    def all(self) -> tuple[IPv4Network, IPv4Network, IPv4Network]:
        """Returns the three blocks."""
        return self.public, self.private, self.control_plane


def check_vpc_block(block: IPv4Network) -> None:
    """Raises ``ValueError`` where the block cannot be the primary block of an EKS VPC."""
    if not LARGEST_VPC_PREFIX <= block.prefixlen <= SMALLEST_VPC_PREFIX:
        raise ValueError(f"{VPC_RANGE} {VPC_REASON}, got {block}")


def plan_subnets(vpc_block: IPv4Network, zones: Iterable[str]) -> Mapping[str, ZoneSubnets]:
    """Returns the blocks of each zone, keyed by zone and sorted by its name; worked out once.

    :param vpc_block: the VPC's primary block, /16 to /24.
    :param zones: availability zone names that end in a letter from a to h.
    :raises ValueError: for a block out of range, a zone without such a letter, or two zones that
        share one, or in a small block a quarter.
    """
    return _planned(vpc_block, tuple(zones))


@cache
def _planned(vpc_block: IPv4Network, zones: tuple[str, ...]) -> Mapping[str, ZoneSubnets]:
    check_vpc_block(vpc_block)
    indexes = _letter_indexes(zones)
    if vpc_block.prefixlen > SMALLEST_WHOLE_PREFIX:
        _check_quarters(vpc_block, indexes)
        layout = _blocks_of_quarter
    else:
        layout = _blocks_of_letter
    return MappingProxyType({zone: layout(vpc_block, index) for zone, index in indexes.items()})


def _check_quarters(vpc_block: IPv4Network, indexes: Mapping[str, int]) -> None:
    """Raises ``ValueError`` where two zones would have the same quarter of a small block."""
    owners: dict[int, str] = {}
    for zone, index in indexes.items():
        owner = owners.setdefault(index % _QUARTERS, zone)
        if owner != zone:
            raise ValueError(
                f"zones {owner!r} and {zone!r} have the same quarter of {vpc_block}; a block of "
                f"/{SMALLEST_WHOLE_PREFIX} or larger has room for both"
            )


def check_pod_block(pod_block: IPv4Network, vpc_block: IPv4Network) -> None:
    """Raises ``ValueError`` where AWS would not take the block beside the VPC's own."""
    if not LARGEST_VPC_PREFIX <= pod_block.prefixlen <= SMALLEST_POD_PREFIX:
        raise ValueError(f"{POD_RANGE}, got {pod_block}")
    home = next((block for block in PRIVATE_BLOCKS if vpc_block.subnet_of(block)), SHARED_BLOCK)
    if not any(pod_block.subnet_of(block) for block in {home, SHARED_BLOCK}):
        blocks = " or ".join(map(str, dict.fromkeys((SHARED_BLOCK, home))))
        raise ValueError(f"must lie in {blocks} beside the VPC's {vpc_block}, got {pod_block}")
    if pod_block.overlaps(vpc_block):
        raise ValueError(f"overlaps the VPC's own block {vpc_block}, got {pod_block}")
    for primary, refused in _REFUSED_BESIDE:
        if vpc_block.subnet_of(primary) and pod_block.overlaps(refused):
            raise ValueError(f"AWS refuses {refused} beside {vpc_block}, got {pod_block}")


def plan_pod_subnets(pod_block: IPv4Network, zones: Iterable[str]) -> Mapping[str, IPv4Network]:
    """Returns the subnet of each zone's pods, keyed by zone and sorted by its name.

    :param pod_block: a second block of the VPC; each letter has an eighth of it: 8,187 usable
        addresses of a /16.
    :param zones: availability zone names that end in a letter from a to h.
    :raises ValueError: for a zone without such a letter, or two zones that share one.
    """
    eighth = pod_block.prefixlen + 3
    return {
        zone: _block(pod_block, eighth, index) for zone, index in _letter_indexes(zones).items()
    }


def prefix_reservations(subnet: IPv4Network) -> tuple[IPv4Network, IPv4Network]:
    """Returns the parts of a subnet that are kept for /28 prefixes: its upper three quarters.

    The first quarter is for single addresses: of nodes and their interfaces, endpoints, load
    balancers and whatever else a team puts there.
    """
    return _block(subnet, subnet.prefixlen + 1, 1), _block(subnet, subnet.prefixlen + 2, 1)


def whole_prefixes(subnet: IPv4Network, parts: Iterable[IPv4Network]) -> int:
    """Returns how many /28 prefixes the parts of a subnet hold.

    A block with an address that AWS keeps, such as the subnet's first and last one, is none.
    """
    size = 1 << (subnet.max_prefixlen - PREFIX_LENGTH)
    kept = [
        IPv4Network((int(subnet.network_address), PREFIX_LENGTH)),
        IPv4Network((int(subnet.broadcast_address) - size + 1, PREFIX_LENGTH)),
    ]
    return sum(
        part.num_addresses // size - sum(block.subnet_of(part) for block in kept) for part in parts
    )


def single_addresses(subnet: IPv4Network, parts: Iterable[IPv4Network] = ()) -> int:
    """Returns how many addresses of a subnet AWS leaves beside the parts kept for prefixes."""
    kept = list(parts)
    at_end = 0 if any(subnet.broadcast_address in part for part in kept) else 1
    taken = sum(part.num_addresses for part in kept)
    return subnet.num_addresses - taken - _RESERVED_AT_START - at_end


def _letter_indexes(zones: Iterable[str]) -> Mapping[str, int]:
    """Returns the place of each zone's letter, keyed by zone and sorted by its name."""
    places: dict[str, int] = {}
    owners: dict[str, str] = {}
    for zone in sorted(zones):
        letter = zone[-1:]
        if letter not in ZONE_LETTERS or not letter:
            raise ValueError(f"zone {zone!r} does not end in a letter from a to h")
        if letter in owners:
            raise ValueError(f"zones {owners[letter]!r} and {zone!r} share the letter {letter!r}")
        owners[letter] = zone
        places[zone] = ZONE_LETTERS.index(letter)
    return places


def _blocks_of_letter(vpc_block: IPv4Network, index: int) -> ZoneSubnets:
    prefix = vpc_block.prefixlen
    if index < _LARGE_SHARES:
        private = _block(vpc_block, prefix + 3, index)
    else:
        # The third quarter is blocks 8 to 11 of the sixteen /(p+4) blocks; e is index 4.
        private = _block(vpc_block, prefix + 4, index + 4)
    # The last quarter begins at the 24th of 32 /(p+5) blocks.
    shared = _block(vpc_block, prefix + 5, 24 + index)
    first_half, second_half = _block(shared, prefix + 6, 0), _block(shared, prefix + 6, 1)
    control_plane_prefix = min(prefix + 7, SMALLEST_SHARED_SUBNET_PREFIX)
    return ZoneSubnets(
        public=first_half,
        private=private,
        control_plane=_block(second_half, control_plane_prefix, 0),
    )


def _blocks_of_quarter(vpc_block: IPv4Network, index: int) -> ZoneSubnets:
    quarter = _block(vpc_block, vpc_block.prefixlen + 2, index % _QUARTERS)
    second_half = _block(quarter, quarter.prefixlen + 1, 1)
    return ZoneSubnets(
        private=_block(quarter, quarter.prefixlen + 1, 0),
        public=_block(second_half, second_half.prefixlen + 1, 0),
        control_plane=_block(second_half, second_half.prefixlen + 1, 1),
    )


def _block(parent: IPv4Network, prefix: int, index: int) -> IPv4Network:
    """Returns the block number ``index`` of the parent's blocks of that prefix length."""
    size = 1 << (parent.max_prefixlen - prefix)
    return IPv4Network((int(parent.network_address) + index * size, prefix))
