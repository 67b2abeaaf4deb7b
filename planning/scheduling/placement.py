"""Where pods run that nodes are kept for: one setting gives selector and tolerations together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from .taints import EFFECTS, Toleration, effect_of

# The label of nodes that some pods ask for; its value is the name in the stack file.
NODES_LABEL: Final = "eks-platform/nodes"


@dataclass(frozen=True, kw_only=True, slots=True)
class PodToleration:
    """A toleration of one taint.

    :param key: the taint's key.
    :param value: the taint's value.
    :param effect: in Kubernetes's words.
    """

    key: str
    value: str
    effect: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Placement:
    """On which nodes pods run.

    :param node_selector: the labels that a node must have; empty: any node.
    :param tolerations: the taints that pods put up with.
    :param group: the node group by the plan's name; ``None``: any.
    """

    node_selector: Mapping[str, str] = field(default_factory=dict[str, str])
    tolerations: tuple[PodToleration, ...] = ()
    group: str | None = None

    @property
    def counted(self) -> dict[str, Any]:
        """The fields of a ``Workload`` by which the plan of the nodes knows of it."""
        tolerations = (
            Toleration(key=one.key, effect=effect_of(one.effect)) for one in self.tolerations
        )
        return {"only_on": self.group, "tolerations": tuple(tolerations)} if self.group else {}

    def chart_values(self) -> dict[str, Any]:
        """Returns it as most charts take it; nothing where pods run on any node."""
        values = {
            "nodeSelector": dict(self.node_selector),
            "tolerations": [
                {"key": one.key, "operator": "Equal", "value": one.value, "effect": one.effect}
                for one in self.tolerations
            ],
        }
        return {key: value for key, value in values.items() if value}


ANYWHERE: Final = Placement()


def placement(name: str, group: str, taints: Iterable[tuple[str, str, str]]) -> Placement:
    """Returns how pods run on the nodes of a group or pool alone.

    :param name: its name in the stack file.
    :param group: its name in the plan.
    :param taints: key, value and effect in EKS's words of each of its taints.
    """
    return Placement(
        node_selector={NODES_LABEL: name},
        tolerations=tuple(
            PodToleration(key=key, value=value, effect=EFFECTS[effect])
            for key, value, effect in taints
        ),
        group=group,
    )
