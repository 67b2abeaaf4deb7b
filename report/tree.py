"""The resources of a stack by component."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from deployment.deployment import Deployment
from deployment.resource import Resource


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A resource with what it is the parent of.

    :param inputs: its inputs as JSON text; empty without any.
    """

    resource: Resource
    inputs: str
    children: Sequence["Node"]

    @property
    def size(self) -> int:
        """How many resources are below it."""
        return sum(1 + child.size for child in self.children)


def tree(deployment: Deployment) -> list[Node]:
    """Returns what has no parent, with everything below it: the stack first."""
    roots = [r for r in deployment if r.parent not in deployment.by_urn]
    return [_node(deployment, root) for root in sorted(roots, key=lambda r: (r.custom, r.type))]


def _node(deployment: Deployment, resource: Resource) -> Node:
    inputs = json.dumps(resource.inputs, indent=2, ensure_ascii=False) if resource.inputs else ""
    children = [_node(deployment, child) for child in deployment.children(resource.urn)]
    return Node(resource=resource, inputs=inputs, children=children)
