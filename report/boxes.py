"""What a picture of boxes and lines is made of."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

LINE_HEIGHT: Final = 16
PADDING: Final = 8
# The widest that a character of the pictures' font is on average.
_CHARACTER_WIDTH: Final = 7.0
_BOLD_WIDTH: Final = 7.6

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with lines of text, the first of them bold; lengths in pixels.

    :param inset: where its text begins.
    :param data: what the graph says of it, for whoever reads the picture by program.
    :param leads_to: the kind of line and the URN of each box that a line is drawn to.
    """

    kind: str
    name: str
    x: float
    y: float
    width: float
    height: float
    lines: Sequence[str]
    inset: float = PADDING
    data: Mapping[str, str] = field(default_factory=dict[str, str])
    leads_to: Sequence[tuple[str, str]] = ()

    @property
    def id(self) -> str:
        """What no other box is called."""
        parts = ("box", self.kind, self.name, self.data.get("zone", ""))
        return re.sub(r"[^A-Za-z0-9_-]+", "-", "-".join(filter(None, parts)))

    @property
    def shown(self) -> Sequence[str]:
        """The lines, cut to the box's width."""
        room, found = self.width - self.inset - PADDING, list[str]()
        for line in self.lines:
            most = int(room / (_CHARACTER_WIDTH if found else _BOLD_WIDTH))
            found.append(line if len(line) <= most else f"{line[: most - 1]}…")
        return found

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Where it ends."""
        return self.y + self.height

    @property
    def middle(self) -> Point:
        """Its centre."""
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Edge:
    """A line with an arrow at its end, by the URNs of what it joins."""

    kind: str
    source: str
    target: str
    points: Sequence[Point]
    zone: str = ""

    @property
    def path(self) -> str:
        """The line as SVG wants it."""
        return "M" + " L".join(f"{x:g},{y:g}" for x, y in self.points)


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """Boxes, each after those that it lies on, and the lines among them."""

    width: float
    height: float
    boxes: Sequence[Box]
    edges: Sequence[Edge]

    @property
    def edge_kinds(self) -> Sequence[str]:
        """The kinds of lines."""
        return sorted({edge.kind for edge in self.edges})


def width_of(lines: Sequence[str]) -> float:
    """Returns how wide a box with these lines is."""
    first, *others = (len(line) for line in lines)
    return max(first * _BOLD_WIDTH, *(n * _CHARACTER_WIDTH for n in others), 0) + 2 * PADDING


def height_of(lines: int) -> float:
    """Returns how high a box with so many lines is."""
    return lines * LINE_HEIGHT + PADDING


def bottom_of(boxes: Iterable[Box], otherwise: float = 0) -> float:
    """Returns where the lowest of some boxes ends, or another value without any."""
    return max((box.bottom for box in boxes), default=otherwise)
