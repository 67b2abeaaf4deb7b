"""Which component waits for which, as a picture and as rows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Final

import networkx as nx

from deployment.deployment import Deployment
from deployment.resource import Resource

from .boxes import Box, Edge, Picture, bottom_of, height_of, width_of
from .critical_path import Step, waits
from .layers import lay_out

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
    graph, sizes = components(deployment), _sizes(deployment)
    critical = [deployment.component(step.resource).urn for step in path]
    shown = nx.transitive_reduction(graph) if nx.is_directed_acyclic_graph(graph) else graph
    texts = {
        urn: [deployment.by_urn[urn].name, f"{sizes[urn]} resource{'s' * (sizes[urn] != 1)}"]
        for urn in graph
    }
    widths = {urn: width_of(lines) for urn, lines in texts.items()}
    laid = lay_out(_layers(graph), shown.edges, widths, height_of(2))
    boxes = [
        Box(
            "component",
            deployment.by_urn[urn].name,
            x + _MARGIN,
            y + _MARGIN,
            widths[urn],
            height_of(2),
            texts[urn],
            data={"urn": urn, "critical": str(urn in critical).lower()},
        )
        for urn, (x, y) in laid.corners.items()
    ]
    steps = set(pairwise(critical))
    edges = [
        Edge(
            kind="critical" if line in steps else "waits",
            source=line[0],
            target=line[1],
            points=[(x + _MARGIN, y + _MARGIN) for x, y in points],
        )
        for line, points in laid.paths.items()
    ]
    # The critical path lies above the others.
    edges.sort(key=lambda edge: (edge.kind == "critical", edge.source, edge.target))
    lowest = max((y for edge in edges for _, y in edge.points), default=0)
    return Picture(
        # Of whole pixels, so that nobody scales it.
        width=ceil(max(box.right for box in boxes) + _MARGIN),
        height=ceil(max(bottom_of(boxes), lowest) + _MARGIN),
        boxes=boxes,
        edges=edges,
    )


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
