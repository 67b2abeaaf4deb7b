"""What waits for what, and the longest way through it, with durations that others reported."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import networkx as nx

from deployment.deployment import Deployment
from deployment.resource import Resource
from stackfile.files import PROGRAM

_FILE: Final = PROGRAM / "offline" / "cloud" / "durations.json"
# Before everything, so that the first resource's own duration counts.
_START: Final = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """A resource on the critical path; seconds from the start of the deployment.

    :param source: where the duration is from; empty for one that counts as nothing.
    """

    resource: Resource
    begins: int
    seconds: int
    source: str


@cache
def durations() -> Mapping[str, Mapping[str, Any]]:
    """Returns the reported durations by resource type."""
    data = json.loads(_FILE.read_text(encoding="utf-8"))
    return {entry["type"]: entry for entry in data["durations"]}


def waits(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """Yields each resource with each that it waits for, by URN: the earlier one first."""
    for resource in sorted(deployment, key=lambda resource: resource.urn):
        for earlier in sorted(resource.waits_for & deployment.by_urn.keys()):
            yield earlier, resource.urn


def critical_path(deployment: Deployment) -> list[Step]:
    """Returns the resources whose durations add up to most, in their order."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    begin = ((_START, urn) for urn in sorted(deployment.by_urn))
    for earlier, later in (*begin, *waits(deployment)):
        graph.add_edge(earlier, later, seconds=_known(deployment.by_urn[later])["seconds"])
    steps: list[Step] = []
    begins = 0
    for urn in nx.dag_longest_path(graph, weight="seconds")[1:]:
        resource = deployment.by_urn[urn]
        steps.append(Step(resource=resource, begins=begins, **_known(resource)))
        begins += steps[-1].seconds
    return steps


def types_without_duration(deployment: Deployment) -> list[str]:
    """Returns the resource types of a stack that no report was found for."""
    types = {resource.type for resource in deployment if resource.custom}
    return sorted(token for token in types - durations().keys() if not token.startswith("pulumi:"))


def _known(resource: Resource) -> Mapping[str, Any]:
    """Returns how long a resource takes, and who says so; nothing where nobody does."""
    known = durations().get(resource.type, {})
    return {"seconds": int(known.get("seconds", 0)), "source": str(known.get("source", ""))}
