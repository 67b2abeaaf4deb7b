"""The architecture diagram: zones as columns, roles as rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .architecture import ROLES, Architecture, SubnetPart
from .boxes import LINE_HEIGHT, PADDING, Box, Edge, Picture, bottom_of, height_of
from .parts import MANAGED, ON_NODES, Part
from .routes import BUS, CHANNEL, route

# What a page has for it, and what a zone needs, whatever that is.
_WIDTH: Final = 1120
_LEAST_ZONE_WIDTH: Final = 300
_MARGIN: Final = 12
_GAP: Final = 10
_HEADER: Final = LINE_HEIGHT + PADDING
# In rows of parts that are in no zone.
_PART_WIDTH: Final = 232
# From which width a subnet's parts stand in two columns,
# and what is in the left one: whatever has lines on its left.
_TWO_COLUMNS: Final = 2 * 210
_LEFT: Final = frozenset({"nat", "mount-target", "endpoint"})
# The zone and the role of a part that is in no subnet.
_NOWHERE: Final[Mapping[str, str]] = {}


def draw_architecture(architecture: Architecture) -> Picture:
    """Returns where everything is drawn."""
    columns = max(len(architecture.zones), 1)
    width = max(_WIDTH, columns * (_LEAST_ZONE_WIDTH + _GAP) - _GAP + 4 * _MARGIN)
    vpc, *inside = _vpc(architecture, width)
    boxes = [_internet(architecture, width), vpc, *inside]
    for kind, title, parts, gap in (
        (MANAGED, "Run by AWS", architecture.managed, 3 * BUS),
        (ON_NODES, "In the cluster", architecture.on_nodes, _GAP),
    ):
        boxes += _area(kind, title, parts, width, bottom_of(boxes) + gap)
    return Picture(
        width=width, height=bottom_of(boxes) + _MARGIN, boxes=boxes, edges=list(_edges(boxes, vpc))
    )


def _internet(architecture: Architecture, width: float) -> Box:
    place = (width - 3 * _MARGIN - _PART_WIDTH, _MARGIN, _PART_WIDTH, height_of(1))
    gateways = [part for part in architecture.border if part.kind == "internet-gateway"]
    lines = [("internet", gateway.resource.urn) for gateway in gateways]
    data = {"urn": "internet"}
    return Box("internet", "internet", *place, ["Internet"], data=data, leads_to=lines)


def _vpc(architecture: Architecture, width: float) -> Iterator[Box]:
    """Yields the VPC and what is in it."""
    top = _MARGIN + height_of(1) + 2 * _GAP
    y, right = top + _HEADER, width - 3 * _MARGIN
    border = [
        _box(part, right - _PART_WIDTH - index * (_PART_WIDTH + _GAP), y, _PART_WIDTH)
        for index, part in enumerate(architecture.border)
    ]
    y = bottom_of(border, y) + BUS + _GAP
    inside = [*border, *_zones(architecture.zones, y, width - 4 * _MARGIN)]
    height = bottom_of(inside, y) + _MARGIN - top
    cidrs = " + ".join(architecture.cidrs)
    vpc, data = architecture.vpc, {"urn": architecture.vpc.urn, "cidr": cidrs}
    width -= 2 * _MARGIN
    yield Box("vpc", vpc.name, _MARGIN, top, width, height, [f"VPC {cidrs}"], data=data)
    yield from inside


def _zones(zones: Mapping[str, Sequence[SubnetPart]], top: float, width: float) -> Iterator[Box]:
    """Yields each zone with its subnets; those of a role are equally high in all zones."""
    each = (width + _GAP) / len(zones) - _GAP if zones else width
    rows = {
        role: _Row.of(alike, each - 2 * PADDING)
        for role in ROLES
        if (alike := [part for parts in zones.values() for part in parts if part.role == role])
    }
    for column, (zone, parts) in enumerate(zones.items()):
        x = 2 * _MARGIN + column * (each + _GAP)
        y, inside = top + _HEADER, list[Box]()
        for role, row in rows.items():
            for part in parts:
                if part.role == role:
                    inside += row.subnet(part, x + PADDING, y)
            y += row.height + BUS
        yield Box("zone", zone, x, top, each, y - top, [zone], data={"zone": zone})
        yield from inside


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    """How the subnets of a role are drawn, in all zones alike.

    :param beside: whether their parts stand in two columns.
    """

    width: float
    height: float
    beside: bool

    @classmethod
    def of(cls, subnets: Sequence[SubnetPart], width: float) -> "_Row":
        """Returns what holds the highest of these subnets."""
        sides = {part.kind in _LEFT for subnet in subnets for part in subnet.parts}
        beside = len(sides) > 1 and width - 2 * CHANNEL >= _TWO_COLUMNS
        highest = max(
            sum(height_of(len(part.lines)) + PADDING for part in column)
            for subnet in subnets
            for column in _columns(subnet.parts, beside=beside)
        )
        return cls(width=width, height=_HEADER + highest + PADDING, beside=beside)

    def subnet(self, subnet: SubnetPart, x: float, y: float) -> Iterator[Box]:
        """Yields a subnet and what is in it."""
        where = {"zone": subnet.zone, "role": subnet.role}
        title = [f"{subnet.role} {subnet.cidr}"]
        place = (x, y, self.width, self.height)
        data = {"urn": subnet.resource.urn, **where, "cidr": subnet.cidr}
        lines = [("egress", subnet.nat)] if subnet.nat else []
        name = subnet.resource.name
        yield Box("subnet", name, *place, title, inset=CHANNEL, data=data, leads_to=lines)
        columns = _columns(subnet.parts, beside=self.beside)
        each = (self.width - 2 * CHANNEL + _GAP) / len(columns) - _GAP
        for index, parts in enumerate(columns):
            below = y + _HEADER
            for part in parts:
                yield (box := _box(part, x + CHANNEL + index * (each + _GAP), below, each, where))
                below = box.bottom + PADDING


def _columns(parts: Sequence[Part], *, beside: bool) -> Sequence[Sequence[Part]]:
    if not beside:
        return [parts]
    return [[p for p in parts if p.kind in _LEFT], [p for p in parts if p.kind not in _LEFT]]


def _area(kind: str, title: str, parts: Sequence[Part], width: float, y: float) -> Iterator[Box]:
    """Yields a box and in it parts in rows, as many beside each other as fit."""
    if not parts:
        return
    inner = width - 4 * _MARGIN
    across = int((inner + _GAP) // (_PART_WIDTH + _GAP))
    each = (inner - (across - 1) * _GAP) / across
    below, inside = y + _HEADER, list[Box]()
    for start in range(0, len(parts), across):
        inside += [
            _box(part, 2 * _MARGIN + index * (each + _GAP), below, each)
            for index, part in enumerate(parts[start : start + across])
        ]
        below = bottom_of(inside) + PADDING
    yield Box(kind, kind, _MARGIN, y, width - 2 * _MARGIN, below - y, [title])
    yield from inside


def _box(part: Part, x: float, y: float, width: float, where: Mapping[str, str] = _NOWHERE) -> Box:
    found, place = part.resource, (x, y, width, height_of(len(part.lines)))
    data = {"urn": found.urn, **where}
    return Box(part.kind, found.name, *place, part.lines, data=data, leads_to=part.leads_to)


def _edges(boxes: Sequence[Box], vpc: Box) -> Iterator[Edge]:
    """Yields the lines; to something of several zones, they lead in the zone where they begin."""
    for source in boxes:
        for kind, urn in source.leads_to:
            found = [box for box in boxes if box.data.get("urn") == urn and box.kind != source.kind]
            zone = source.data.get("zone")
            for target in [box for box in found if box.data.get("zone") == zone] or found:
                yield Edge(
                    kind=kind,
                    source=source.data["urn"],
                    target=urn,
                    points=route(kind, source, target, boxes, vpc),
                    zone=zone or target.data.get("zone", ""),
                )
