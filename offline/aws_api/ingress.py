"""What the load balancer of an Ingress would be refused for, by its annotations.

The AWS Load Balancer Controller carries them to the API, hours after a preview
(https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from deployment.properties import has_unknown
from offline.schema import Failures
from planning import aws_limits
from planning.weights import ACTIONS, shares_of_action

from .check import reasons
from .shapes import operation_input

PREFIX: Final = "alb.ingress.kubernetes.io/"
# By annotation: the call and its member.
_MEMBERS: Final[Mapping[str, tuple[str, str]]] = {
    "backend-protocol": ("CreateTargetGroup", "Protocol"),
    "healthcheck-interval-seconds": ("CreateTargetGroup", "HealthCheckIntervalSeconds"),
    "healthcheck-path": ("CreateTargetGroup", "HealthCheckPath"),
    "healthcheck-protocol": ("CreateTargetGroup", "HealthCheckProtocol"),
    "healthcheck-timeout-seconds": ("CreateTargetGroup", "HealthCheckTimeoutSeconds"),
    "healthy-threshold-count": ("CreateTargetGroup", "HealthyThresholdCount"),
    "ip-address-type": ("CreateLoadBalancer", "IpAddressType"),
    "scheme": ("CreateLoadBalancer", "Scheme"),
    "target-type": ("CreateTargetGroup", "TargetType"),
    "unhealthy-threshold-count": ("CreateTargetGroup", "UnhealthyThresholdCount"),
}
# By annotation and attribute: the numbers that it takes, in seconds.
_ATTRIBUTES: Final[Mapping[str, Mapping[str, range]]] = {
    "load-balancer-attributes": {
        "idle_timeout.timeout_seconds": aws_limits.IDLE_TIMEOUT_SECONDS,
        "client_keep_alive.seconds": aws_limits.CLIENT_KEEP_ALIVE_SECONDS,
    },
    "target-group-attributes": {
        "deregistration_delay.timeout_seconds": aws_limits.DEREGISTRATION_DELAY_SECONDS
    },
}


def failures(inputs: Mapping[str, Any]) -> Failures:
    """Yields path and reason for what no application load balancer takes of an Ingress."""
    annotations: Mapping[str, Any] = (inputs.get("metadata") or {}).get("annotations") or {}
    own = {
        key.removeprefix(PREFIX): value
        for key, value in annotations.items()
        if key.startswith(PREFIX) and isinstance(value, str) and not has_unknown(value)
    }
    if not own:
        return
    for key, value in own.items():
        faults = (_member_faults, _attribute_faults, _action_faults)
        for reason in (fault for find in faults for fault in find(key, value)):
            yield f"metadata.annotations.{PREFIX}{key}", reason
    for index, rule in enumerate((inputs.get("spec") or {}).get("rules") or ()):
        host = rule.get("host") or ""
        if not has_unknown(host) and len(host) > aws_limits.LONGEST_HOST_HEADER:
            most = aws_limits.LONGEST_HOST_HEADER
            yield f"spec.rules[{index}].host", f"must have at most {most} characters, got {host!r}"


def _member_faults(key: str, value: str) -> Iterator[str]:
    if key in _MEMBERS:
        call, member = _MEMBERS[key]
        shape = operation_input("elbv2", call).members[member]
        is_number = shape.type_name == "integer" and re.fullmatch(r"-?\d+", value, re.ASCII)
        if shape.type_name == "integer" and not is_number:
            yield f"must be a whole number, got {value!r}"
        yield from reasons(shape, int(value) if is_number else value)


def _attribute_faults(key: str, value: str) -> Iterator[str]:
    known = _ATTRIBUTES.get(key, {})
    for attribute in value.split(","):
        name, _, number = attribute.strip().partition("=")
        allowed = known.get(name)
        if allowed and not (number.isdecimal() and int(number) in allowed):
            yield f"{name} must be {allowed.start} to {allowed.stop - 1}, got {number}"


def _action_faults(key: str, value: str) -> Iterator[str]:
    if not f"{PREFIX}{key}".startswith(ACTIONS):
        return
    try:
        shares = shares_of_action(value)
    except ValueError as error:
        yield str(error)
        return
    most = aws_limits.MOST_TARGET_GROUPS_OF_ACTION
    if len(shares) > most:
        yield f"must have at most {most} target groups, got {len(shares)}"
    allowed = aws_limits.TARGET_GROUP_WEIGHT
    for service, weight in shares.items():
        if weight not in allowed:
            limits = f"{allowed.start} to {allowed.stop - 1}"
            yield f"the weight of {service} must be {limits}, got {weight}"
    if shares and not any(shares.values()):
        yield "must have a weight above 0"
