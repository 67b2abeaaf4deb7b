"""Mutants of the shipped stacks by subject; importing one registers its mutants."""

from policy_mutants import (
    availability,
    cluster,
    identity,
    jobs,
    load_balancing,
    network,
    nodes,
    ordering,
    secrets,
    storage,
    workloads,
)
from policy_mutants.registry import MUTANTS, Deployment, Mutant

__all__ = [
    "MUTANTS",
    "Deployment",
    "Mutant",
    "availability",
    "cluster",
    "identity",
    "jobs",
    "load_balancing",
    "network",
    "nodes",
    "ordering",
    "secrets",
    "storage",
    "workloads",
]
