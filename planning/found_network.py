"""A network that is there already, as EC2 tells it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from .layout import ROLES, SubnetRole, SubnetSpace


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundSubnet:
    """A subnet as EC2 tells it.

    :param free: addresses that nobody has.
    """

    id: str
    vpc_id: str
    zone: str
    zone_id: str
    block: IPv4Network
    free: int
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundRouteTable:
    """A route table.

    :param default_target: where it sends what is for the internet, such as ``nat-0123``; empty:
        nowhere.
    :param is_main: whether subnets that are on no other table are on this one.
    """

    id: str
    subnet_ids: frozenset[str]
    is_main: bool
    default_target: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundEndpoint:
    """An endpoint of a VPC for an AWS service.

    :param is_one_of_several: of which the provider then tells nothing more.
    :param route_table_ids: of a gateway endpoint, which has no private DNS name.
    """

    is_gateway: bool
    is_one_of_several: bool = False
    private_dns: bool = False
    route_table_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundNetwork:
    """A VPC with the subnets that a stack names of it, by role."""

    id: str
    blocks: tuple[IPv4Network, ...]
    dns_support: bool
    dns_hostnames: bool
    subnets: Mapping[SubnetRole, Sequence[FoundSubnet]]
    route_tables: Sequence[FoundRouteTable]

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones of its private subnets, where nodes are."""
        return tuple(sorted({subnet.zone for subnet in self.subnets["private"]}))

    @property
    def roles(self) -> Mapping[str, Sequence[SubnetRole]]:
        """The roles of each subnet, by its ID."""
        found: dict[str, list[SubnetRole]] = {}
        for role, subnets in self.subnets.items():
            for subnet in subnets:
                found.setdefault(subnet.id, []).append(role)
        return found

    def layout(self, *, with_free: bool) -> tuple[SubnetSpace, ...]:
        """Returns the subnets by zone, with the first one of a role that a zone has twice.

        :param with_free: with the addresses that are free now, and not all of their blocks.
        """
        firsts: dict[tuple[str, SubnetRole], SubnetSpace] = {}
        for role, subnets in self.subnets.items():
            for one in subnets:
                space = SubnetSpace(
                    zone=one.zone,
                    role=role,
                    block=one.block,
                    id=one.id,
                    free=one.free if with_free else None,
                )
                firsts.setdefault((one.zone, role), space)
        return tuple(firsts[key] for key in sorted(firsts, key=_by_zone_and_role))

    def table_of(self, subnet: FoundSubnet) -> FoundRouteTable | None:
        """Returns the route table that a subnet is on."""
        own = (table for table in self.route_tables if subnet.id in table.subnet_ids)
        main = (table for table in self.route_tables if table.is_main)
        return next(own, next(main, None))


def _by_zone_and_role(key: tuple[str, SubnetRole]) -> tuple[str, int]:
    return key[0], ROLES.index(key[1])
