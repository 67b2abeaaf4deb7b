"""How two versions share requests, and which changes of that would lose some."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.weights import (
    ACTIONS,
    forward_action,
    shares_of_action,
    shares_of_ingress,
    shift_mistake,
)

ONE = {"shop": 100}
SHARES = st.dictionaries(st.text(min_size=1), st.integers(0, 999), min_size=1, max_size=5)


def both(weight: int) -> dict[str, int]:
    """Returns the weights of a stable version and a candidate that gets so much."""
    return {"shop": 100 - weight, "shop-candidate": weight}


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        (ONE, both(0), None),
        (both(0), both(10), None),
        (both(0), both(100), None),
        (both(100), both(0), None),
        (both(0), ONE, None),
        (both(100), {"shop-candidate": 100}, None),
        (ONE, both(1), "shop-candidate has no healthy pods behind the load balancer yet, and"),
        (both(1), ONE, "shop-candidate still gets 1 % of the requests; deploy it with weight 0"),
        (both(100), ONE, "shop-candidate still gets 100 %"),
    ],
)
def test_weights_move_only_between_versions_that_are_there(
    old: dict[str, int], new: dict[str, int], mistake: str | None
) -> None:
    found = shift_mistake(old, new)
    assert found is None if mistake is None else mistake in str(found)


@given(shares=SHARES)
def test_an_action_says_the_weights_again_that_it_was_made_of(shares: dict[str, int]) -> None:
    assert shares_of_action(forward_action(shares, 80)) == shares


def test_every_weight_is_written_and_nothing_keeps_a_client_at_a_version() -> None:
    config = json.loads(forward_action(both(0), 80))["forwardConfig"]
    assert [group["weight"] for group in config["targetGroups"]] == [100, 0]
    assert config.keys() == {"targetGroups"}


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("{", "is no action"),
        ("[]", "is no action"),
        ('{"forwardConfig": {"targetGroups": [1]}}', "is no action"),
        (
            '{"forwardConfig": {"targetGroups": [{"serviceName": "a", "weight": "5"}]}}',
            "has a weight that is no whole number, '5'",
        ),
        (
            '{"forwardConfig": {"targetGroups": [{"serviceName": "a", "weight": true}]}}',
            "has a weight that is no whole number, True",
        ),
    ],
)
def test_what_is_no_action_is_told(text: str, fragment: str) -> None:
    with pytest.raises(ValueError, match=fragment):
        shares_of_action(text)


def ingress(port: dict[str, Any], **annotations: str) -> dict[str, Any]:
    """Returns an Ingress with one backend called shop."""
    backend = {"service": {"name": "shop", "port": port}}
    return {
        "metadata": {"annotations": annotations},
        "spec": {"rules": [{"http": {"paths": [{"backend": backend}]}}, {"host": "a.example"}]},
    }


def test_the_backends_of_an_ingress_are_services_or_actions() -> None:
    action = {f"{ACTIONS}shop": forward_action(both(5), 80)}
    assert shares_of_ingress(ingress({"number": 80}, **action)) == ONE
    assert shares_of_ingress(ingress({"name": "use-annotation"}, **action)) == both(5)
    redirect = {f"{ACTIONS}shop": '{"type": "redirect"}'}
    assert shares_of_ingress(ingress({"name": "use-annotation"}, **redirect)) == {}
    assert shares_of_ingress(ingress({"name": "use-annotation"})) == {}
    assert shares_of_ingress({}) == {}
