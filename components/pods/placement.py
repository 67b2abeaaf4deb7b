"""Where pods run, as pods have it."""

from typing import Any

from pulumi_kubernetes.core.v1 import TolerationArgs

from planning.scheduling.placement import ANYWHERE, Placement

__all__ = ["ANYWHERE", "Placement", "pod_fields"]


def pod_fields(placement: Placement) -> dict[str, Any]:
    """Returns the fields of ``PodSpecArgs`` that say on which nodes a pod runs."""
    return {
        "node_selector": dict(placement.node_selector) or None,
        "tolerations": [
            TolerationArgs(key=one.key, operator="Equal", value=one.value, effect=one.effect)
            for one in placement.tolerations
        ]
        or None,
    }
