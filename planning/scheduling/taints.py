"""Taints and tolerations: which nodes a pod may run on."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

# In EKS's words. PREFER_NO_SCHEDULE keeps a pod away only while there is room elsewhere
# (https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/).
REPELLING_EFFECTS: Final = frozenset({"NO_SCHEDULE", "NO_EXECUTE"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Taint:
    """A node's taint, without its value: tolerations of the platform's pods ask for none.

    :param effect: in EKS's words.
    """

    key: str
    effect: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Toleration:
    """What a pod puts up with.

    :param key: ``None``: every key.
    :param effect: in EKS's words; ``None``: every effect.
    """

    key: str | None = None
    effect: str | None = None

    def covers(self, taint: Taint) -> bool:
        """Returns whether a pod with this toleration puts up with a taint."""
        return self.key in {None, taint.key} and self.effect in {None, taint.effect}


# EKS's words for effects, in Kubernetes's.
EFFECTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "NO_SCHEDULE": "NoSchedule",
        "NO_EXECUTE": "NoExecute",
        "PREFER_NO_SCHEDULE": "PreferNoSchedule",
    }
)
# Of DaemonSets that run on every node.
EVERY_TAINT: Final = (Toleration(),)


def effect_of(kubernetes: str) -> str:
    """Returns EKS's word for an effect, such as ``NO_SCHEDULE`` for Kubernetes's ``NoSchedule``."""
    return re.sub("(?<=[a-z])(?=[A-Z])", "_", kubernetes).upper()


def repels(effects: Iterable[str]) -> bool:
    """Returns whether taints of these effects keep ordinary pods away."""
    return not REPELLING_EFFECTS.isdisjoint(effects)


def may_run(taints: Iterable[Taint], tolerations: Collection[Toleration]) -> bool:
    """Returns whether a pod with these tolerations may run on a node with these taints."""
    return not repels(
        taint.effect
        for taint in taints
        if not any(toleration.covers(taint) for toleration in tolerations)
    )


def may_run_on_spot(groups: Iterable[tuple[str, Collection[str]]]) -> bool:
    """Returns whether an ordinary pod may run on a spot node.

    :param groups: of each node group its capacity type and the effects of its taints.
    """
    return any(capacity == "SPOT" and not repels(effects) for capacity, effects in groups)
