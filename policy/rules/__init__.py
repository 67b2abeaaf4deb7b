"""All rules; importing a subject registers its rules."""

from . import (
    availability,
    cluster,
    identity,
    load_balancing,
    network,
    nodes,
    ordering,
    security_groups,
    shutdown,
    storage,
    tags,
    workloads,
)
from .registry import RULES

__all__ = [
    "RULES",
    "availability",
    "cluster",
    "identity",
    "load_balancing",
    "network",
    "nodes",
    "ordering",
    "security_groups",
    "shutdown",
    "storage",
    "tags",
    "workloads",
]
