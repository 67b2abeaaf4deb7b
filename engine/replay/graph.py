"""The graph of a stack: what waits for what, by which the replay program registers it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Any, Final

import networkx as nx

from deployment.deployment import Deployment
from deployment.properties import plain_map, property_map
from deployment.resource import Resource
from deployment.types import CLUSTER, STACK

_PROVIDER: Final = "pulumi:providers:"
_STASH: Final = "pulumi:index:Stash"
# What protects a stack from being destroyed by mistake, off; whoever destroys it does the same.
_UNPROTECTED: Final = {CLUSTER: property_map({"deletionProtection": False})}


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Edge:
    """A custom resource that waits for another one.

    :param later: the URN of the one that waits: made later, deleted earlier.
    :param earlier: the URN of what it waits for.
    """

    later: str
    earlier: str


@dataclass(frozen=True, kw_only=True)
class Graph:
    """The resources of a stack by URN, and the edges between those that are not components."""

    resources: Mapping[str, Resource]
    edges: frozenset[Edge]

    def without(self, *edges: Edge) -> "Graph":
        """Returns the graph without these edges."""
        return replace(self, edges=self.edges - set(edges))

    @cached_property
    def waits(self) -> "nx.DiGraph[str]":
        """Everything that waits, with a way to all that it waits for: also for its provider."""
        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(self.custom)
        graph.add_edges_from((edge.later, edge.earlier) for edge in self.edges)
        graph.add_edges_from(
            (urn, provider)
            for urn, resource in self.resources.items()
            if (provider := resource.provider_urn) in self.custom
        )
        return graph

    @cached_property
    def custom(self) -> frozenset[str]:
        """The URNs of all that a provider makes, and of the program's own providers."""
        return frozenset(urn for urn, found in self.resources.items() if is_registered(found))

    def that_wait_for(self, urn: str) -> frozenset[str]:
        """Returns the URNs of all that come after a resource."""
        return frozenset(nx.ancestors(self.waits, urn))

    def that_it_waits_for(self, urn: str) -> frozenset[str]:
        """Returns the URNs of all that come before a resource."""
        return frozenset(nx.descendants(self.waits, urn))

    def is_implied(self, edge: Edge) -> bool:
        """Returns whether the one waits for the other by a way without this edge as well."""
        return edge.earlier in self.without(edge).that_it_waits_for(edge.later)

    def lost_with(self, edge: Edge) -> frozenset[str]:
        """Returns what the later end of an edge waits for by this edge alone."""
        rest = self.without(edge).that_it_waits_for(edge.later)
        return frozenset({edge.earlier, *self.that_it_waits_for(edge.earlier)}) - rest

    def program(self, deleted_first: Iterable[str] = ()) -> list[dict[str, Any]]:
        """Returns what the replay program reads: every resource after all that it needs.

        :param deleted_first: the URNs of resources that are deleted before all that does not wait
            for them. The engine deletes in layers, the resources with the longest chain of
            dependencies first (``ScheduleDeletes`` in
            https://github.com/pulumi/pulumi/blob/v3.274.1/pkg/resource/deploy/step_generator.go):
            these get a chain that is longer than any other.
        """
        waits: dict[str, list[str]] = {urn: [] for urn in self.resources}
        for edge in sorted(self.edges):
            waits[edge.later].append(edge.earlier)
        needs = {
            urn: {*waits[urn], *filter(None, [found.parent, found.provider_urn])}
            for urn, found in self.resources.items()
        }
        chain = list(self._chain()) if deleted_first else []
        for urn in deleted_first:
            waits[urn].append(chain[-1]["urn"])
        return chain + [
            _data(self.resources[urn], waits[urn])
            for urn in TopologicalSorter(needs).static_order()
            if urn in self.custom or self.resources[urn].is_component
        ]

    def _chain(self) -> Iterator[dict[str, Any]]:
        """Yields resources of the engine's own, each waiting for the one before."""
        # Resources also come after their parents, which wait for nothing but theirs.
        parents = 1 + max(urn.split("::")[2].count("$") for urn in self.resources)
        length = len(nx.dag_longest_path(self.waits)) + parents
        for number in range(length):
            inputs = property_map({"input": number})
            link = Resource(urn=f"chain-{number}", type=_STASH, custom=True, inputs=inputs)
            yield _data(link, [f"chain-{number - 1}"] if number else [])


def graph_of(recorded: Iterable[Resource]) -> Graph:
    """Returns the graph of a stack as its program makes it, without what forbids to destroy it."""
    resources = {
        found.urn: replace(
            found, inputs={**found.inputs, **_UNPROTECTED.get(found.type, {})}, protect=False
        )
        for found in recorded
    }
    return Graph(resources=resources, edges=frozenset(_edges(Deployment(resources.values()))))


def is_registered(resource: Resource) -> bool:
    """Returns whether the program itself registers a resource that is no component.

    The engine makes default providers, and nothing waits for more than those.
    """
    is_default = is_provider(resource) and resource.name.startswith("default")
    return resource.custom and not is_default


def is_provider(resource: Resource) -> bool:
    """Returns whether a resource is a provider, of which nothing is in the cloud."""
    return resource.type.startswith(_PROVIDER)


def _edges(deployment: Deployment) -> Iterator[Edge]:
    """Yields the edges.

    :raises ValueError: where a resource waits for a component and for nothing within it.
    """
    for resource in filter(is_registered, deployment):
        for earlier in map(deployment.by_urn.__getitem__, resource.dependencies):
            within = {child.urn for child in deployment.inside(earlier)}
            if earlier.custom:
                yield Edge(later=resource.urn, earlier=earlier.urn)
            elif not within & resource.dependencies:
                raise ValueError(
                    f"{resource.urn} waits for {earlier.urn} and for no resource within it"
                )


def _data(resource: Resource, waits_for: list[str]) -> dict[str, Any]:
    return {
        "urn": resource.urn,
        "type": resource.type,
        "name": resource.name,
        "custom": resource.custom,
        "parent": resource.parent if STACK not in resource.parent else "",
        "provider": resource.provider_urn,
        "waits_for": waits_for,
        "inputs": plain_map(resource.inputs) if resource.custom else {},
    }
