"""Before anything is deployed, rules say nothing that is false and catch what they can."""

import json
from collections.abc import Iterator

import pytest
from policy_mutants import MUTANTS
from policy_mutants.first_preview import first_preview_text
from policy_mutants.running import (
    PREVIEW,
    alarms_in_preview,
    baseline,
    caught_at,
    first_preview,
    lines,
    not_checked_in_preview,
    strict,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from policy.analyzer import Analyzer, analyzer
from policy.rules import RULES
from policy.view import visible

BREAKING = sorted(m.name for m in MUTANTS.values() if not m.is_legal)


@pytest.fixture(scope="module")
def pack() -> Iterator[Analyzer]:
    """The pack in a process of its own, one for all tests."""
    with analyzer() as process:
        yield process


def test_a_rule_finds_in_a_first_preview_what_it_finds_later(stack: str) -> None:
    found = first_preview(stack)
    unseen = {finding.rule.name for finding in found if not finding.checked}
    now = lines([finding for finding in found if finding.checked])
    later = baseline(stack)
    assert now <= later
    assert {rule for rule, _, _ in later - now} <= unseen


def test_few_rules_wait_for_the_deployment(stack: str) -> None:
    unseen = {finding.rule.name for finding in first_preview(stack) if not finding.checked}
    assert unseen
    # Those of single resources alone: dependencies tell the others what values do not.
    assert not any(RULES[name].of_stack for name in unseen)


@pytest.mark.parametrize("name", sorted(MUTANTS))
def test_a_mutant_alarms_no_other_rule_in_a_first_preview(name: str) -> None:
    mutant = MUTANTS[name]
    expected = set[str]() if mutant.is_legal else {mutant.rule, *mutant.also}
    assert alarms_in_preview(mutant) <= expected


@pytest.mark.parametrize("name", BREAKING)
def test_a_mutant_is_caught_in_the_first_preview_or_said_to_be_unchecked(name: str) -> None:
    mutant = MUTANTS[name]
    assert caught_at(mutant)
    assert caught_at(mutant) == PREVIEW or mutant.rule in not_checked_in_preview(mutant)


def test_both_ways_find_the_same_in_a_first_preview(pack: Analyzer, stack: str) -> None:
    resources = visible(json.loads(first_preview_text(stack)))
    found = pack.findings(resources, strict(stack))
    direct = first_preview(stack)
    assert lines([f for f in found if f.checked]) == lines([f for f in direct if f.checked])
    assert {f.rule.name for f in found if not f.checked} == {
        f.rule.name for f in direct if not f.checked
    }


def test_a_provider_that_the_cluster_configures_has_no_outputs(stack: str) -> None:
    resources = json.loads(first_preview_text(stack))["deployment"]["resources"]
    objects = [r for r in resources if r["type"].startswith("kubernetes:")]
    assert objects
    assert all(r["inputs"] and not r["outputs"] for r in objects)
    vpc = next(r for r in resources if r["type"] == "aws:ec2/vpc:Vpc")
    assert "id" not in vpc
    assert vpc["outputs"]["arn"] == UNKNOWN_STRING_VALUE
