"""The architecture diagram: zones as columns, roles as rows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from .architecture import ROLES, Architecture, Part, SubnetPart
from .boxes import LINE_HEIGHT, PADDING, Box, Edge, Picture, height_of
from .routes import BUS, CHANNEL, route

_ZONE_WIDTH: Final = 284
_MARGIN: Final = 12
_GAP: Final = 10
_HEADER: Final = LINE_HEIGHT + PADDING
# In rows of parts that are in no zone.
_PART_WIDTH: Final = 232
_SUBNET_WIDTH: Final = _ZONE_WIDTH - 2 * PADDING


def draw_architecture(architecture: Architecture) -> Picture:
    """Returns where everything is drawn."""
    columns = max(len(architecture.zones), 2)
    width = columns * _ZONE_WIDTH + (columns - 1) * _GAP + 4 * _MARGIN
    vpc, inside = _vpc(architecture, width)
    managed = list(
        _group("managed", "Run by AWS", architecture.managed, width, vpc.bottom + 3 * BUS)
    )
    bottom = managed[0].bottom if managed else vpc.bottom
    on_nodes = list(
        _group("on-nodes", "In the cluster", architecture.on_nodes, width, bottom + _GAP)
    )
    boxes = [_internet(width), vpc, *inside, *managed, *on_nodes]
    return Picture(
        width=width,
        height=max(box.bottom for box in boxes) + _MARGIN,
        boxes=boxes,
        edges=list(_edges(architecture, boxes, vpc)),
    )


def _internet(width: float) -> Box:
    x = width - 3 * _MARGIN - _PART_WIDTH
    return Box(
        kind="internet",
        name="internet",
        x=x,
        y=_MARGIN,
        width=_PART_WIDTH,
        height=height_of(1),
        lines=["Internet"],
        data={"urn": "internet"},
    )


def _vpc(architecture: Architecture, width: float) -> tuple[Box, list[Box]]:
    """Returns the VPC and what is in it."""
    top = _MARGIN + height_of(1) + 2 * _GAP
    inside = list(_border(architecture.edge, width, top + _HEADER))
    y = max((box.bottom for box in inside), default=top + _HEADER) + BUS + _GAP
    inside += _zones(architecture.zones, y)
    cidrs = " + ".join(architecture.cidrs)
    vpc = Box(
        kind="vpc",
        name=architecture.vpc.name,
        x=_MARGIN,
        y=top,
        width=width - 2 * _MARGIN,
        height=max((box.bottom for box in inside), default=y) + _MARGIN - top,
        lines=[f"VPC {cidrs}"],
        data={"urn": architecture.vpc.urn, "cidr": cidrs},
    )
    return vpc, inside


def _border(parts: Sequence[Part], width: float, y: float) -> Iterator[Box]:
    """Yields what is at the VPC's border, from the right to the left."""
    x = width - 3 * _MARGIN - _PART_WIDTH
    for part in parts:
        yield _box(part, x, y, _PART_WIDTH)
        x -= _PART_WIDTH + _GAP


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
        yield Box(
            kind="zone",
            name=zone,
            x=x,
            y=top,
            width=_ZONE_WIDTH,
            height=y - top,
            lines=[zone],
            data={"zone": zone},
        )
        yield from inside


def _subnet(subnet: SubnetPart, x: float, y: float, height: float) -> Iterator[Box]:
    data = {
        "urn": subnet.resource.urn,
        "zone": subnet.zone,
        "role": subnet.role,
        "cidr": subnet.cidr,
    }
    yield Box(
        kind="subnet",
        name=subnet.resource.name,
        x=x,
        y=y,
        width=_SUBNET_WIDTH,
        height=height,
        lines=[f"{subnet.role} {subnet.cidr}"],
        inset=CHANNEL,
        data=data,
    )
    y += _HEADER
    for part in subnet.parts:
        box = _box(part, x + CHANNEL, y, _SUBNET_WIDTH - 2 * CHANNEL, subnet)
        yield box
        y += box.height + PADDING


def _height(subnet: SubnetPart) -> float:
    return _HEADER + sum(height_of(len(_text(part))) + PADDING for part in subnet.parts) + PADDING


def _group(kind: str, title: str, parts: Sequence[Part], width: float, y: float) -> Iterator[Box]:
    """Yields a box and in it parts in rows, as many beside each other as fit."""
    if not parts:
        return
    inner = width - 4 * _MARGIN
    across = int((inner + _GAP) // (_PART_WIDTH + _GAP))
    each = (inner - (across - 1) * _GAP) / across
    below, inside = y + _HEADER, list[Box]()
    for start in range(0, len(parts), across):
        row = [
            _box(part, 2 * _MARGIN + index * (each + _GAP), below, each)
            for index, part in enumerate(parts[start : start + across])
        ]
        inside += row
        below = max(box.bottom for box in row) + PADDING
    yield Box(
        kind=kind,
        name=kind,
        x=_MARGIN,
        y=y,
        width=width - 2 * _MARGIN,
        height=below - y,
        lines=[title],
    )
    yield from inside


def _box(part: Part, x: float, y: float, width: float, subnet: SubnetPart | None = None) -> Box:
    place = {"zone": subnet.zone, "role": subnet.role} if subnet else {}
    lines = _text(part)
    return Box(
        kind=part.kind,
        name=part.resource.name,
        x=x,
        y=y,
        width=width,
        height=height_of(len(lines)),
        lines=lines,
        data={"urn": part.resource.urn, **place},
    )


def _text(part: Part) -> Sequence[str]:
    return [part.title, part.detail] if part.detail else [part.title]


def _edges(architecture: Architecture, boxes: Sequence[Box], vpc: Box) -> Iterator[Edge]:
    for kind, source, target in _joined(architecture, boxes):
        yield Edge(
            kind=kind,
            source=source.data["urn"],
            target=target.data["urn"],
            points=route(kind, source, target, boxes, vpc),
            zone=source.data.get("zone") or target.data.get("zone", ""),
        )


def _joined(architecture: Architecture, boxes: Sequence[Box]) -> Iterator[tuple[str, Box, Box]]:
    """Yields kind, begin and end of each line."""
    for gateway in (box for box in boxes if box.kind == "internet-gateway"):
        yield "internet", boxes[0], gateway
        for box in boxes:
            if box.kind == "load-balancer" and box.data["role"] == "public":
                yield "ingress", gateway, box
    for subnet in architecture.subnets:
        yield from _from_subnet(subnet, boxes)


def _from_subnet(subnet: SubnetPart, boxes: Sequence[Box]) -> Iterator[tuple[str, Box, Box]]:
    """Yields the lines that begin in a subnet."""
    here = [box for box in boxes if box.data.get("zone", subnet.zone) == subnet.zone]
    starts = {(box.kind, box.data.get("urn")): box for box in here if "zone" in box.data}
    for box in boxes:
        if box.kind == "nat" and box.data["urn"] == subnet.nat:
            yield "egress", starts["subnet", subnet.resource.urn], box
    for part in subnet.parts:
        for kind, urn in part.leads_to:
            for box in here:
                if box.data.get("urn") == urn and box.kind != part.kind:
                    yield kind, starts[part.kind, part.resource.urn], box
