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
    x, y = source.middle
    if kind == "internet":
        return [(x, source.bottom), (target.middle[0], target.y)]
    if kind == "ingress":
        # From above.
        lane = _subnet_of(target, boxes).right - _OUTER
        bus, end = source.bottom + BUS, target.y + _NOTCH
        return [(x, source.bottom), (x, bus), (lane, bus), (lane, end), (target.right, end)]
    if kind == "egress":
        # From a subnet to its NAT gateway, which may be in another zone.
        lane, end, public = source.x + _OUTER, target.middle[1], _subnet_of(target, boxes)
        bus, other = public.bottom + BUS / 2, public.x + _OUTER
        across = [] if source.x == public.x else [(lane, bus), (other, bus)]
        return [(source.x, y), (lane, y), *across, (other, end), (target.x, end)]
    subnet = _subnet_of(source, boxes)
    if kind == "targets":
        lane, begin, end = subnet.right - _INNER, source.bottom - _NOTCH, target.middle[1]
        return [(source.right, begin), (lane, begin), (lane, end), (target.right, end)]
    lane, bus, begin = subnet.right - _OUTER, vpc.bottom + 2 * BUS, source.right
    if kind == "mount":
        lane, bus, begin = subnet.x + _INNER, vpc.bottom + BUS, source.x
    end = target.middle[0]
    return [(begin, y), (lane, y), (lane, bus), (end, bus), (end, target.y)]


def _subnet_of(part: Box, boxes: Sequence[Box]) -> Box:
    return next(
        box
        for box in boxes
        if box.kind == "subnet" and box.x <= part.x <= box.right and box.y <= part.y <= box.bottom
    )
