"""Where the lines of the architecture diagram run: beside the parts, and never across a text."""

from collections.abc import Sequence
from typing import Final

from .boxes import Box, Point

# Beside the parts of a subnet, on both sides.
CHANNEL: Final = 26
# Between rows of subnets, and steps of it below the VPC.
BUS: Final = 14
# Lanes of a channel, from the subnet's edge.
_OUTER: Final = 9
_INNER: Final = 18
# From the edge of a part to where a line meets it.
_NOTCH: Final = 10


def route(kind: str, source: Box, target: Box, boxes: Sequence[Box], vpc: Box) -> list[Point]:
    """Returns the corners of a line."""
    if kind == "internet":
        return [(source.middle[0], source.bottom), (target.middle[0], target.y)]
    if kind == "ingress":
        return _from_above(source, target, _subnet_of(target, boxes))
    if kind == "egress":
        return _to_nat(source, target, _subnet_of(target, boxes))
    if kind == "targets":
        lane = _subnet_of(source, boxes).right - _INNER
        begin, end = source.bottom - _NOTCH, target.middle[1]
        return [(source.right, begin), (lane, begin), (lane, end), (target.right, end)]
    subnet, side = _subnet_of(source, boxes), source.middle[1]
    if kind == "mount":
        lane, bus = subnet.x + _INNER, vpc.bottom + BUS
        begin = source.x
    else:
        lane, bus = subnet.right - _OUTER, vpc.bottom + 2 * BUS
        begin = source.right
    end = target.middle[0]
    return [(begin, side), (lane, side), (lane, bus), (end, bus), (end, target.y)]


def _subnet_of(part: Box, boxes: Sequence[Box]) -> Box:
    return next(
        box
        for box in boxes
        if box.kind == "subnet" and box.x <= part.x <= box.right and box.y <= part.y <= box.bottom
    )


def _from_above(source: Box, target: Box, subnet: Box) -> list[Point]:
    lane, bus, end = subnet.right - _OUTER, source.bottom + BUS, target.y + _NOTCH
    begin = source.middle[0]
    return [(begin, source.bottom), (begin, bus), (lane, bus), (lane, end), (target.right, end)]


def _to_nat(source: Box, target: Box, public: Box) -> list[Point]:
    """Returns the way from a subnet to its NAT gateway, which may be in another zone."""
    lane, end = source.x + _OUTER, target.middle[1]
    begin = source.y + source.height / 2
    start = [(source.x, begin), (lane, begin)]
    if source.x == public.x:
        return [*start, (lane, end), (target.x, end)]
    bus, other = public.bottom + BUS / 2, public.x + _OUTER
    return [*start, (lane, bus), (other, bus), (other, end), (target.x, end)]
