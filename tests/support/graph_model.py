"""An exported deployment as a graph that tests ask questions of."""

from collections.abc import Iterator, Mapping
from typing import Any

import networkx as nx


class Resource:
    """A resource of the export; it is known by its URN."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.urn: str = data["urn"]
        self.type: str = data["type"]
        self.name = self.urn.rsplit("::", maxsplit=1)[-1]
        self.inputs: Mapping[str, Any] = data.get("inputs", {})
        self.outputs: Mapping[str, Any] = data.get("outputs", {})

    def __repr__(self) -> str:
        return f"{self.type} {self.name}"

    @property
    def predecessors(self) -> set[str]:
        """The URNs of what the engine waits for before it creates this, and deletes after it."""
        urns = set(self.data.get("dependencies", []))
        for dependencies in self.data.get("propertyDependencies", {}).values():
            urns.update(dependencies)
        if provider := self.data.get("provider"):
            urns.add(provider.rpartition("::")[0])
        return urns


class Graph:
    """The resources of a deployment and the order among them."""

    def __init__(self, export: Mapping[str, Any]) -> None:
        self.resources = [Resource(data) for data in export["deployment"]["resources"]]
        self._by_urn = {resource.urn: resource for resource in self.resources}
        self._order: nx.DiGraph[str] = nx.DiGraph()
        inside: dict[str, list[str]] = {}
        for resource in self.resources:
            self._order.add_node(resource.urn)
            for urn in resource.predecessors:
                # What depends on a component depends on all that was in it before, says the engine
                # (DependenciesOf in https://github.com/pulumi/pulumi/blob/v3.274.1/pkg/resource/
                # graph/dependency_graph.go).
                earlier = [urn, *inside.get(urn, [])]
                self._order.add_edges_from((resource.urn, each) for each in earlier)
            parent = self._by_urn.get(resource.data.get("parent", ""))
            while parent is not None:
                if not parent.data["custom"]:
                    inside.setdefault(parent.urn, []).append(resource.urn)
                parent = self._by_urn.get(parent.data.get("parent", ""))

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.resources)

    def of(self, token: str) -> list[Resource]:
        """Returns the resources of a type."""
        return [resource for resource in self.resources if resource.type == token]

    def one(self, token: str) -> Resource:
        """Returns the only resource of a type."""
        found = self.of(token)
        assert len(found) == 1, f"{token}: expected one, found {found}"
        return found[0]

    def addon(self, name: str) -> Resource:
        """Returns the EKS add-on of a name."""
        (found,) = (a for a in self.of("aws:eks/addon:Addon") if a.inputs["addonName"] == name)
        return found

    def release(self, chart: str) -> Resource:
        """Returns the Helm release of a chart."""
        (found,) = (
            r for r in self.of("kubernetes:helm.sh/v3:Release") if r.inputs["chart"] == chart
        )
        return found

    def by_id(self, identifier: str) -> Resource:
        """Returns the resource of an ID."""
        (found,) = (r for r in self.resources if r.data.get("id") == identifier)
        return found

    def waits_for(self, later: Resource, earlier: Resource) -> bool:
        """Returns whether there is a path of dependencies from one to the other."""
        return bool(nx.has_path(self._order, later.urn, earlier.urn))

    def missing_waits(self, laters: list[Resource], earliers: list[Resource]) -> Iterator[str]:
        """Yields a line for each pair without a path; a requirement about nothing is broken."""
        if not laters or not earliers:
            yield f"nothing to compare: {laters} and {earliers}"
        for later in laters:
            for earlier in earliers:
                if not self.waits_for(later, earlier):
                    yield f"{later} does not wait for {earlier}"
