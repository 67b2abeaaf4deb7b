"""How many nodes an autoscaler may start within the limits of a pool."""

from collections.abc import Iterable

from planning.instance_types import InstanceType


def nodes_within(kinds: Iterable[InstanceType], cpu: int, memory_mib: int) -> int:
    """Returns how many nodes limits of cores and memory allow, all of the smallest of the types.

    Karpenter starts no node with which a limit would be exceeded
    (https://karpenter.sh/docs/concepts/nodepools/#speclimits).

    :param cpu: cores.
    """
    return max((min(cpu // kind.vcpus, memory_mib // kind.memory_mib) for kind in kinds), default=0)
