"""The architecture diagram: zones as columns, roles as rows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from .architecture import ROLES, Architecture, SubnetPart
from .boxes import LINE_HEIGHT, PADDING, Box, Edge, Picture, bottom_of, height_of
from .parts import MANAGED, ON_NODES, Part
from .routes import BUS, CHANNEL, route

_ZONE_WIDTH: Final = 284
_MARGIN: Final = 12
_GAP: Final = 10
_HEADER: Final = LINE_HEIGHT + PADDING
# In rows of parts that are in no zone.
_PART_WIDTH: Final = 232
_SUBNET_WIDTH: Final = _ZONE_WIDTH - 2 * PADDING
# The zone and the role of a part that is in no subnet.
_NOWHERE: Final[Mapping[str, str]] = {}


def draw_architecture(architecture: Architecture) -> Picture:
    """Returns where everything is drawn."""
    columns = max(len(architecture.zones), 2)
    width = columns * _ZONE_WIDTH + (columns - 1) * _GAP + 4 * _MARGIN
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
    inside = [*border, *_zones(architecture.zones, y)]
    height = bottom_of(inside, y) + _MARGIN - top
    cidrs = " + ".join(architecture.cidrs)
    vpc, data = architecture.vpc, {"urn": architecture.vpc.urn, "cidr": cidrs}
    width -= 2 * _MARGIN
    yield Box("vpc", vpc.name, _MARGIN, top, width, height, [f"VPC {cidrs}"], data=data)
    yield from inside


def _zones(zones: Mapping[str, Sequence[SubnetPart]], top: float) -> Iterator[Box]:
    """Yields each zone with its subnets; those of a role are equally high in all zones."""
    heights = {
        role: max(map(_height, alike))
        for role in ROLES
        if (alike := [part for parts in zones.values() for part in parts if part.role == role])
    }
    for column, (zone, parts) in enumerate(zones.items()):
        x = 2 * _MARGIN + column * (_ZONE_WIDTH + _GAP)
        y, inside = top + _HEADER, list[Box]()
        for role, height in heights.items():
            for part in parts:
                if part.role == role:
                    inside += _subnet(part, x + PADDING, y, height)
            y += height + BUS
        yield Box("zone", zone, x, top, _ZONE_WIDTH, y - top, [zone], data={"zone": zone})
        yield from inside


def _subnet(subnet: SubnetPart, x: float, y: float, height: float) -> Iterator[Box]:
    where = {"zone": subnet.zone, "role": subnet.role}
    place, title = (x, y, _SUBNET_WIDTH, height), [f"{subnet.role} {subnet.cidr}"]
    data = {"urn": subnet.resource.urn, **where, "cidr": subnet.cidr}
    lines = [("egress", subnet.nat)] if subnet.nat else []
    name = subnet.resource.name
    yield Box("subnet", name, *place, title, inset=CHANNEL, data=data, leads_to=lines)
    y += _HEADER
    for part in subnet.parts:
        yield (box := _box(part, x + CHANNEL, y, _SUBNET_WIDTH - 2 * CHANNEL, where))
        y = box.bottom + PADDING


def _height(subnet: SubnetPart) -> float:
    return _HEADER + sum(height_of(len(part.lines)) + PADDING for part in subnet.parts) + PADDING


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
