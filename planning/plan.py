"""The plan of a stack: what it asks of its subnets and nodes, and how its pods leave."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from .pod_ips.demand import AddressPlan, SubnetDemand
from .scheduling.amounts import Amounts
from .scheduling.nodes import SchedulingPlan
from .scheduling.quotas import Room
from .shutdown import ShutdownBudget


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What a reader of a preview looks for first.

    :param targets_named: whether the stack file names the warm targets.
    :param pods_at_desired_size: ``desiredSize`` nodes, with applications at their minimum.
    :param pods_at_maximum: ``maxSize`` nodes, with applications at their maximum.
    :param shutdown: by application.
    :param quotas: those of teams, by the nodes that they share.
    """

    kubernetes_version: str
    standard_support_ends: date
    addresses: AddressPlan
    targets_named: bool
    pods_at_desired_size: SchedulingPlan
    pods_at_maximum: SchedulingPlan
    shutdown: Mapping[str, ShutdownBudget]
    quotas: Sequence[Room] = ()

    def to_data(self) -> dict[str, Any]:
        """Returns the figures as plain data, as a stack exports them."""
        return {
            "kubernetesVersion": self.kubernetes_version,
            "standardSupportEnds": self.standard_support_ends.isoformat(),
            "podIps": self._pod_ips(),
            "subnets": [subnet_data(demand) for demand in self.addresses.subnets],
            "podsOnNodes": {
                "desiredSize": scheduling_data(self.pods_at_desired_size),
                "maxSize": scheduling_data(self.pods_at_maximum),
            },
            "shutdown": {name: budget.to_data() for name, budget in self.shutdown.items()},
            **({"volumes": volumes} if (volumes := self._volumes()) else {}),
            **({"quotas": [_room_data(room) for room in self.quotas]} if self.quotas else {}),
        }

    def _volumes(self) -> list[dict[str, Any]]:
        """Returns the gp3 volumes that pods keep at the desired size, and whose they are.

        ``gib`` has the sizes of each pod's, ``number`` is how many pods.
        """
        return [
            {"pods": some.name, "component": some.owner or some.name, "number": some.count}
            | {"gib": list(some.volumes_gib)}
            for some in self.pods_at_desired_size.workloads
            if some.volumes_gib
        ]

    def _pod_ips(self) -> dict[str, Any]:
        plan = self.addresses
        if self.targets_named:
            source = "stack file"
        else:
            source = "recommended for small subnets" if plan.targets.are_named else "AWS's defaults"
        return {
            "prefixDelegation": plan.mode.prefix_delegation,
            "customNetworking": plan.mode.custom_networking,
            "warmTargets": plan.targets.in_force(prefixes=plan.mode.prefix_delegation),
            "warmTargetsFrom": source,
            "nodeGroups": {name: self._node_group(name) for name in plan.groups},
        }

    def _node_group(self, name: str) -> dict[str, Any]:
        """Returns pods and addresses of a group's nodes, when they are full."""
        group, node = self.addresses.groups[name], self.addresses.node(name)
        return {
            "instanceTypes": [kind.name for kind in group.kinds],
            "maxNodes": group.max_size,
            "maxPods": self.addresses.max_pods(name),
            "interfaces": node.enis,
            "subnetAddresses": node.subnet_addresses,
        }


def subnet_data(demand: SubnetDemand) -> dict[str, Any]:
    """Returns what a subnet has and needs with node groups at their maximum, and what takes it.

    ``usableAddresses`` and ``neededAddresses`` count the sixteen addresses of each prefix, too;
    ``addresses`` and ``prefixes`` are apart.
    """
    return {
        "zone": demand.zone,
        "role": demand.role,
        "cidr": str(demand.block),
        "usableAddresses": demand.available,
        "neededAddresses": demand.needed,
        "addresses": demand.addresses,
        "prefixes": demand.prefixes,
        "fits": demand.fits,
        "uses": [asdict(use) for use in demand.uses],
    }


def scheduling_data(plan: SchedulingPlan) -> dict[str, Any]:
    """Returns what pods ask of nodes, what those have for certain, and whether all run."""
    return {
        "nodes": plan.nodes,
        "asked": _amounts(plan.asked),
        "had": _amounts(plan.had),
        "verdict": str(plan.verdict),
        "reasons": list(plan.reasons),
        "mayLoseTheirVolume": list(plan.may_lose_their_volume),
    }


def _room_data(room: Room) -> dict[str, Any]:
    """Returns what quotas allow on some nodes, and what those have beside the platform's pods."""
    return {
        "nodes": [*room.nodes],
        "quotas": {quota.name: _amounts(quota.asked) for quota in room.quotas},
        "asked": _amounts(room.asked),
        "had": _amounts(room.least.minus(room.taken)),
        "verdict": str(room.verdict),
    }


def _amounts(amounts: Amounts) -> dict[str, int]:
    return {"pods": amounts.pods, "cpuMillicores": amounts.cpu, "memoryMib": amounts.memory}
