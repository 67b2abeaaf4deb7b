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
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

ZONE_LETTERS: Final = "abcdefgh"

# AWS allows VPC blocks from /16 to /28 (https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html);
# below /21 the last quarter has no room for two /27 subnets a zone.
LARGEST_VPC_PREFIX: Final = 16
SMALLEST_VPC_PREFIX: Final = 21
SMALLEST_SHARED_SUBNET_PREFIX: Final = 27

# The first four addresses and the last one of every subnet
# (https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html).
RESERVED_ADDRESSES_PER_SUBNET: Final = 5

_LARGE_SHARES: Final = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class ZoneSubnets:
    """The blocks of one zone."""

    public: IPv4Network
    private: IPv4Network
    control_plane: IPv4Network

    def all(self) -> tuple[IPv4Network, IPv4Network, IPv4Network]:
        """Returns the three blocks."""
        return self.public, self.private, self.control_plane


def usable_addresses(block: IPv4Network) -> int:
    """Returns how many addresses of a subnet AWS leaves to its users."""
    return block.num_addresses - RESERVED_ADDRESSES_PER_SUBNET


def check_vpc_block(block: IPv4Network) -> None:
    """Raises ``ValueError`` where the block cannot be the primary block of an EKS VPC."""
    if not LARGEST_VPC_PREFIX <= block.prefixlen <= SMALLEST_VPC_PREFIX:
        message = (
            f"must be between /{LARGEST_VPC_PREFIX} and /{SMALLEST_VPC_PREFIX} "
            f"(a smaller one has no room for the subnets of {len(ZONE_LETTERS)} zones), "
            f"got {block}"
        )
        raise ValueError(message)


def plan_subnets(vpc_block: IPv4Network, zones: Iterable[str]) -> Mapping[str, ZoneSubnets]:
    """Returns the blocks of each zone, keyed by zone and sorted by its name.

    :param vpc_block: the VPC's primary block, /16 to /21.
    :param zones: availability zone names that end in a letter from a to h.
    :raises ValueError: for a block out of range, a zone without such a letter, or two zones that
        share one.
    """
    check_vpc_block(vpc_block)
    plan: dict[str, ZoneSubnets] = {}
    owners: dict[str, str] = {}
    for zone in sorted(zones):
        letter = zone[-1:]
        if letter not in ZONE_LETTERS or not letter:
            message = f"zone {zone!r} does not end in a letter from a to h"
            raise ValueError(message)
        if letter in owners:
            message = f"zones {owners[letter]!r} and {zone!r} share the letter {letter!r}"
            raise ValueError(message)
        owners[letter] = zone
        plan[zone] = _blocks_of_letter(vpc_block, ZONE_LETTERS.index(letter))
    return plan


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


def _block(parent: IPv4Network, prefix: int, index: int) -> IPv4Network:
    """Returns the block number ``index`` of the parent's blocks of that prefix length."""
    size = 1 << (parent.max_prefixlen - prefix)
    return IPv4Network((int(parent.network_address) + index * size, prefix))
