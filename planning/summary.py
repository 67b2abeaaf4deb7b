"""The plan in figures, as a stack exports it and the offline preview shows it."""

from collections.abc import Mapping
from datetime import date
from typing import TypedDict

from .shutdown import ShutdownBudget
from .subnets import ZoneSubnets, usable_addresses


class SubnetSummary(TypedDict):
    """One subnet: its block and how many addresses AWS leaves to its users."""

    zone: str
    role: str
    cidr: str
    usableAddresses: int


class ShutdownSummary(TypedDict):
    """The numbers of a graceful stop, in seconds."""

    propagationSeconds: int
    longestRequestSeconds: int
    preStopSeconds: int
    graceSeconds: int
    deregistrationDelaySeconds: int
    idleTimeoutSeconds: int
    keepAliveSeconds: int
    drainLimitSeconds: int


class PlanSummary(TypedDict):
    """What a reader of the plan looks for first; shutdown by application."""

    kubernetesVersion: str
    standardSupportEnds: str
    subnets: list[SubnetSummary]
    shutdown: dict[str, ShutdownSummary]


def summarize(
    *,
    kubernetes_version: str,
    standard_support_ends: date,
    subnets: Mapping[str, ZoneSubnets],
    shutdown: Mapping[str, ShutdownBudget],
) -> PlanSummary:
    """Returns the plan's figures as plain data."""
    return {
        "kubernetesVersion": kubernetes_version,
        "standardSupportEnds": standard_support_ends.isoformat(),
        "subnets": [
            {
                "zone": zone,
                "role": role,
                "cidr": str(block),
                "usableAddresses": usable_addresses(block),
            }
            for zone, blocks in sorted(subnets.items())
            for role, block in (
                ("public", blocks.public),
                ("private", blocks.private),
                ("control-plane", blocks.control_plane),
            )
        ],
        "shutdown": {name: _shutdown(budget) for name, budget in shutdown.items()},
    }


def _shutdown(budget: ShutdownBudget) -> ShutdownSummary:
    return {
        "propagationSeconds": budget.propagation_seconds,
        "longestRequestSeconds": budget.longest_request_seconds,
        "preStopSeconds": budget.pre_stop_seconds,
        "graceSeconds": budget.grace_seconds,
        "deregistrationDelaySeconds": budget.deregistration_delay_seconds,
        "idleTimeoutSeconds": budget.idle_timeout_seconds,
        "keepAliveSeconds": budget.keep_alive_seconds,
        "drainLimitSeconds": budget.drain_limit_seconds,
    }
