"""An Ingress that no application load balancer can be made of is refused."""

import re
from typing import Any

import pytest

from offline.aws_api.ingress import PREFIX, failures
from offline.aws_api.shapes import entry_of, operation_input
from planning import aws_limits
from planning.weights import forward_action


def ingress(host: str = "shop.example.com", **annotations: str) -> dict[str, Any]:
    """Returns an Ingress; annotations are given with underscores for dashes."""
    named = {f"{PREFIX}{key.replace('_', '-')}": value for key, value in annotations.items()}
    return {"metadata": {"annotations": named}, "spec": {"rules": [{"host": host}]}}


@pytest.mark.parametrize(
    ("annotation", "value", "reason"),
    [
        ("healthcheck_interval_seconds", "2", "must be at least 5, got 2"),
        ("healthcheck_timeout_seconds", "soon", "must be a whole number, got 'soon'"),
        ("healthy_threshold_count", "11", "must be at most 10, got 11"),
        ("healthcheck_path", f"/{'x' * 1024}", "at most 1024 characters"),
        ("target_type", "pod", "must be one of instance, ip"),
        ("scheme", "public", "must be one of internet-facing, internal"),
        (
            "load_balancer_attributes",
            "a=b,idle_timeout.timeout_seconds=4001",
            "1 to 4000, got 4001",
        ),
        ("load_balancer_attributes", "client_keep_alive.seconds=1", "60 to 604800, got 1"),
        ("target_group_attributes", "deregistration_delay.timeout_seconds=3601", "0 to 3600"),
        ("actions.shop", "{", "is no action of a load balancer, written in JSON"),
        (
            "actions.shop",
            forward_action({"old": 1, "new": 1000}, 80),
            "the weight of new must be 0 to 999, got 1000",
        ),
        ("actions.shop", forward_action({"old": 0, "new": 0}, 80), "must have a weight above 0"),
        (
            "actions.shop",
            forward_action(dict.fromkeys("abcdef", 1), 80),
            "must have at most 5 target groups, got 6",
        ),
    ],
)
def test_an_annotation_that_the_api_refuses_is_refused(
    annotation: str, value: str, reason: str
) -> None:
    [(place, found)] = failures(ingress(**{annotation: value}))

    assert place == f"metadata.annotations.{PREFIX}{annotation.replace('_', '-')}"
    assert reason in found


def test_a_host_is_as_long_as_a_listener_rule_takes() -> None:
    longest = f"{'a' * 60}.{'b' * 60}.com.eu"[:128]

    assert not list(failures(ingress(longest, scheme="internal")))
    [(place, reason)] = failures(ingress(f"{'a' * 63}.{'b' * 63}.eu", scheme="internal"))
    assert (place, "at most 128" in reason) == ("spec.rules[0].host", True)
    # Of another controller, which has its own limits.
    assert not list(failures(ingress(f"{'a' * 63}.{'b' * 63}.eu")))


@pytest.mark.parametrize(
    ("call", "name", "allowed"),
    [
        (
            "ModifyLoadBalancerAttributes",
            "idle_timeout.timeout_seconds",
            aws_limits.IDLE_TIMEOUT_SECONDS,
        ),
        (
            "ModifyLoadBalancerAttributes",
            "client_keep_alive.seconds",
            aws_limits.CLIENT_KEEP_ALIVE_SECONDS,
        ),
        (
            "ModifyTargetGroupAttributes",
            "deregistration_delay.timeout_seconds",
            aws_limits.DEREGISTRATION_DELAY_SECONDS,
        ),
    ],
)
def test_the_documentation_of_the_api_has_the_same_numbers(
    call: str, name: str, allowed: range
) -> None:
    key = entry_of(operation_input("elbv2", call).members["Attributes"]).members["Key"]
    [found] = re.findall(
        rf"<code>{re.escape(name)}</code>.*?range is (\d+-\d+) ", key.documentation
    )

    assert found == f"{allowed.start}-{allowed.stop - 1}"
