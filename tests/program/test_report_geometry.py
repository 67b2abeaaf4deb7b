"""What is drawn lies where it belongs: boxes beside each other, and lines beside boxes."""

from itertools import combinations, pairwise

import pytest
from reports import platform

from report.architecture import read_architecture
from report.boxes import Box, Picture, Point
from report.components import draw_components
from report.critical_path import critical_path
from report.diagram import draw_architecture

# Boxes that others lie in.
AREAS = {"vpc", "zone", "subnet", "managed", "on-nodes"}
WIDTH = 1120


def drawn_architecture(name: str) -> Picture:
    found = read_architecture(platform(name))
    assert found
    return draw_architecture(found)


def drawn_components(name: str) -> Picture:
    return draw_components(platform(name), critical_path(platform(name)))


def parts(picture: Picture) -> list[Box]:
    return [box for box in picture.boxes if box.kind not in AREAS]


def crosses(begin: Point, end: Point, box: Box) -> bool:
    """Returns whether a horizontal or vertical line runs through the inside of a box."""
    (left, right), (top, bottom) = sorted([begin[0], end[0]]), sorted([begin[1], end[1]])
    return left < box.right and right > box.x and top < box.bottom and bottom > box.y


def lies_in(inner: Box, outer: Box) -> bool:
    across = outer.x <= inner.x and inner.right <= outer.right
    return across and outer.y <= inner.y and inner.bottom <= outer.bottom


@pytest.fixture(params=["dev", "prod", "everything", "arm and spot", "in-cluster"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("draw", [drawn_architecture, drawn_components])
def test_lines_are_orthogonal_and_cross_no_box_that_they_do_not_join(
    name: str, draw: object
) -> None:
    picture: Picture = draw(name)  # type: ignore[operator]
    assert picture.edges
    for edge in picture.edges:
        for begin, end in pairwise(edge.points):
            assert begin[0] == end[0] or begin[1] == end[1], edge
            crossed = [box for box in parts(picture) if crosses(begin, end, box)]
            ends = {edge.source, edge.target}
            assert [box.name for box in crossed if box.data.get("urn") not in ends] == []


@pytest.mark.parametrize("draw", [drawn_architecture, drawn_components])
def test_boxes_lie_beside_each_other_and_in_the_picture(name: str, draw: object) -> None:
    picture: Picture = draw(name)  # type: ignore[operator]
    for box in picture.boxes:
        assert min(box.x, box.y) >= 0
        assert box.right <= picture.width
        assert box.bottom <= picture.height
    for one, other in combinations(parts(picture), 2):
        beside = one.right <= other.x or other.right <= one.x
        assert beside or one.bottom <= other.y or other.bottom <= one.y, (one.name, other.name)


def test_parts_lie_in_the_subnet_that_they_are_in(name: str) -> None:
    picture = drawn_architecture(name)
    subnets = [box for box in picture.boxes if box.kind == "subnet"]
    for part in parts(picture):
        if role := part.data.get("role"):
            (home,) = (box for box in subnets if lies_in(part, box))
            assert (home.data["role"], home.data["zone"]) == (role, part.data["zone"])


def test_the_architecture_uses_the_width_of_the_page(name: str) -> None:
    picture = drawn_architecture(name)
    assert picture.width == WIDTH
    zones = [box for box in picture.boxes if box.kind == "zone"]
    assert min(zone.x for zone in zones) <= 24
    assert max(zone.right for zone in zones) >= WIDTH - 24


def test_lines_of_the_dependencies_end_at_their_boxes(name: str) -> None:
    picture = drawn_components(name)
    by_urn = {box.data["urn"]: box for box in picture.boxes}
    for edge in picture.edges:
        (x, y), (to_x, to_y) = edge.points[0], edge.points[-1]
        source, target = by_urn[edge.source], by_urn[edge.target]
        assert y == source.bottom
        assert source.x <= x <= source.right
        assert to_y == target.y
        assert target.x <= to_x <= target.right
