"""Two versions of an application behind one load balancer, and how much each of them gets.

The load balancer controller makes a target group of each Service that an action of an Ingress
names, and an ALB spreads requests over the groups by their weights
(https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#actions).
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

ACTIONS: Final = "alb.ingress.kubernetes.io/actions."
# The port of a backend whose name is that of an action
# (https://github.com/kubernetes-sigs/aws-load-balancer-controller/blob/main/pkg/ingress/enhanced_backend_builder.go).
USE_ANNOTATION: Final = "use-annotation"
# What all of the requests are.
ALL: Final = 100


def candidate_name(app: str) -> str:
    """Returns what the objects of an application's second version are called."""
    return f"{app}-candidate"


def forward_action(shares: Mapping[str, int], port: int) -> str:
    """Returns the action that spreads requests over Services by their weights.

    A weight of 0 is written: with several Services the controller wants one of each
    (https://github.com/kubernetes-sigs/aws-load-balancer-controller/blob/main/pkg/ingress/config_types.go).
    Nothing keeps a client at a version: its cookie would outlast the weights
    (https://repost.aws/questions/QUugYm4uzWSI2af5mnmMjlZQ/alb-to-automatically-redirect-traffic).
    """
    groups = [
        {"serviceName": service, "servicePort": port, "weight": weight}
        for service, weight in shares.items()
    ]
    return json.dumps({"type": "forward", "forwardConfig": {"targetGroups": groups}})


def shares_of_action(text: str) -> dict[str, int]:
    """Returns the weights of the Services that an action sends to; empty: it sends to none.

    :raises ValueError: for what the controller would not read.
    """
    try:
        action = json.loads(text)
        groups = (action.get("forwardConfig") or {}).get("targetGroups") or []
        found = {
            group["serviceName"]: group.get("weight", 1)
            for group in groups
            if "serviceName" in group
        }
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        raise ValueError("is no action of a load balancer, written in JSON") from None
    if wrong := [weight for weight in found.values() if type(weight) is not int]:
        raise ValueError(f"has a weight that is no whole number, {wrong[0]!r}")
    return found


def shares_of_ingress(inputs: Mapping[str, Any]) -> dict[str, int]:
    """Returns the weights of the Services that the rules of an Ingress send to.

    :raises ValueError: for what the controller would not read.
    """
    annotations: Mapping[str, Any] = (inputs.get("metadata") or {}).get("annotations") or {}
    return {
        service: weight
        for name, port in _backends(inputs)
        for service, weight in (
            shares_of_action(annotations.get(f"{ACTIONS}{name}") or "{}")
            if port == USE_ANNOTATION
            else {name: ALL}
        ).items()
    }


def _backends(inputs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yields the name and the port's name of each backend."""
    for rule in (inputs.get("spec") or {}).get("rules") or ():
        for path in (rule.get("http") or {}).get("paths") or ():
            service = path["backend"]["service"]
            yield service["name"], (service.get("port") or {}).get("name") or ""


def shift_mistake(old: Mapping[str, int], new: Mapping[str, int]) -> str | None:
    """Returns why requests would be lost between two settings of the weights, or ``None``.

    A target group begins without healthy targets, and an ALB fails requests to it rather than send
    them to another one. One that an Ingress names no more is deleted at once, with the requests
    that are under way.

    :param old: the weights of Services as they are.
    :param new: as they are to be.
    """
    for service, weight in new.items():
        if weight and service not in old:
            return (
                f"{service} has no healthy pods behind the load balancer yet, and would get "
                f"{weight} % of the requests; deploy it with weight 0 (or live false) first"
            )
    for service, weight in old.items():
        if weight and service not in new:
            return (
                f"{service} still gets {weight} % of the requests; deploy it with weight 0 (or "
                "live false) before you remove it"
            )
    return None
