"""Which nodes ordinary pods may run on: those without a tolerance of any taint."""

from collections.abc import Collection, Iterable
from typing import Final

# In EKS's words. PREFER_NO_SCHEDULE keeps a pod away only while there is room elsewhere
# (https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/).
REPELLING_EFFECTS: Final = frozenset({"NO_SCHEDULE", "NO_EXECUTE"})


def repels(effects: Iterable[str]) -> bool:
    """Returns whether taints of these effects keep ordinary pods away."""
    return not REPELLING_EFFECTS.isdisjoint(effects)


def may_run_on_spot(groups: Iterable[tuple[str, Collection[str]]]) -> bool:
    """Returns whether an ordinary pod may run on a spot node.

    :param groups: of each node group its capacity type and the effects of its taints.
    """
    return any(capacity == "SPOT" and not repels(effects) for capacity, effects in groups)
