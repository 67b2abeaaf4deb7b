"""The requirements as checks on an exported graph, by number.

A check yields a line for each thing that breaks its requirement. What holds for every stack needs
no more than the graph; what holds for one kind of stack reads it from the graph, too.
"""

from graph_model import Graph

from requirement_checks import (
    cluster,
    identity,
    network,
    ordering,
    pod_networking,
    storage,
    workloads,
)
from requirement_checks.registry import CHECKS

__all__ = [
    "CHECKS",
    "cluster",
    "identity",
    "network",
    "ordering",
    "pod_networking",
    "storage",
    "violations",
    "workloads",
]


def violations(graph: Graph) -> dict[int, list[str]]:
    """Returns what breaks each requirement that is broken."""
    found = {number: list(check(graph)) for number, check in sorted(CHECKS.items())}
    return {number: lines for number, lines in found.items() if lines}
