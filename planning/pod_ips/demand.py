"""What each subnet of a stack must hold when its node groups are at their largest and full."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from ipaddress import IPv4Network
from typing import Final

from planning.instance_types import InstanceType
from planning.layout import SubnetRole, SubnetSpace, made_layout
from planning.subnets import prefix_reservations, single_addresses, whole_prefixes

from .limits import HOST_NETWORK_PODS, PREFIX_ADDRESSES, CniMode, max_pods_of_group
from .targets import WarmTargets
from .warm_pool import NodeAddresses, WarmPool

# An ALB needs 8 free addresses in each of its subnets
# (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html).
LOAD_BALANCER_ADDRESSES: Final = 8
# EKS puts up to 4 network interfaces into the cluster's subnets, and an upgrade needs up to 5 more
# addresses (https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html and
# https://docs.aws.amazon.com/eks/latest/best-practices/subnets.html).
CONTROL_PLANE_ADDRESSES: Final = 4
UPGRADE_ADDRESSES: Final = 5
# An update starts up to two nodes in each zone before it takes old ones away
# (https://docs.aws.amazon.com/eks/latest/userguide/managed-node-update-behavior.html).
_SURGE_NODES_PER_ZONE: Final = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupSize:
    """A node group at its largest.

    :param min_size: the fewest nodes that it may be given as a maximum.
    :param limited_by: what of a stack file is its maximum; empty: ``maxSize`` of the node group.
    :param max_unavailable: how many nodes an update replaces at a time.
    :param surges: whether an update starts new nodes before it takes old ones away.
    :param zones: where its nodes are; empty: in every zone of the plan.
    """

    kinds: tuple[InstanceType, ...]
    max_size: int
    min_size: int = 0
    limited_by: str = ""
    max_unavailable: int = 1
    surges: bool = True
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Use:
    """What something takes of a subnet.

    :param prefixes: /28 prefixes, beside the single addresses.
    """

    what: str
    addresses: int
    prefixes: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class SubnetDemand:
    """A subnet, what it has and what takes it.

    :param addresses: single addresses that it has.
    :param prefixes: /28 prefixes that it has beside them; 0 where none are kept for prefixes.
    """

    zone: str
    role: SubnetRole
    block: IPv4Network
    addresses: int
    prefixes: int
    uses: tuple[Use, ...]

    @property
    def addresses_needed(self) -> int:
        """The single addresses that all uses take together."""
        return sum(use.addresses for use in self.uses)

    @property
    def prefixes_needed(self) -> int:
        """The prefixes that all uses take together."""
        return sum(use.prefixes for use in self.uses)

    @property
    def needed(self) -> int:
        """All addresses needed, those of prefixes included."""
        return self.addresses_needed + PREFIX_ADDRESSES * self.prefixes_needed

    @property
    def available(self) -> int:
        """All addresses there are for use, those of prefixes included."""
        return self.addresses + PREFIX_ADDRESSES * self.prefixes

    @property
    def fits(self) -> bool:
        """Whether there is enough of both."""
        return self.addresses_needed <= self.addresses and self.prefixes_needed <= self.prefixes

    @property
    def share(self) -> float:
        """The part needed of what is scarcer, addresses or prefixes; above 1 is too much."""
        shares = [_share(self.addresses_needed, self.addresses)]
        if self.prefixes or self.prefixes_needed:
            shares.append(_share(self.prefixes_needed, self.prefixes))
        return max(shares)


def _share(needed: int, available: int) -> float:
    if not needed:
        return 0.0
    return needed / available if available else float("inf")


@dataclass(frozen=True, kw_only=True)
class AddressPlan:
    """A stack's network as far as addresses go, and its demand on each subnet.

    Zones are assumed to fill evenly, as Auto Scaling keeps them while every zone has capacity.

    :param vpc_block: the VPC's primary block.
    :param pod_block: a second block for pods, with custom networking and only then.
    :param found: the subnets that are there already; ``None``: they are made, in these blocks.
    :param public: whether there are public subnets among those that are made.
    :param nat_zones: the zones with a NAT gateway.
    :param private_interfaces: what has an interface in each private subnet, by name: interface
        endpoints and mount targets.
    :param public_load_balancers: how many ALBs face the internet; the others are internal.
    :param pods_per_node: pods with an address of their own; absent: as many as a node may run.
    """

    vpc_block: IPv4Network
    zones: tuple[str, ...]
    groups: Mapping[str, GroupSize]
    mode: CniMode
    targets: WarmTargets
    pod_block: IPv4Network | None = None
    found: tuple[SubnetSpace, ...] | None = None
    public: bool = True
    nat_zones: tuple[str, ...] = ()
    private_interfaces: tuple[str, ...] = ()
    public_load_balancers: int = 0
    internal_load_balancers: int = 0
    pods_per_node: int | None = None

    def __post_init__(self) -> None:
        has_pod_subnets = any(space.role == "pods" for space in self.layout)
        if self.mode.custom_networking != has_pod_subnets:
            raise ValueError("pod_block: is for custom networking, which cannot do without")

    @cached_property
    def layout(self) -> Sequence[SubnetSpace]:
        """The subnets, without what takes them."""
        if self.found is not None:
            return self.found
        return made_layout(self.vpc_block, self.zones, self.pod_block, public=self.public)

    def max_pods(self, group: str) -> int:
        """Returns the ``maxPods`` of a group's nodes."""
        return max_pods_of_group(self.groups[group].kinds, self.mode)

    def nodes(self, group: str) -> Sequence[NodeAddresses]:
        """Returns what a node of each of a group's instance types holds."""
        limit = self.max_pods(group)
        most = limit - HOST_NETWORK_PODS
        running = most if self.pods_per_node is None else min(self.pods_per_node, most)
        return [
            _held(kind, self.mode, self.targets, limit, running)
            for kind in self.groups[group].kinds
        ]

    def node(self, group: str) -> NodeAddresses:
        """Returns what a node of the instance type with most addresses holds."""
        return max(self.nodes(group), key=lambda node: node.subnet_addresses)

    @cached_property
    def subnets(self) -> Sequence[SubnetDemand]:
        """The demand on every subnet, by zone."""
        own = any(space.role == "control-plane" for space in self.layout)
        return [
            _subnet(space, tuple(self._uses(space, own=own)), reserve=self._reserves(space.role))
            for space in self.layout
        ]

    def _reserves(self, role: SubnetRole) -> bool:
        """Returns whether a subnet that is made keeps a part of it for prefixes."""
        with_pods = "pods" if self.mode.custom_networking else "private"
        return self.mode.prefix_delegation and role == with_pods and self.found is None

    @property
    def fits(self) -> bool:
        """Whether every subnet has enough."""
        return all(subnet.fits for subnet in self.subnets)

    def _uses(self, space: SubnetSpace, *, own: bool) -> Iterator[Use]:
        """Yields what takes addresses of a subnet.

        :param own: whether the control plane has subnets of its own; else it is in private ones.
        """
        if space.role == "public":
            if space.zone in self.nat_zones:
                yield Use(what="NAT gateway", addresses=1)
            yield from _load_balancers(self.public_load_balancers)
        elif space.role == "private":
            yield from self._node_uses(space.zone, pods_alone=False)
            for name in self.private_interfaces:
                yield Use(what=name, addresses=1)
            yield from _load_balancers(self.internal_load_balancers)
        elif space.role == "pods":
            yield from self._node_uses(space.zone, pods_alone=True)
        if space.role == ("control-plane" if own else "private"):
            yield Use(what="control plane", addresses=CONTROL_PLANE_ADDRESSES)
            yield Use(what="upgrade", addresses=UPGRADE_ADDRESSES)

    def _node_uses(self, zone: str, *, pods_alone: bool) -> Iterator[Use]:
        """Yields what nodes take in a zone: of the pods' subnet, or of their own."""
        with_prefixes = pods_alone == self.mode.custom_networking
        for name, group in self.groups.items():
            where = group.zones or self.zones
            if zone not in where:
                continue
            nodes, zones = self.nodes(name), len(where)
            prefixes = max(node.prefixes for node in nodes) if with_prefixes else 0
            # The type with most prefixes need not be the one with most interfaces.
            singles = max(
                (node.pod_subnet_addresses if pods_alone else node.node_subnet_addresses)
                - (PREFIX_ADDRESSES * node.prefixes if with_prefixes else 0)
                for node in nodes
            )
            surge = max(_SURGE_NODES_PER_ZONE * zones, group.max_unavailable)
            counts = {"nodes": group.max_size, "surge nodes": surge if group.surges else 0}
            for what, count in counts.items():
                if not count:
                    continue
                here = -(-count // zones)
                each = f"({singles} + {prefixes} x /28)" if prefixes else f"{singles}"
                # Of a subnet that is there nothing is known to be kept for prefixes.
                as_singles = 0 if self.found is None else PREFIX_ADDRESSES * prefixes
                yield Use(
                    what=f"{here} {name} {what} x {each}",
                    addresses=here * (singles + as_singles),
                    prefixes=here * prefixes if self.found is None else 0,
                )


@cache
def _held(
    kind: InstanceType, mode: CniMode, targets: WarmTargets, pod_limit: int, pods: int
) -> NodeAddresses:
    pool = WarmPool(kind, mode, targets, pod_limit)
    pool.run(pods)
    return pool.held()


def _load_balancers(count: int) -> Iterator[Use]:
    if count:
        each = LOAD_BALANCER_ADDRESSES
        yield Use(what=f"load balancers {count} x {each}", addresses=count * each)


def _subnet(space: SubnetSpace, uses: tuple[Use, ...], *, reserve: bool) -> SubnetDemand:
    kept = prefix_reservations(space.block) if reserve else ()
    return SubnetDemand(
        zone=space.zone,
        role=space.role,
        block=space.block,
        addresses=single_addresses(space.block, kept) if space.free is None else space.free,
        prefixes=whole_prefixes(space.block, kept),
        uses=uses,
    )
