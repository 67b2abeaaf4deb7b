"""Which component waits for which, as a picture and as rows."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import networkx as nx

from deployment.deployment import Deployment
from deployment.resource import Resource

from .boxes import Box, Edge, Picture, bottom_of, height_of
from .critical_path import Step, waits

_WIDTH: Final = 196
_GAP: Final = 18
_ROW: Final = 46
_MARGIN: Final = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A component, what it waits for by name, and how many resources it holds."""

    component: Resource
    waits_for: Sequence[str]
    size: int


def components(deployment: Deployment) -> "nx.DiGraph[str]":
    """Returns the parts of the stack by URN, each after what any of its resources waits for."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    parts = {
        resource.urn: deployment.component(resource).urn
        for resource in sorted(deployment, key=lambda resource: resource.urn)
        if resource.urn != deployment.stack.urn and resource.parent
    }
    graph.add_nodes_from(parts.values())
    graph.add_edges_from(
        (parts[earlier], parts[later])
        for earlier, later in waits(deployment)
        if {earlier, later} <= parts.keys() and parts[earlier] != parts[later]
    )
    return graph


def rows(deployment: Deployment) -> list[Row]:
    """Returns the components in an order in which they can be created."""
    graph = components(deployment)
    sizes = _sizes(deployment)
    return [
        Row(
            component=deployment.by_urn[urn],
            waits_for=sorted(deployment.by_urn[earlier].name for earlier in graph.pred[urn]),
            size=sizes[urn],
        )
        for layer in _layers(graph)
        for urn in layer
    ]


def draw_components(deployment: Deployment, path: Sequence[Step]) -> Picture:
    """Returns the components in layers, with lines for waits that no other line implies."""
    graph = components(deployment)
    critical = [deployment.component(step.resource).urn for step in path]
    boxes = _boxes(deployment, graph, set(critical))
    return Picture(
        width=max(box.right for box in boxes.values()) + _MARGIN,
        height=bottom_of(boxes.values()) + _MARGIN,
        boxes=list(boxes.values()),
        edges=list(_edges(graph, boxes, set(pairwise(critical)))),
    )


def _edges(
    graph: "nx.DiGraph[str]", boxes: Mapping[str, Box], critical: set[tuple[str, str]]
) -> Iterator[Edge]:
    shown = nx.transitive_reduction(graph) if nx.is_directed_acyclic_graph(graph) else graph
    for earlier, later in sorted(shown.edges):
        begin, end = boxes[earlier], boxes[later]
        yield Edge(
            kind="critical" if (earlier, later) in critical else "waits",
            source=earlier,
            target=later,
            points=[(begin.middle[0], begin.bottom), (end.middle[0], end.y)],
        )


def _boxes(
    deployment: Deployment, graph: "nx.DiGraph[str]", critical: set[str]
) -> Mapping[str, Box]:
    layers, sizes = _layers(graph), _sizes(deployment)
    most = max(len(layer) for layer in layers)
    boxes: dict[str, Box] = {}
    for index, layer in enumerate(layers):
        # Below what they wait for, so that few lines cross.
        ordered = sorted(layer, key=lambda urn: (_above(graph, urn, boxes), urn))
        indent = (most - len(layer)) * (_WIDTH + _GAP) / 2
        for column, urn in enumerate(ordered):
            name, size = deployment.by_urn[urn].name, sizes[urn]
            x = _MARGIN + indent + column * (_WIDTH + _GAP)
            y = _MARGIN + index * (height_of(2) + _ROW)
            lines = [name, f"{size} resource{'s' * (size != 1)}"]
            data = {"urn": urn, "critical": str(urn in critical).lower()}
            boxes[urn] = Box("component", name, x, y, _WIDTH, height_of(2), lines, data=data)
    return boxes


def _above(graph: "nx.DiGraph[str]", urn: str, boxes: Mapping[str, Box]) -> float:
    places = [boxes[earlier].middle[0] for earlier in graph.pred[urn] if earlier in boxes]
    return sum(places) / len(places) if places else 0.0


def _layers(graph: "nx.DiGraph[str]") -> list[list[str]]:
    """Returns the parts in layers; parts that wait for each other share one."""
    whole = nx.condensation(graph)
    return [
        sorted(urn for part in layer for urn in whole.nodes[part]["members"])
        for layer in nx.topological_generations(whole)
    ]


def _sizes(deployment: Deployment) -> Counter[str]:
    """Returns the number of each part's resources."""
    custom = (resource for resource in deployment if resource.custom)
    return Counter(deployment.component(resource).urn for resource in custom)
