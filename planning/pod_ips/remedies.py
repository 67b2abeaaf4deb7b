"""What to change in a stack whose subnets are too small: each proposal is planned again."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Final

from planning.subnets import LARGEST_VPC_PREFIX, check_pod_block

from .demand import AddressPlan
from .limits import CniMode
from .targets import WarmTargets, recommend

# Nobody routes it inside of a company (RFC 6598), and any VPC takes it as a second block.
_POD_BLOCK: Final = IPv4Network("100.64.0.0/16")
# A subnet of which full nodes take more than this part is small.
_SMALL_SHARE: Final = 0.5


def remedies(plan: AddressPlan) -> Iterator[str]:
    """Yields what makes a plan that does not fit fit, each way on its own."""
    yield from _larger_block(plan)
    yield from _lower_maximum(plan)
    yield from _another_mode(plan)


def with_recommended_targets(plan: AddressPlan) -> AddressPlan:
    """Returns the plan, with recommended targets where it names none and a subnet is small."""
    crowded = (subnet for subnet in plan.subnets if subnet.role in {"private", "pods"})
    if plan.targets.are_named or all(subnet.share <= _SMALL_SHARE for subnet in crowded):
        return plan
    kinds = [kind for group in plan.groups.values() for kind in group.kinds]
    return replace(plan, targets=recommend(kinds))


def _larger_block(plan: AddressPlan) -> Iterator[str]:
    if plan.found is not None:
        return
    if plan.pod_block:
        for prefix in _larger_prefixes(plan.pod_block):
            if replace(plan, pod_block=plan.pod_block.supernet(new_prefix=prefix)).fits:
                yield f"a larger block: network.podCidr of /{prefix}"
                break
    for prefix in _larger_prefixes(plan.vpc_block):
        if replace(plan, vpc_block=plan.vpc_block.supernet(new_prefix=prefix)).fits:
            yield f"a larger block: network.cidr of /{prefix}"
            break


def _larger_prefixes(block: IPv4Network) -> range:
    return range(block.prefixlen - 1, LARGEST_VPC_PREFIX - 1, -1)


def _lower_maximum(plan: AddressPlan) -> Iterator[str]:
    for name, group in plan.groups.items():
        lowest, highest = 0, group.max_size
        while lowest < highest:
            middle = (lowest + highest + 1) // 2
            if _with_maximum(plan, name, middle).fits:
                lowest = middle
            else:
                highest = middle - 1
        if lowest >= max(group.min_size, 1):
            if group.limited_by:
                yield f"a lower maximum: {group.limited_by} for at most {lowest} nodes"
            else:
                yield f"a lower maximum: nodeGroups.{name}.maxSize at most {lowest}"


def _with_maximum(plan: AddressPlan, group: str, size: int) -> AddressPlan:
    resized = replace(plan.groups[group], max_size=size)
    return replace(plan, groups={**plan.groups, group: resized})


def _another_mode(plan: AddressPlan) -> Iterator[str]:
    if plan.mode.custom_networking:
        if plan.mode.prefix_delegation:
            single = CniMode(custom_networking=True)
            if replace(plan, mode=single, targets=WarmTargets()).fits:
                yield "another mode: vpcCni.prefixDelegation false, with fewer pods on a node"
        return
    if plan.mode.prefix_delegation and replace(plan, mode=CniMode(), targets=WarmTargets()).fits:
        yield "another mode: vpcCni.mode secondary-ip, with fewer pods on a node"
    if plan.found is not None:
        return
    try:
        check_pod_block(_POD_BLOCK, plan.vpc_block)
    except ValueError:
        return
    own = CniMode(custom_networking=True, prefix_delegation=plan.mode.prefix_delegation)
    if replace(plan, mode=own, pod_block=_POD_BLOCK).fits:
        also = ", vpcCni.prefixDelegation true" if own.prefix_delegation else ""
        yield (f"a pod CIDR: vpcCni.mode custom-networking{also} and network.podCidr {_POD_BLOCK}")
