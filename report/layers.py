"""Boxes in layers, and lines between them that pass beside every other box (Sugiyama's method).

A line over several layers has a lane of its own in each layer between. Boxes and lanes of a layer
are ordered by the middle of what they are joined to, and then moved towards it as far as the order
lets them. Between two layers a line has at most one horizontal part, on a track where no other is.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from .boxes import Point

# A box by its name, or the lane of a line in a layer.
Slot = tuple[str, ...]
Line = tuple[str, str]

_GAP: Final = 28
_LANE: Final = 6
_TRACK: Final = 9
# Above the first and below the last track.
_CLEAR: Final = 18
_SWEEPS: Final = 12
# A line that is nearly straight becomes so, and ends of two lines keep this distance.
_NEAR: Final = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Laid:
    """Where boxes and lines are, in pixels from the upper left corner.

    :param corners: the upper left corner of each box.
    :param paths: the corners of each line.
    """

    corners: Mapping[str, Point]
    paths: Mapping[Line, Sequence[Point]]


def lay_out(
    layers: Sequence[Sequence[str]],
    lines: Iterable[Line],
    widths: Mapping[str, float],
    height: float,
) -> Laid:
    """Returns where boxes and lines go.

    :param layers: the names of the boxes; a line leads to a later layer, or stays in its own.
    :param widths: of the boxes.
    :param height: of every box.
    """
    place = {name: index for index, layer in enumerate(layers) for name in layer}
    chains = {(u, v): _chain(u, v, place) for u, v in sorted(lines)}
    slots: list[list[Slot]] = [[(name,) for name in layer] for layer in layers]
    steps: list[tuple[Slot, Slot]] = []
    for chain in chains.values():
        for index, lane in enumerate(chain[1:-1], place[chain[0][0]] + 1):
            slots[index].append(lane)
        steps += pairwise(chain)
    size: dict[Slot, float] = {
        slot: widths[slot[0]] if len(slot) == 1 else _LANE for layer in slots for slot in layer
    }
    middles = _middles(slots, steps, size)
    return _drawn(slots, chains, size, middles, height)


def _chain(source: str, target: str, place: Mapping[str, int]) -> list[Slot]:
    lanes = range(place[source] + 1, place[target])
    return [(source,), *((source, target, str(index)) for index in lanes), (target,)]


def _middles(
    slots: list[list[Slot]], steps: Iterable[tuple[Slot, Slot]], size: Mapping[Slot, float]
) -> dict[Slot, float]:
    """Puts each layer in order, and returns the middle of each slot."""
    above: dict[Slot, list[Slot]] = defaultdict(list)
    below: dict[Slot, list[Slot]] = defaultdict(list)
    for upper, lower in steps:
        above[lower].append(upper)
        below[upper].append(lower)
    middles: dict[Slot, float] = {}
    for layer in slots:
        _place(layer, middles, size, lambda slot: _mean(middles, above[slot], 0.0))
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        joined = above if down else below
        for layer in slots if down else reversed(slots):

            def wanted(slot: Slot, joined: Mapping[Slot, list[Slot]] = joined) -> float:
                return _mean(middles, joined[slot], middles[slot])

            # At the end the order stays, and boxes move towards both sides.
            if sweep < _SWEEPS - 4:
                layer.sort(key=lambda slot: (wanted(slot), slot))
            _place(layer, middles, size, wanted)
    least = min(middles[slot] - size[slot] / 2 for slot in middles)
    return {slot: round(middle - least, 1) for slot, middle in middles.items()}


def _mean(middles: Mapping[Slot, float], slots: Sequence[Slot], otherwise: float) -> float:
    known = [middles[slot] for slot in slots if slot in middles]
    return sum(known) / len(known) if known else otherwise


def _place(
    layer: Sequence[Slot],
    middles: dict[Slot, float],
    size: Mapping[Slot, float],
    wanted: Callable[[Slot], float],
) -> None:
    """Sets the middles of a layer as near to the wanted ones as its order allows.

    Slots that would overlap move together, to the mean of what they want.
    """
    # Slots with their distance from the group's first one, and where that one wants to be.
    groups: list[tuple[list[tuple[Slot, float]], float]] = []
    for slot in layer:
        group, start = [(slot, 0.0)], wanted(slot)
        while groups and start < _end(groups[-1], size) + size[group[0][0]] / 2:
            before, begins = groups.pop()
            offset = _end((before, begins), size) + size[group[0][0]] / 2 - begins
            merged = [*before, *((each, offset + distance) for each, distance in group)]
            total = begins * len(before) + (start - offset) * len(group)
            group, start = merged, total / len(merged)
        groups.append((group, start))
    for group, start in groups:
        for slot, distance in group:
            middles[slot] = start + distance


def _end(group: tuple[Sequence[tuple[Slot, float]], float], size: Mapping[Slot, float]) -> float:
    """Returns where the next slot may begin."""
    (slot, distance), start = group[0][-1], group[1]
    return start + distance + size[slot] / 2 + _GAP


def _drawn(
    slots: Sequence[Sequence[Slot]],
    chains: Mapping[Line, Sequence[Slot]],
    size: Mapping[Slot, float],
    middles: Mapping[Slot, float],
    height: float,
) -> Laid:
    place = {slot: index for index, layer in enumerate(slots) for slot in layer}
    leaving, entering = _ports(chains, size, middles)
    # The line's part below each layer: from where to where.
    parts: list[dict[tuple[Line, int], tuple[float, float]]] = [{} for _ in slots]
    for line, chain in chains.items():
        for step, (upper, lower) in enumerate(pairwise(chain)):
            begin = leaving[line] if step == 0 else middles[upper]
            is_last = step == len(chain) - 2
            end = entering[line] if is_last else middles[lower]
            if is_last and abs(begin - end) < _NEAR and _spans(lower, begin, size, middles):
                end = begin
            parts[place[upper]][line, step] = begin, end
    corners: dict[str, Point] = {}
    paths: dict[Line, list[Point]] = defaultdict(list)
    top = 0.0
    for layer, below in zip(slots, parts, strict=True):
        for slot in layer:
            if len(slot) == 1:
                corners[slot[0]] = (middles[slot] - size[slot] / 2, top)
        bottom, tracks = top + height, _tracks(below)
        top = bottom + 2 * _CLEAR + _TRACK * max(tracks.values(), default=0)
        for (line, step), (begin, end) in below.items():
            across = bottom + _CLEAR + _TRACK * tracks.get((line, step), 0)
            last = bottom if place[line[0],] == place[line[1],] else top
            turns = [] if begin == end else [(begin, across), (end, across)]
            paths[line] += [(begin, bottom), *turns, (end, last)]
    return Laid(corners=corners, paths=paths)


def _spans(box: Slot, x: float, size: Mapping[Slot, float], middles: Mapping[Slot, float]) -> bool:
    return abs(x - middles[box]) < size[box] / 2


def _ports(
    chains: Mapping[Line, Sequence[Slot]], size: Mapping[Slot, float], middles: Mapping[Slot, float]
) -> tuple[dict[Line, float], dict[Line, float]]:
    """Returns where each line leaves its box and enters the other one."""
    found: list[dict[Line, float]] = []
    for end in (0, -1):
        ports: dict[Line, float] = {}
        by_box: dict[Slot, list[Line]] = defaultdict(list)
        for line, chain in chains.items():
            by_box[chain[end]].append(line)
        for box, lines in by_box.items():
            neighbour = 1 if end == 0 else -2
            lines.sort(key=lambda line: (middles[chains[line][neighbour]], line))
            for index, line in enumerate(lines, 1):
                left = middles[box] - size[box] / 2
                ports[line] = round(left + size[box] * index / (len(lines) + 1), 1)
        found.append(ports)
    leaving, entering = found
    # A line that ends where another one begins would look like its rest.
    begins = sorted(leaving.values())
    for line, end in entering.items():
        apart = end + (_NEAR if leaving[line] > end else -_NEAR)
        if leaving[line] != end and any(abs(begin - end) < _NEAR for begin in begins):
            entering[line] = apart if _spans((line[1],), apart, size, middles) else end
    return leaving, entering


def _tracks(parts: Mapping[tuple[Line, int], tuple[float, float]]) -> dict[tuple[Line, int], int]:
    """Returns the number of the track of each part that is not straight."""
    ends: list[float] = []
    tracks: dict[tuple[Line, int], int] = {}
    for part, (begin, end) in sorted(parts.items(), key=lambda item: (min(item[1]), item[0])):
        if begin != end:
            left, right = min(begin, end), max(begin, end)
            free = next((i for i, last in enumerate(ends) if last < left), len(ends))
            ends[free : free + 1] = [right]
            tracks[part] = free
    return tracks
