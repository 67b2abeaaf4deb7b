"""The rules behind Pulumi's own analyzer protocol, with the proxies that it puts around values."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from policy_mutants import MUTANTS, Deployment
from policy_mutants.running import Line, baseline, lines, seen, strict
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from deployment.resource import Resource
from policy.analyzer import Analyzer, AnalyzerError, analyzer
from policy.checks import configuration
from policy.rules import RULES
from policy.rules.judging import Finding, findings
from policy.rules.pack import PACK_NAME
from policy.rules.registry import Level
from stackfile.files import PROGRAM


@pytest.fixture(scope="session")
def pack() -> Iterator[Analyzer]:
    """The pack in a process of its own, one for all tests."""
    with analyzer() as process:
        yield process


@pytest.fixture(scope="session")
def told() -> "Told":
    """What the pack has been told last of each resource, and remembers."""
    return {}


Told = dict[str, Resource]


def _found(pack: Analyzer, told: Told, deployment: Deployment, stack: str) -> list[Finding]:
    before = {resource.urn: resource for resource in seen(Deployment(stack))}
    after = seen(deployment)
    # Of all the others it would say and remember the same again.
    asked = [r for r in after if r != before.get(r.urn) or r != told.get(r.urn)]
    told.update({resource.urn: resource for resource in asked})
    pack.configure(strict(stack))
    return [*pack.of_resources(asked), *pack.of_stack(after)]


def _new(found: list[Finding], stack: str) -> set[Line]:
    return lines(found) - baseline(stack)


def test_the_pack_describes_every_rule(pack: Analyzer) -> None:
    info = pack.info()
    assert info.name == PACK_NAME
    assert f'\nversion = "{info.version}"\n' in (PROGRAM / "pyproject.toml").read_text("utf-8")
    assert {policy.name: policy.description for policy in info.policies} == {
        rule.name: rule.description for rule in RULES.values()
    }
    assert all(policy.remediation_steps for policy in info.policies)


def test_both_ways_find_the_same(pack: Analyzer, stack: str) -> None:
    found = seen(Deployment(stack))
    options = configuration(stack)
    assert lines(pack.findings(found, options)) == lines(findings(found, options))


def test_a_shipped_stack_breaks_no_mandatory_rule(pack: Analyzer, stack: str) -> None:
    found = pack.findings(seen(Deployment(stack)), configuration(stack))
    assert [finding for finding in found if finding.level is Level.MANDATORY] == []


@pytest.mark.parametrize("name", sorted(MUTANTS))
def test_a_mutant_alarms_its_rule_and_no_other(pack: Analyzer, told: Told, name: str) -> None:
    mutant = MUTANTS[name]
    new = _new(_found(pack, told, mutant.deployment(), mutant.stack), mutant.stack)
    expected = set[str]() if mutant.is_legal else {mutant.rule, *mutant.also}
    assert {rule for rule, _, _ in new} == expected


@pytest.mark.parametrize(
    "name", sorted(m.name for m in MUTANTS.values() if m.of_properties and not m.is_legal)
)
def test_an_unknown_value_is_reported_and_stops_nothing(
    pack: Analyzer, told: Told, name: str
) -> None:
    mutant = MUTANTS[name]
    found = _found(pack, told, mutant.hidden(), mutant.stack)
    assert mutant.rule in {rule for rule, _, _ in _new(found, mutant.stack)}
    unseen = [finding for finding in found if not finding.checked]
    assert unseen
    assert {finding.level for finding in unseen} == {Level.ADVISORY}


def test_one_unknown_resource_hides_no_other(pack: Analyzer, told: Told) -> None:
    deployment = MUTANTS["a_subnet_gives_public_addresses"].hidden()
    subnets = deployment.all("aws:ec2/subnet:Subnet", "network-public")
    for view in ("inputs", "outputs"):
        del subnets[0][view]["tags"]["kubernetes.io/role/elb"]
        subnets[1][view]["tags"] = UNKNOWN_STRING_VALUE
    found = [
        finding
        for finding in _found(pack, told, deployment, "prod")
        if finding.rule.name == "subnets-tagged-for-load-balancers"
    ]
    assert [(finding.checked, finding.level) for finding in found] == [
        (True, Level.MANDATORY),
        (False, Level.ADVISORY),
    ]
    assert found[1].message.startswith("network-public-")


def test_a_pack_that_does_not_start_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(AnalyzerError, match="did not start"), analyzer(tmp_path):
        pass
