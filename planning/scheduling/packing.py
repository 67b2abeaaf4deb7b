"""Puts pods on nodes: a way that is found proves that there is one.

What the scheduler demands is kept: a pod's requests, the nodes that it may run on, an even spread
over zones, and a node of its own. What it merely prefers is not. It decides pod by pod and does not
look ahead (https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/), so that it may
miss a way that is found here.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from .amounts import DIMENSIONS, Amounts, total

# Of the search that looks at every way. Beyond them the answer is that none is known.
_MOST_PODS: Final = 200
_MOST_NODES: Final = 40
_MOST_STEPS: Final = 20_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A node with what it has for these pods.

    :param zone: which zone it is in, by number.
    :param free: what is left of it for pods that do not run on every node.
    """

    group: str
    zone: int
    free: Amounts


@dataclass(frozen=True, kw_only=True, slots=True)
class Pods:
    """Pods alike.

    :param groups: the node groups that they may run on.
    :param spread: whether the numbers in two zones with such nodes differ by one pod at most.
    :param apart: whether no two of them may be on one node.
    """

    name: str
    count: int
    each: Amounts
    groups: frozenset[str]
    spread: bool = False
    apart: bool = False

    def fitting(self, free: Amounts, here: int = 0) -> int:
        """Returns how many more of them a node takes that has so many already."""
        most = free.how_often(self.each)
        return min(most, max(0, 1 - here)) if self.apart else most


class _OutOfStepsError(Exception):
    """The search for a way has taken as long as it may."""


def placed(nodes: Sequence[Node], pods: Sequence[Pods]) -> Sequence[Counter[str]] | None:
    """Returns the pods of each node, by name, or ``None`` where no way is found.

    Tries the largest pods first, by several measures of what is large, and each on the first node
    that has room.
    """
    scale = total(node.free for node in nodes)
    measures: tuple[Callable[[Pods], float], ...] = (
        lambda some: max(_parts(some.each, scale)),
        lambda some: some.each.cpu,
        lambda some: some.each.memory,
    )
    for measure in measures:
        if found := _first_fit(nodes, sorted(pods, key=measure, reverse=True)):
            return found
    return None


def obstacles(nodes: Sequence[Node], pods: Sequence[Pods]) -> list[str]:
    """Returns why no way can be there; nothing where there may be one."""
    names: dict[str, list[str]] = {}
    for some in pods:
        if some.count and (reason := _alone(nodes, some)):
            names.setdefault(reason, []).append(some.name)
    found = [*_together(nodes, pods), *(f"{', '.join(of)}: {why}" for why, of in names.items())]
    if not found and _no_way(nodes, pods):
        found.append("there is room for each kind of pod, and no way to place all of them")
    return found


def _parts(asked: Amounts, had: Amounts) -> Iterator[float]:
    return (part / whole if whole else 0.0 for part, whole in zip(asked, had, strict=True))


def _zones(nodes: Sequence[Node], some: Pods) -> list[int]:
    return sorted({node.zone for node in nodes if node.group in some.groups})


def _first_fit(nodes: Sequence[Node], pods: Sequence[Pods]) -> Sequence[Counter[str]] | None:
    filling = _Filling(nodes)
    return filling.here if all(filling.takes(some) for some in pods) else None


