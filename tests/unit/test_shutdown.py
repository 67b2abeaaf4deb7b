"""The shutdown arithmetic (requirement 32): known figures, and any lag and longest request."""

import re

import hypothesis
import pytest
from hypothesis import strategies as st

from planning.shutdown import SLACK_SECONDS, ShutdownBudget, broken, derive_budget

lags = st.integers(min_value=1, max_value=600)
requests = st.integers(min_value=1, max_value=600)

# Each rule's field, with the part of the message that names what it is measured against.
RULES = {
    "pre_stop_seconds": "must exceed propagationSeconds",
    "grace_seconds": "must cover preStopSeconds",
    "deregistration_delay_seconds": "must cover propagationSeconds",
    "keep_alive_seconds": "must exceed idleTimeoutSeconds",
    "drain_limit_seconds": "must cover longestRequestSeconds",
}


def least(budget: ShutdownBudget, field: str) -> int:
    """The smallest value that requirement 32 allows, worked out apart from the planner."""
    lag, longest = budget.propagation_seconds, budget.longest_request_seconds
    return {
        "pre_stop_seconds": lag + 1,
        "grace_seconds": budget.pre_stop_seconds + longest + SLACK_SECONDS,
        "deregistration_delay_seconds": lag + longest,
        "keep_alive_seconds": budget.idle_timeout_seconds + 1,
        "drain_limit_seconds": longest,
    }[field]


def with_seconds(budget: ShutdownBudget, field: str, seconds: int) -> ShutdownBudget:
    """Returns the budget as a stack has it that gives this one number."""
    return derive_budget(
        propagation_seconds=budget.propagation_seconds,
        longest_request_seconds=budget.longest_request_seconds,
        **{field: seconds},
    )


def test_the_recommended_budget_is_the_one_that_is_derived() -> None:
    budget = derive_budget(propagation_seconds=20, longest_request_seconds=20, pre_stop_seconds=30)

    assert budget == ShutdownBudget(
        propagation_seconds=20,
        longest_request_seconds=20,
        pre_stop_seconds=30,
        grace_seconds=65,
        deregistration_delay_seconds=45,
        idle_timeout_seconds=60,
        keep_alive_seconds=75,
        drain_limit_seconds=35,
    )
    assert broken(budget) == ()


def test_a_number_that_is_given_is_kept_and_the_others_follow_it() -> None:
    budget = derive_budget(
        propagation_seconds=20,
        longest_request_seconds=20,
        pre_stop_seconds=50,
        idle_timeout_seconds=100,
    )

    assert (budget.pre_stop_seconds, budget.grace_seconds) == (50, 85)
    assert (budget.idle_timeout_seconds, budget.keep_alive_seconds) == (100, 115)


def test_zero_is_a_number_that_is_given() -> None:
    budget = derive_budget(
        propagation_seconds=20,
        longest_request_seconds=20,
        pre_stop_seconds=0,
        grace_seconds=0,
        deregistration_delay_seconds=0,
        keep_alive_seconds=0,
        drain_limit_seconds=1,
    )

    assert [verdict.field for verdict in broken(budget)] == [*RULES, "drain_limit_seconds"]


@hypothesis.given(lag=lags, longest=requests)
@hypothesis.settings(deadline=None)
def test_a_derived_budget_keeps_every_rule(lag: int, longest: int) -> None:
    budget = derive_budget(propagation_seconds=lag, longest_request_seconds=longest)

    assert broken(budget) == ()
    assert all(getattr(budget, field) >= least(budget, field) for field in RULES)
    # What is left to the application covers the longest request.
    assert budget.drain_limit_seconds >= longest + SLACK_SECONDS


@pytest.mark.parametrize("field", RULES)
@hypothesis.given(lag=lags, longest=requests, data=st.data())
@hypothesis.settings(deadline=None)
def test_a_broken_rule_is_named_with_the_smallest_value_that_mends_it(
    field: str, lag: int, longest: int, data: st.DataObject
) -> None:
    kept = derive_budget(propagation_seconds=lag, longest_request_seconds=longest)
    limit = least(kept, field)
    too_few = data.draw(st.integers(min_value=0, max_value=limit - 1), label="too few seconds")

    (verdict,) = broken(with_seconds(kept, field, too_few))
    assert verdict.field == field
    assert verdict.message.startswith(RULES[field])
    found = re.search(r"; at least (\d+), got (\d+)$", verdict.message)
    assert found
    mending, got = map(int, found.groups())
    assert (mending, got) == (limit, too_few)

    assert broken(with_seconds(kept, field, mending)) == ()
    assert [v.field for v in broken(with_seconds(kept, field, mending - 1))] == [field]


@pytest.mark.parametrize("excess", [1, 1000])
def test_an_application_that_outlasts_its_pod_is_named(excess: int) -> None:
    budget = derive_budget(
        propagation_seconds=20,
        longest_request_seconds=20,
        pre_stop_seconds=30,
        drain_limit_seconds=35 + excess,
    )

    (verdict,) = broken(budget)
    assert verdict.field == "drain_limit_seconds"
    assert f"at most 35, got {35 + excess}" in verdict.message


def test_spot_nodes_tighten_the_grace_period() -> None:
    long = derive_budget(propagation_seconds=60, longest_request_seconds=40)
    assert long.grace_seconds == 125
    assert broken(long) == ()
    (verdict,) = broken(long, on_spot=True)
    assert verdict.field == "grace_seconds"
    assert "must be below 120 on spot nodes" in verdict.message

    short = derive_budget(propagation_seconds=60, longest_request_seconds=34)
    assert short.grace_seconds == 119
    assert broken(short, on_spot=True) == ()


def test_the_idle_timeout_leaves_time_for_the_longest_request() -> None:
    budget = derive_budget(propagation_seconds=20, longest_request_seconds=100)
    assert (budget.idle_timeout_seconds, budget.keep_alive_seconds) == (100, 115)
