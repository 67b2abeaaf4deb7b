"""What of a node's processors, memory and slots for volumes is left for pods."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from planning.instance_types import InstanceType
from planning.node_images import DISKS, Family
from planning.pod_ips.limits import HOST_NETWORK_PODS, CniMode, address_capacity
from planning.volume_slots import volume_slots

from .amounts import Amounts

# What nodeadm, which sets nodes of Amazon Linux 2023 up, keeps for kubelet and container runtime:
# parts of the first core, the second, the next two and all others, in hundredths of a percent; and
# MiB of memory, a base and a share for each pod. It keeps nothing for the rest of the system.
# https://github.com/awslabs/amazon-eks-ami/blob/main/nodeadm/internal/kubelet/config.go
_RESERVED_CPU: Final = ((1000, 600), (1000, 100), (2000, 50))
_RESERVED_CPU_BEYOND: Final = 25
_RESERVED_MEMORY: Final = 255
_RESERVED_MEMORY_PER_POD: Final = 11
# The kubelet evicts pods below it (the same file).
_EVICTION_MEMORY: Final = 100
# A machine has less memory than EC2's data say: firmware, hypervisor and kernel take their part
# before the kubelet counts. Karpenter takes 7.5 % off, of every type, and on Graviton 64 MiB before
# (VM_MEMORY_OVERHEAD_PERCENT in https://karpenter.sh/docs/reference/settings/, and
# https://github.com/aws/karpenter-provider-aws/blob/main/pkg/providers/instancetype/types.go).
# Thousandths.
_LOST_MEMORY: Final = 75
_LOST_MEMORY_OF_ARM: Final = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Allocatable:
    """What pods may ask of a node together.

    How much memory a machine really has is known when it runs, and a group of several instance
    types may have a node of any of them; so there are two answers.

    :param least: what a node has for certain.
    :param most: what no node has more of.
    """

    least: Amounts
    most: Amounts


def allocatable(
    kinds: Sequence[InstanceType], max_pods: int, family: Family = "AL2023"
) -> Allocatable:
    """Returns what a node of a group has for pods.

    :param kinds: the group's instance types, at least one.
    :param max_pods: the kubelet's ``maxPods``.
    :param family: of the image.
    """
    of_kinds = [_of_kind(kind, max_pods, family) for kind in kinds]
    return Allocatable(
        least=_each(min, (one.least for one in of_kinds)),
        most=_each(max, (one.most for one in of_kinds)),
    )


def reserved_cpu(vcpus: int) -> int:
    """Returns the thousandths of a core that are kept of so many cores."""
    left, kept = 1000 * vcpus, 0
    for size, part in _RESERVED_CPU:
        kept += min(left, size) * part // 10_000
        left -= min(left, size)
    return kept + left * _RESERVED_CPU_BEYOND // 10_000


def reserved_memory(pods: int) -> int:
    """Returns the MiB that are kept on a node for so many pods, with the eviction threshold."""
    return _RESERVED_MEMORY + _RESERVED_MEMORY_PER_POD * pods + _EVICTION_MEMORY


def _of_kind(kind: InstanceType, max_pods: int, family: Family) -> Allocatable:
    cpu = 1000 * kind.vcpus - reserved_cpu(kind.vcpus)
    # nodeadm counts the pods that the type's interfaces give single addresses to, whatever the
    # node's own maxPods (https://github.com/awslabs/amazon-eks-ami/issues/1698); a later release
    # may count maxPods, so that the answer lies between the two.
    # Bottlerocket keeps the same parts, and counts maxPods
    # (https://github.com/bottlerocket-os/bottlerocket-core-kit/blob/develop/sources/api/schnauzer/src/helpers.rs).
    by_type = address_capacity(kind, CniMode()) + HOST_NETWORK_PODS
    if family == "Bottlerocket":
        by_type = max_pods
    slots = volume_slots(kind, DISKS[family])
    seen = kind.memory_mib - (_LOST_MEMORY_OF_ARM if "arm64" in kind.architectures else 0)
    real = seen * (1000 - _LOST_MEMORY) // 1000
    return Allocatable(
        least=Amounts(max_pods, cpu, real - reserved_memory(max(by_type, max_pods)), slots.least),
        most=Amounts(
            max_pods, cpu, kind.memory_mib - reserved_memory(min(by_type, max_pods)), slots.most
        ),
    )


def _each(choose: Callable[[Iterable[int]], int], amounts: Iterable[Amounts]) -> Amounts:
    return Amounts(*(choose(column) for column in zip(*amounts, strict=True)))