class _Filling:
    """Nodes that are filled with one kind of pods after another, each on the first with room."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._nodes = nodes
        self._free = [node.free for node in nodes]
        self.here: list[Counter[str]] = [Counter() for _ in nodes]

    def takes(self, some: Pods) -> bool:
        """Puts these pods on nodes and returns whether all have room."""
        if not some.spread:
            return not self._left_over(some, some.count)
        zones = _zones(self._nodes, some)
        if not zones:
            return not some.count
        of_each, over = divmod(some.count, len(zones))
        if any(self._left_over(some, of_each, zone) for zone in zones):
            return False
        with_room = sorted(zones, key=lambda zone: -self._room(some, zone))[:over]
        return not any(self._left_over(some, 1, zone) for zone in with_room)

    def _left_over(self, some: Pods, count: int, zone: int | None = None) -> int:
        """Puts so many on nodes, of a zone or of all, and returns how many have no room."""
        for index, node in enumerate(self._nodes):
            if not count:
                break
            if node.group in some.groups and zone in {None, node.zone}:
                placed_here = min(count, self._takes(some, index))
                self._free[index] = self._free[index].minus(some.each.times(placed_here))
                self.here[index][some.name] += placed_here
                count -= placed_here
        return count

    def _room(self, some: Pods, zone: int) -> int:
        """Returns how many more of these pods a zone has room for."""
        return sum(
            self._takes(some, index)
            for index, node in enumerate(self._nodes)
            if node.zone == zone and node.group in some.groups
        )

    def _takes(self, some: Pods, index: int) -> int:
        """Returns how many more of these pods a node takes."""
        return some.fitting(self._free[index], self.here[index][some.name])


def _alone(nodes: Sequence[Node], some: Pods) -> str | None:
    """Returns why these pods have no room even if there are no others, or ``None``."""
    able = [node for node in nodes if node.group in some.groups]
    if not able:
        return "there is no node that they may run on"
    rooms = Counter[int]()
    for node in able:
        rooms[node.zone] += some.fitting(node.free)
    of_each, over = divmod(some.count, len(rooms))
    if not rooms.total():
        most = [max(column) for column in zip(*(node.free for node in able), strict=True)]
        texts = zip(DIMENSIONS, some.each.text(), some.each, most, strict=True)
        lacking = [f"{text} {name}" for name, text, asked, had in texts if asked > had]
        return (
            f"no node has {' and '.join(lacking) or 'all that one asks for'} left for one of them"
        )
    if rooms.total() < some.count:
        alone = ", one on each" if some.apart else ""
        return f"{some.count:,} of them, and nodes have room for {rooms.total():,}{alone}"
    if some.spread and (
        min(rooms.values()) < of_each or sum(room > of_each for room in rooms.values()) < over
    ):
        least = f"one has room for {min(rooms.values()):,}"
        return f"{some.count:,} of them, spread evenly over {len(rooms)} zones of which {least}"
    return None


def _together(nodes: Sequence[Node], pods: Sequence[Pods]) -> Iterator[str]:
    """Yields what all pods that share some node groups ask too much of."""
    sharing = {some.groups for some in pods} | {frozenset(node.group for node in nodes)}
    for groups in sorted(sharing, key=sorted):
        asked = total(some.each.times(some.count) for some in pods if some.groups <= groups)
        had = total(node.free for node in nodes if node.group in groups)
        for name, need, left, short in zip(
            DIMENSIONS, asked.text(), had.text(), had.minus(asked), strict=True
        ):
            if short < 0:
                where = f"node groups {', '.join(sorted(groups))}"
                yield f"{name}: {need} needed of {where}, {left} left"


def _no_way(nodes: Sequence[Node], pods: Sequence[Pods]) -> bool:
    """Returns whether every way was tried and none found; not so where there are too many."""
    if len(nodes) > _MOST_NODES or sum(some.count for some in pods) > _MOST_PODS:
        return False
    try:
        return not _Search(nodes, pods).succeeds()
    except _OutOfStepsError:
        return False


class _Search:
    """Tries every way, but for those that are alike."""

    def __init__(self, nodes: Sequence[Node], pods: Sequence[Pods]) -> None:
        scale = total(node.free for node in nodes)
        self._nodes = nodes
        self._free = [node.free for node in nodes]
        self._pods = sorted(
            (some for some in pods if some.count),
            key=lambda some: max(_parts(some.each, scale)),
            reverse=True,
        )
        self._steps = 0
        self._failed: set[tuple[object, ...]] = set()

    def succeeds(self) -> bool:
        """Returns whether there is a way."""
        return self._kind(0)

    def _kind(self, index: int) -> bool:
        if index == len(self._pods):
            return True
        nodes = ((node.group, node.zone) for node in self._nodes)
        state = (index, *sorted(zip(nodes, self._free, strict=True)))
        if state in self._failed:
            return False
        some = self._pods[index]
        zones = _zones(self._nodes, some)
        if self._pod(index, some.count, 0, Counter(), len(zones)):
            return True
        self._failed.add(state)
        return False

    def _pod(self, index: int, left: int, first: int, by_zone: Counter[int], zones: int) -> bool:
        """Puts the pods of a kind that are left on nodes from ``first`` on, then the next kinds."""
        if not left:
            return self._kind(index + 1)
        some = self._pods[index]
        tried: set[tuple[object, ...]] = set()
        for place in range(first, len(self._nodes)):
            node, free = self._nodes[place], self._free[place]
            alike = (node.group, node.zone, free)
            if node.group not in some.groups or alike in tried or not free.holds(some.each):
                continue
            tried.add(alike)
            if some.spread and not _evenly(by_zone, node.zone, some.count, zones):
                continue
            self._steps += 1
            if self._steps > _MOST_STEPS:
                raise _OutOfStepsError
            self._free[place] = free.minus(some.each)
            by_zone[node.zone] += 1
            if self._pod(index, left - 1, place + some.apart, by_zone, zones):
                return True
            by_zone[node.zone] -= 1
            self._free[place] = free
        return False


def _evenly(by_zone: Counter[int], zone: int, count: int, zones: int) -> bool:
    """Returns whether one more pod in a zone still lets all of them spread evenly."""
    of_each, over = divmod(count, zones)
    if by_zone[zone] < of_each:
        return True
    return by_zone[zone] == of_each and sum(here > of_each for here in by_zone.values()) < over
