"""How many pods a node can give addresses to, from its instance type and the CNI's mode."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from planning.instance_types import InstanceType

# aws-node and kube-proxy use the node's own address (the formula of
# https://docs.aws.amazon.com/eks/latest/userguide/cni-increase-ip-addresses.html).
HOST_NETWORK_PODS: Final = 2
PREFIX_ADDRESSES: Final = 16

# What EKS recommends and its managed node groups enforce, whatever the addresses would allow
# (https://docs.aws.amazon.com/eks/latest/userguide/choosing-instance-type.html).
SMALL_NODE_CAP: Final = 110
LARGE_NODE_CAP: Final = 250
LARGE_NODE_VCPUS: Final = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class CniMode:
    """How the VPC CNI finds addresses for pods.

    :param prefix_delegation: /28 prefixes instead of single addresses; where an instance type is
        not built on Nitro the CNI falls back to single addresses.
    :param custom_networking: pods live in subnets of their own, and none on a node's first
        interface.
    """

    prefix_delegation: bool = False
    custom_networking: bool = False


def uses_prefixes(kind: InstanceType, mode: CniMode) -> bool:
    """Returns whether a node of this type holds prefixes."""
    return mode.prefix_delegation and kind.nitro


def pod_interfaces(kind: InstanceType, mode: CniMode) -> int:
    """Returns how many of a node's interfaces carry pods."""
    return kind.network_interfaces - (1 if mode.custom_networking else 0)


def slots_per_interface(kind: InstanceType) -> int:
    """Returns how many addresses or prefixes an interface takes beside its own address."""
    return kind.addresses_per_interface - 1


def address_capacity(kind: InstanceType, mode: CniMode) -> int:
    """Returns how many addresses a node can hold for pods."""
    size = PREFIX_ADDRESSES if uses_prefixes(kind, mode) else 1
    return pod_interfaces(kind, mode) * slots_per_interface(kind) * size


def pods_cap(kind: InstanceType) -> int:
    """Returns the most pods that EKS lets a node of this size run."""
    return LARGE_NODE_CAP if kind.vcpus > LARGE_NODE_VCPUS else SMALL_NODE_CAP


def max_pods(kind: InstanceType, mode: CniMode) -> int:
    """Returns the kubelet's ``maxPods``: pods with addresses and those on the host's network."""
    return min(address_capacity(kind, mode) + HOST_NETWORK_PODS, pods_cap(kind))


def max_pods_of_group(kinds: Iterable[InstanceType], mode: CniMode) -> int:
    """Returns the ``maxPods`` of a group, which has one for all of its instance types: the lowest.

    :raises ValueError: for no instance type.
    """
    return min(max_pods(kind, mode) for kind in kinds)
