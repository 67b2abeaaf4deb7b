"""Whether the nodes of a stack can run its pods, with what is known before they run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import combinations, islice, product
from typing import Final

from .allocatable import Allocatable
from .amounts import Amounts, total
from .packing import Node, Pods, obstacles, placed
from .taints import Taint, may_run
from .workloads import Workload

# Of all ways together in which the nodes of several groups may lie over the zones.
_MOST_NODES_TRIED: Final = 20_000


class Verdict(StrEnum):
    """Whether all pods run."""

    # With what a node has for certain, in whatever zones its groups' nodes lie.
    FITS = "fits"
    # It hangs on what is known only when nodes run, or no way was found and none ruled out.
    UNCERTAIN = "uncertain"
    # There is no way.
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeGroup:
    """Nodes alike.

    :param count: how many there are; they lie over the zones as evenly as their number lets them.
    :param each: what pods may ask of one.
    :param zones: the numbers of the zones that they lie in; empty: all of the plan's.
    :param by_demand: whether a node is started in the zone that a pod without room needs.
    """

    count: int
    each: Allocatable
    taints: tuple[Taint, ...] = ()
    zones: tuple[int, ...] = ()
    by_demand: bool = False


@dataclass(frozen=True, kw_only=True)
class SchedulingPlan:
    """The nodes of a stack and the pods that they are to run.

    :param zones: how many zones the nodes lie in.
    :param groups: node groups by name.
    """

    zones: int
    groups: Mapping[str, NodeGroup]
    workloads: Sequence[Workload]

    @property
    def verdict(self) -> Verdict:
        """Whether all pods run."""
        return self._judged[0]

    @property
    def reasons(self) -> Sequence[str]:
        """Why not all run, or why it is not certain."""
        return self._judged[1]

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return sum(group.count for group in self.groups.values())

    @property
    def asked(self) -> Amounts:
        """What all pods ask for, without those of nodes that only run DaemonSets."""
        on_each = (self.on_node(name).times(self.groups[name].count) for name in self._shared)
        return total([*(some.takes.times(some.count) for some in self.free_to_choose), *on_each])

    @property
    def had(self) -> Amounts:
        """What nodes that run more than DaemonSets have for certain."""
        shared = (self.groups[name] for name in self._shared)
        return total(group.each.least.times(group.count) for group in shared)

    @property
    def may_lose_their_volume(self) -> Sequence[str]:
        """The workloads whose volume may be in a zone that has no node for them any more.

        Where a group has fewer nodes than there are zones, a lost node may be replaced in another.
        """
        return [
            some.name
            for some in self.free_to_choose
            if some.stays_in_zone
            and all(
                self.groups[name].count < len(self._zones_of(name))
                and not self.groups[name].by_demand
                for name in self.groups_of(some)
            )
        ]

    @cached_property
    def free_to_choose(self) -> Sequence[Workload]:
        """The workloads for which the scheduler chooses nodes."""
        return [some for some in self.workloads if not some.on_every_node]

    def _zones_of(self, group: str) -> Sequence[int]:
        """Returns the numbers of the zones that a group's nodes lie in."""
        return self.groups[group].zones or range(self.zones)

    def groups_of(self, workload: Workload) -> Sequence[str]:
        """Returns the groups whose nodes a workload may run on."""
        return [
            name
            for name, group in self.groups.items()
            if workload.only_on in {None, name} and may_run(group.taints, workload.tolerations)
        ]

    def on_node(self, group: str) -> Amounts:
        """Returns what the DaemonSets of a group's node ask for."""
        return total(
            some.each
            for some in self.workloads
            if some.on_every_node and group in self.groups_of(some)
        )

    @cached_property
    def _shared(self) -> Sequence[str]:
        """The groups whose nodes run more than DaemonSets."""
        chosen = {name for some in self.free_to_choose for name in self.groups_of(some)}
        return [name for name in self.groups if name in chosen]

    @cached_property
    def _judged(self) -> tuple[Verdict, Sequence[str]]:
        most = max(1, _MOST_NODES_TRIED // max(1, self.nodes))
        layouts = list(islice(self._layouts(), most + 1))
        doubts = self._doubts(layouts)
        if not doubts:
            return Verdict.FITS, ()
        certain = self._crowded(careful=False) or self._obstacles(layouts[0], spread=False)
        if not certain and len(layouts) <= most:
            by_layout = [self._obstacles(layout) for layout in layouts]
            certain = by_layout[0] if all(by_layout) else []
        return (Verdict.IMPOSSIBLE, certain) if certain else (Verdict.UNCERTAIN, doubts)

    def _doubts(self, layouts: Sequence["_Layout"]) -> Sequence[str]:
        """Returns what keeps pods from running if a node has no more than is certain."""
        if crowded := self._crowded(careful=True):
            return crowded
        pods = self._pods()
        for layout in layouts:
            nodes = self._nodes_of(layout, careful=True)
            if placed(nodes, pods) is None:
                return obstacles(nodes, pods) or ["no way to put all pods on nodes is found"]
        return ()

    def _obstacles(self, layout: "_Layout", *, spread: bool = True) -> Sequence[str]:
        """Returns what keeps pods from running even if a node has all that it may have.

        :param spread: whether pods spread over zones; if not, every layout is like every other.
        """
        return obstacles(self._nodes_of(layout, careful=False), self._pods(spread=spread))

    def _crowded(self, *, careful: bool) -> list[str]:
        """Returns the groups whose nodes have no room for their own DaemonSets."""
        found: list[str] = []
        for name, group in self.groups.items():
            had = group.each.least if careful else group.each.most
            if group.count and not had.holds(self.on_node(name)):
                asked = ", ".join(self.on_node(name).text()[:3])
                found.append(
                    f"node group {name}: what runs on every node asks for {asked}, and a node has "
                    f"{', '.join(had.text()[:3])}"
                )
        return found

    def _pods(self, *, spread: bool = True) -> Sequence[Pods]:
        return [
            Pods(
                name=some.name,
                count=some.count,
                each=some.takes,
                groups=frozenset(self.groups_of(some)),
                spread=spread and some.spread,
                apart=some.apart,
            )
            for some in self.free_to_choose
        ]

    def _nodes_of(self, layout: "_Layout", *, careful: bool) -> Sequence[Node]:
        return [
            Node(group=name, zone=zone, free=self._free(name, careful=careful))
            for name, by_zone in layout.items()
            for zone, count in enumerate(by_zone)
            for _ in range(count)
        ]

    def _free(self, group: str, *, careful: bool) -> Amounts:
        each = self.groups[group].each
        had = each.least if careful else each.most
        return Amounts(*(max(0, left) for left in had.minus(self.on_node(group))))

    def _layouts(self) -> Iterator["_Layout"]:
        """Yields how nodes may lie over the zones.

        Where every group is in all zones, those differ by nothing else, so that the zones of the
        first group that is uneven are given.
        """
        choices: list[list[tuple[int, ...]]] = []
        given = any(len(self._zones_of(name)) < self.zones for name in self._shared)
        for name in self._shared:
            zones = self._zones_of(name)
            everywhere, over = divmod(self.groups[name].count, len(zones))
            ways = [
                tuple(
                    everywhere + (zone in more) if zone in zones else 0
                    for zone in range(self.zones)
                )
                for more in combinations(zones, over)
            ]
            choices.append(ways[:1] if over and not given else ways)
            given = given or over > 0
        for way in product(*choices):
            yield dict(zip(self._shared, way, strict=True))


# The number of nodes in each zone, by group.
_Layout = Mapping[str, tuple[int, ...]]
