"""Levels, options and exemptions."""

import json
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from iam_reference import resource_kinds
from policy_mutants import Deployment
from policy_mutants.running import seen

import versions
from policy.catalogue import Level
from policy.clock import today
from policy.configuration import ALL, Configuration, ConfigurationError, configuration_of, load
from policy.evaluation import Finding, findings
from policy.rules import RULES
from policy.rules.identity import WITHOUT_RESOURCES
from stackfile.files import PROGRAM

RULE = "load-balancers-log-access"
ORDER = list(Level)


def _found(stack: str, options: dict[str, Any], rule: str = RULE) -> list[Finding]:
    configured = Configuration(levels={ALL: Level.MANDATORY}, options={rule: options})
    found = findings(seen(Deployment(stack)), configured)
    return [finding for finding in found if finding.rule.name == rule]


def _exemption(**changes: str) -> dict[str, Any]:
    complete = {"resource": "sample-app", "reason": "No bucket yet.", "until": "2999-12-31"}
    return {"exemptions": [{**complete, **changes}]}


def test_a_complete_exemption_keeps_a_rule_silent() -> None:
    assert len(_found("prod", {})) == 1
    assert _found("prod", _exemption()) == []


def test_an_exemption_may_name_a_pattern_of_urns() -> None:
    assert _found("prod", _exemption(resource="urn:pulumi:*:Ingress::sample-*")) == []


def test_an_exemption_is_for_what_it_names_alone() -> None:
    assert [f.message for f in _found("prod", _exemption(resource="other"))] == [
        "keeps no access logs"
    ]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"reason": " "}, "the exemption of sample-app has no reason"),
        ({"until": "2026-01-31"}, "the exemption of sample-app ended on 2026-01-31"),
        (
            {"until": ""},
            "the exemption of sample-app has no date: until must be as in 2027-01-31, got ''",
        ),
        ({"resource": ""}, "the exemption of no resource names no resource"),
    ],
)
def test_a_broken_exemption_is_a_violation_and_exempts_nothing(
    changes: dict[str, str], fault: str
) -> None:
    messages = {finding.message for finding in _found("prod", _exemption(**changes))}
    assert messages == {fault, "keeps no access logs"}


def test_an_exemption_holds_on_its_last_day() -> None:
    assert _found("prod", _exemption(until=today().isoformat())) == []
    yesterday = (today() - timedelta(days=1)).isoformat()
    assert len(_found("prod", _exemption(until=yesterday))) == 2


def test_support_ends_by_the_date() -> None:
    rule = "kubernetes-version-supported"
    assert _found("prod", {"standardSupportEnds": {"1.36": "2999-01-01"}}, rule) == []
    (finding,) = _found("prod", {"standardSupportEnds": {"1.36": "2020-01-01"}}, rule)
    assert finding.message == "has version 1.36, whose standard support ended on 2020-01-01"


@pytest.mark.parametrize(("days", "warns"), [(-1, False), (0, True), (60, True), (61, False)])
def test_the_end_of_support_is_said_sixty_days_ahead(days: int, *, warns: bool) -> None:
    ends = (today() + timedelta(days=days)).isoformat()
    found = _found(
        "prod", {"standardSupportEnds": {"1.36": ends}}, "kubernetes-support-not-ending-soon"
    )
    assert [finding.message for finding in found] == [
        f"has version 1.36, whose standard support ends on {ends}, in {days} days"
    ] * warns


def test_the_pack_supports_the_versions_that_the_program_does() -> None:
    ends = RULES["kubernetes-version-supported"].options["standardSupportEnds"].default
    pinned = versions.KUBERNETES_STANDARD_SUPPORT_ENDS
    assert {version: date.fromisoformat(day) for version, day in ends.items()} == dict(pinned)


@pytest.mark.parametrize("action", [a for a in WITHOUT_RESOURCES if not a.endswith("*")])
def test_actions_for_all_resources_know_none(action: str) -> None:
    assert resource_kinds(action) == frozenset()


def test_prod_is_nowhere_laxer_than_dev_and_somewhere_stricter() -> None:
    dev, prod = (configuration_of(stack) for stack in ("dev", "prod"))
    levels = [(ORDER.index(dev.level(r)), ORDER.index(prod.level(r))) for r in RULES.values()]
    assert all(lax <= strict for lax, strict in levels)
    assert any(lax < strict for lax, strict in levels)


def test_a_stack_without_a_file_has_every_rule_s_own_level() -> None:
    configured = configuration_of("nobody-s")
    assert all(configured.level(rule) is rule.level for rule in RULES.values())


def test_levels_have_an_order() -> None:
    assert all(one is not other for one, other in pairwise(ORDER))
    assert ORDER == [Level.DISABLED, Level.ADVISORY, Level.MANDATORY]


@pytest.mark.parametrize(
    ("data", "fragment"),
    [
        ({"no-such-rule": "advisory"}, "no-such-rule is no rule or no option"),
        ({RULE: {"lewel": "advisory"}}, f"{RULE}.lewel is no rule or no option"),
        ({RULE: "severe"}, f"{RULE} must be one of disabled, advisory, mandatory, got 'severe'"),
        ([], "must be an object with a key for each rule"),
    ],
)
def test_a_file_that_configures_no_rule_is_refused(
    tmp_path: Path, data: object, fragment: str
) -> None:
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    assert str(caught.value) == f"{path}: {fragment}"


@pytest.mark.parametrize("text", ["{", None])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "policy.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path} ")


def test_shipped_files_configure_the_pack(stack: str) -> None:
    load(PROGRAM / "policy" / f"{stack}.json")
