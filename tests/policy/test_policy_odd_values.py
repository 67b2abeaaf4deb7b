"""A value of another form than a rule reads is not checked, and never ends a run."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from policy_mutants import MUTANTS, Deployment
from policy_mutants.running import seen, strict
from recording import KeyPath, recorded

from deployment.resource import Resource
from deployment.types import INGRESS
from policy.analyzer import of_resource, of_stack
from policy.catalogue import Level
from policy.evaluation import FAULT, Finding, findings, findings_in
from policy.graph import Graph
from policy.rules import RULES
from policy.server import Servicer
from policy.unknown import Why
from report.findings import as_data
from report.review_files import write_junit, write_sarif

NO_CONTEXT: Any = None
PORTS = "alb.ingress.kubernetes.io/listen-ports"
# What a rule may meet where it wants something else; texts that look like something among them.
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(["{", "[1]", "null", '{"Statement": 5}', "10%", "%", "1e999", "٣", "-c"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def _with_ports(value: object) -> Deployment:
    deployment = Deployment("prod")

    def edit(ingress: dict[str, Any]) -> None:
        ingress["metadata"]["annotations"][PORTS] = value

    deployment.change(INGRESS, "", edit)
    return deployment


def _of_tls(found: list[Finding]) -> list[Finding]:
    return [finding for finding in found if finding.rule.name == "load-balancers-speak-tls"]


@pytest.mark.parametrize("value", ["HTTP:80", "[80]", '"HTTP"', 80, [{"HTTP": 80}]])
def test_ports_of_another_form_are_not_checked_and_all_else_is(value: object) -> None:
    found = findings(seen(_with_ports(value)), strict("prod"))
    (finding,) = _of_tls(found)
    assert (finding.checked, finding.why) == (False, Why.UNREADABLE)
    assert {f.rule.name for f in found if f.checked} == {"load-balancers-log-access"}


def test_what_cannot_be_read_is_named_in_every_way_of_running(
    capsys: pytest.CaptureFixture[str], tmp_path: Any
) -> None:
    resources = seen(_with_ports("HTTP:80"))
    servicer = Servicer()
    for resource in resources:
        servicer.Analyze(of_resource(resource), NO_CONTEXT)
    servicer.AnalyzeStack(of_stack(resources), NO_CONTEXT)
    line = "not checked, for a value that cannot be read: 1 rule: load-balancers-speak-tls"
    assert line in capsys.readouterr().out
    found = findings(resources, strict("prod"))
    write_sarif(found, "prod", tmp_path / "out.sarif")
    write_junit(found, "prod", tmp_path / "out.xml")
    for text in (
        json.dumps(as_data(found)),
        (tmp_path / "out.sarif").read_text(encoding="utf-8"),
        (tmp_path / "out.xml").read_text(encoding="utf-8"),
    ):
        assert f"{PORTS} is no JSON" in text


def test_a_rule_that_fails_hides_nothing_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_subject: object) -> Iterator[str]:
        raise LookupError("a secret")
        yield

    before = findings(seen(Deployment("prod")), strict("prod"))
    name = "probes"
    monkeypatch.setitem(RULES, name, replace(RULES[name], check=broken))
    found = findings(seen(Deployment("prod")), strict("prod"))
    missed = [finding for finding in found if finding.rule.check is broken]
    assert {(f.message, f.why, f.level) for f in missed} == {
        (f"{FAULT} LookupError", Why.UNREADABLE, Level.ADVISORY)
    }
    assert [f for f in found if f not in missed] == before


@cache
def _asked() -> list[tuple[str, KeyPath]]:
    """Returns each property that rules ask for, in what the mutants add up to, by type."""
    asked: dict[str, set[KeyPath]] = {resource.type: set() for resource in _everything()}
    _judge([_watched(resource, asked[resource.type]) for resource in _everything()])
    return sorted((token, path) for token, paths in asked.items() for path in paths)


@cache
def _everything() -> tuple[Resource, ...]:
    """Returns the shipped stack, and of each other type in a mutant one."""
    resources = list(seen(Deployment("prod")))
    for mutant in MUTANTS.values():
        known = {resource.type for resource in resources}
        resources += [one for one in seen(mutant.deployment()) if one.type not in known]
    return tuple(resources)


def _watched(resource: Resource, asked: set[KeyPath]) -> Resource:
    return replace(
        resource,
        inputs=recorded(resource.inputs, (), asked),
        outputs=recorded(resource.outputs, (), asked),
    )


def _judge(resources: list[Resource]) -> list[Finding]:
    of_resources = Graph(replace(resource, outputs={}) for resource in resources)
    of_stack_ = Graph(
        replace(resource, inputs={}, outputs={**resource.inputs, **resource.outputs})
        for resource in resources
    )
    return findings_in(of_resources, of_stack_, strict("prod"))


def _put(data: Any, path: KeyPath, value: object) -> Any:
    """Returns data with a value at a path, in each item of the lists on the way."""
    if not path:
        return value
    if isinstance(data, list):
        return [_put(item, path, value) for item in data]
    inside: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
    return {**inside, path[0]: _put(inside.get(path[0]), path[1:], value)}


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_value_in_the_place_of_another_ends_a_rule(data: st.DataObject) -> None:
    token, path = data.draw(st.sampled_from(_asked()))
    value = data.draw(JSON)
    changed = [
        resource.seen_as(lambda properties: _put(properties, path, value))
        if resource.type == token
        else resource
        for resource in _everything()
    ]
    assert [str(finding) for finding in _judge(changed) if FAULT in finding.message] == []
