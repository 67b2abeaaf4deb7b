"""The plan in figures, as a stack exports it and the offline preview shows it."""

from collections.abc import Mapping
from datetime import date
from typing import TypedDict

from .pod_ips.demand import AddressPlan, SubnetDemand
from .shutdown import ShutdownBudget


class UseSummary(TypedDict):
    """What something takes of a subnet: single addresses, and /28 prefixes beside them."""

    what: str
    addresses: int
    prefixes: int


class SubnetSummary(TypedDict):
    """One subnet at the node groups' maximum: what it has and needs, and what takes it.

    ``usableAddresses`` and ``neededAddresses`` count the sixteen addresses of each prefix, too;
    ``addresses`` and ``prefixes`` are apart.
    """

    zone: str
    role: str
    cidr: str
    usableAddresses: int
    neededAddresses: int
    addresses: int
    prefixes: int
    fits: bool
    uses: list[UseSummary]


class NodeGroupSummary(TypedDict):
    """Pods and addresses of a group's nodes, when they are full."""

    instanceTypes: list[str]
    maxNodes: int
    maxPods: int
    interfaces: int
    subnetAddresses: int


class PodIpSummary(TypedDict):
    """How pods get their addresses; node groups by name."""

    prefixDelegation: bool
    customNetworking: bool
    warmTargets: dict[str, int]
    warmTargetsFrom: str
    nodeGroups: dict[str, NodeGroupSummary]


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
    podIps: PodIpSummary
    subnets: list[SubnetSummary]
    shutdown: dict[str, ShutdownSummary]


def summarize(
    *,
    kubernetes_version: str,
    standard_support_ends: date,
    addresses: AddressPlan,
    targets_named: bool,
    shutdown: Mapping[str, ShutdownBudget],
) -> PlanSummary:
    """Returns the plan's figures as plain data.

    :param targets_named: whether the stack names its warm targets.
    """
    return {
        "kubernetesVersion": kubernetes_version,
        "standardSupportEnds": standard_support_ends.isoformat(),
        "podIps": pod_ips(addresses, targets_named=targets_named),
        "subnets": [subnet(demand) for demand in addresses.subnets],
        "shutdown": {name: _shutdown(budget) for name, budget in shutdown.items()},
    }


def pod_ips(plan: AddressPlan, *, targets_named: bool) -> PodIpSummary:
    """Returns how pods get their addresses as plain data."""
    if targets_named:
        source = "stack file"
    else:
        source = "recommended for small subnets" if plan.targets.are_named else "AWS's defaults"
    return {
        "prefixDelegation": plan.mode.prefix_delegation,
        "customNetworking": plan.mode.custom_networking,
        "warmTargets": plan.targets.in_force(prefixes=plan.mode.prefix_delegation),
        "warmTargetsFrom": source,
        "nodeGroups": {name: _node_group(plan, name) for name in plan.groups},
    }


def _node_group(plan: AddressPlan, name: str) -> NodeGroupSummary:
    group, node = plan.groups[name], plan.node(name)
    return {
        "instanceTypes": [kind.name for kind in group.kinds],
        "maxNodes": group.max_size,
        "maxPods": plan.max_pods(name),
        "interfaces": node.enis,
        "subnetAddresses": node.subnet_addresses,
    }


def subnet(demand: SubnetDemand) -> SubnetSummary:
    """Returns a subnet's demand as plain data."""
    return {
        "zone": demand.zone,
        "role": demand.role,
        "cidr": str(demand.block),
        "usableAddresses": demand.available,
        "neededAddresses": demand.needed,
        "addresses": demand.addresses,
        "prefixes": demand.prefixes,
        "fits": demand.fits,
        "uses": [
            {"what": use.what, "addresses": use.addresses, "prefixes": use.prefixes}
            for use in demand.uses
        ],
    }


def shutdown_budget(summary: ShutdownSummary) -> ShutdownBudget:
    """Returns the budget that an exported summary was made of."""
    return ShutdownBudget(
        propagation_seconds=summary["propagationSeconds"],
        longest_request_seconds=summary["longestRequestSeconds"],
        pre_stop_seconds=summary["preStopSeconds"],
        grace_seconds=summary["graceSeconds"],
        deregistration_delay_seconds=summary["deregistrationDelaySeconds"],
        idle_timeout_seconds=summary["idleTimeoutSeconds"],
        keep_alive_seconds=summary["keepAliveSeconds"],
        drain_limit_seconds=summary["drainLimitSeconds"],
    )


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
