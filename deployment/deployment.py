"""The resources of a deployment, and what they say of each other."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from .resource import Resource
from .types import STACK

# A resource by its URN, or in brackets all that is in a component.
Node = str | tuple[str]


class Deployment:
    """The resources of a stack and the order among them.

    :param waiting: copies that an earlier deployment has replaced and not deleted yet.
    """

    def __init__(
        self, resources: Iterable[Resource] = (), waiting: Iterable[Resource] = ()
    ) -> None:
        self.waiting = tuple(waiting)
        self.by_urn: Mapping[str, Resource] = {resource.urn: resource for resource in resources}
        self._by_type: dict[str, list[Resource]] = defaultdict(list)
        self._children: dict[str, list[Resource]] = defaultdict(list)
        for resource in self:
            self._by_type[resource.type].append(resource)
            self._children[resource.parent].append(resource)
        for found in self._by_type.values():
            found.sort(key=lambda resource: resource.name)
        self._later: dict[str, frozenset[Node]] = {}

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.by_urn.values())

    def __len__(self) -> int:
        return len(self.by_urn)

    @property
    def stack(self) -> Resource:
        """The stack itself.

        :raises ValueError: where there is none.
        """
        if stacks := self.of(STACK):
            return stacks[0]
        raise ValueError("the deployment holds no stack")

    @property
    def roots(self) -> list[Resource]:
        """What has no parent: the stack first, then providers by type."""
        roots = [resource for resource in self if resource.parent not in self.by_urn]
        return sorted(roots, key=lambda resource: (resource.custom, resource.type))

    @property
    def name(self) -> str:
        """The stack's name, which every URN holds."""
        return next(iter(self.by_urn)).split(":")[2]

    @property
    def plan(self) -> Mapping[str, Any]:
        """The exported plan in figures; empty where there is none."""
        plan: Mapping[str, Any] = self.stack.outputs.get("plan") or {}
        return plan

    def of(self, token: str) -> list[Resource]:
        """Returns the resources of a type, by name."""
        return self._by_type.get(token, [])

    def by_id(self, token: str, identifier: object) -> Resource | None:
        """Returns the resource of a type and an ID, if it is one of these."""
        return self._by_id.get((token, str(identifier))) if identifier else None

    def children(self, urn: str) -> list[Resource]:
        """Returns what a resource is the parent of: components first, then by type and name."""
        return sorted(self._children.get(urn, ()), key=lambda r: (r.custom, r.type, r.name))

    def inside(self, resource: Resource) -> Iterator[Resource]:
        """Yields what is below a resource, at every depth."""
        for child in self._children.get(resource.urn, ()):
            yield child
            yield from self.inside(child)

    def component(self, resource: Resource) -> Resource:
        """Returns the part of the stack that a resource belongs to: itself, or a parent of its."""
        while (parent := self.by_urn.get(resource.parent)) and parent.type != STACK:
            resource = parent
        return resource

    def waits_for(self, later: Resource, earlier: Resource) -> bool:
        """Returns whether there is a path of dependencies from one to the other."""
        return later.urn in self.later_than(earlier.urn)

    def later_than(self, urn: str) -> frozenset[Node]:
        """Returns the URNs of all that comes after a resource; worked out once for each."""
        if urn not in self._later:
            self._later[urn] = frozenset(_reached(urn, self._steps[1]))
        return self._later[urn]

    @cached_property
    def predecessors(self) -> Mapping[Node, frozenset[Node]]:
        """What each resource comes after, by URN: its provider, and what it was registered to.

        Where that is a component, it is also what is in there and does not come after the resource
        itself: only what stands before it counts for the engine (``DependenciesOf`` in
        https://github.com/pulumi/pulumi/blob/v3.274.1/pkg/resource/graph/dependency_graph.go). All
        that is in a component is a node, so that there are no more steps than resources ask for.
        """
        return self._steps[0]

    @cached_property
    def _steps(self) -> tuple[Mapping[Node, frozenset[Node]], Mapping[Node, set[Node]]]:
        """What each node comes after, and what comes after it."""
        earlier: dict[Node, set[Node]] = {one.urn: set(one.waits_for) for one in self}
        later: dict[Node, set[Node]] = defaultdict(set)

        def comes_after(node: Node, others: Iterable[Node]) -> None:
            earlier.setdefault(node, set()).update(others)
            for other in others:
                later[other].add(node)

        for node, others in earlier.items():
            comes_after(node, tuple(others))
        for resource in sorted(self, key=lambda resource: resource.urn):
            for urn in sorted(resource.waits_for):
                component = self.by_urn.get(urn)
                if component and component.is_component:
                    if (urn,) not in earlier:
                        comes_after((urn,), {child.urn for child in self.inside(component)})
                    not_before = {resource.urn, *_reached(resource.urn, later)}
                    if not_before.isdisjoint(earlier[urn,]):
                        comes_after(resource.urn, [(urn,)])
                    else:
                        comes_after(resource.urn, earlier[urn,] - not_before)
        return {node: frozenset(others) for node, others in earlier.items()}, later

    @cached_property
    def _by_id(self) -> Mapping[tuple[str, str], Resource]:
        return {(resource.type, resource.id): resource for resource in self}


def _reached(start: Node, steps: Mapping[Node, Iterable[Node]]) -> set[Node]:
    """Returns all that can be reached from a node in one step or more."""
    found: set[Node] = set()
    pending = list(steps.get(start, ()))
    while pending:
        node = pending.pop()
        if node not in found:
            found.add(node)
            pending += steps.get(node, ())
    return found
