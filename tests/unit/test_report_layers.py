"""Boxes in layers, whatever the graph: none lies on another, and no line crosses one."""

from collections.abc import Sequence
from itertools import combinations, pairwise

import hypothesis
from hypothesis import strategies as st

from report.layers import lay_out

HEIGHT = 40.0
Graph = tuple[Sequence[Sequence[str]], list[tuple[str, str]], dict[str, float]]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Draws layers of boxes and lines that lead to later layers, or stay in one."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=5))
    layers = [[f"{row}-{column}" for column in range(size)] for row, size in enumerate(sizes)]
    place = {name: row for row, layer in enumerate(layers) for name in layer}
    pairs = [(a, b) for a in place for b in place if a != b and place[a] <= place[b]]
    lines = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=12)) if pairs else []
    some = draw(st.lists(st.sampled_from([60.0, 101.5, 340.0]), min_size=1, max_size=4))
    widths = {name: some[index % len(some)] for index, name in enumerate(place)}
    return layers, lines, widths


@hypothesis.given(graphs())
def test_no_box_lies_on_another_and_no_line_crosses_one(graph: Graph) -> None:
    layers, lines, widths = graph
    laid = lay_out(layers, lines, widths, HEIGHT)
    boxes = {name: (x, y, x + widths[name], y + HEIGHT) for name, (x, y) in laid.corners.items()}
    assert boxes.keys() == widths.keys()
    assert min(x for x, *_ in boxes.values()) > -0.1
    for (x, y, right, _), (other_x, other_y, other_right, _) in combinations(boxes.values(), 2):
        assert y != other_y or right <= other_x or other_right <= x
    assert laid.paths.keys() == set(lines)
    for path in laid.paths.values():
        for (x1, y1), (x2, y2) in pairwise(path):
            assert x1 == x2 or y1 == y2
            for x, y, right, bottom in boxes.values():
                beside = max(x1, x2) <= x or min(x1, x2) >= right
                assert beside or max(y1, y2) <= y or min(y1, y2) >= bottom


@hypothesis.given(graphs())
def test_the_same_graph_is_drawn_alike(graph: Graph) -> None:
    layers, lines, widths = graph
    assert lay_out(layers, lines, widths, HEIGHT) == lay_out(layers, lines[::-1], widths, HEIGHT)


def test_lines_lead_on_from_layer_to_layer() -> None:
    laid = lay_out([["a"], ["b"], ["c"]], [("a", "b"), ("a", "c")], dict.fromkeys("abc", 80.0), 40)
    path = laid.paths["a", "c"]
    assert [y for _, y in path] == sorted(y for _, y in path)
    assert path[0][1] == 40
    assert path[-1][1] == laid.corners["c"][1]
