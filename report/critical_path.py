"""What waits for what, and the longest way through it, with durations that others reported."""

import json
from collections.abc import Mapping, Sequence
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


def waits(deployment: Deployment) -> "nx.DiGraph[str]":
    """Returns the resources by URN, each after what it waits for; edges have ``seconds``."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    for resource in sorted(deployment, key=lambda resource: resource.urn):
        seconds = _seconds(resource)
        graph.add_edge(_START, resource.urn, seconds=seconds)
        for earlier in sorted(resource.waits_for & deployment.by_urn.keys()):
            graph.add_edge(earlier, resource.urn, seconds=seconds)
    return graph


def critical_path(deployment: Deployment) -> list[Step]:
    """Returns the resources whose durations add up to most, in their order."""
    urns: Sequence[str] = nx.dag_longest_path(waits(deployment), weight="seconds")
    steps: list[Step] = []
    begins = 0
    for urn in urns:
        if urn == _START:
            continue
        resource = deployment.by_urn[urn]
        known = durations().get(resource.type)
        seconds = _seconds(resource)
        source = str(known["source"]) if known else ""
        steps.append(Step(resource=resource, begins=begins, seconds=seconds, source=source))
        begins += seconds
    return steps


def types_without_duration(deployment: Deployment) -> list[str]:
    """Returns the resource types of a stack that no report was found for."""
    types = {resource.type for resource in deployment if resource.custom}
    return sorted(token for token in types - durations().keys() if not token.startswith("pulumi:"))


def _seconds(resource: Resource) -> int:
    known = durations().get(resource.type)
    return int(known["seconds"]) if known else 0
