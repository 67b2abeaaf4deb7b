"""The rules behind Pulumi's own analyzer protocol, with the proxies that it puts around values.

What each rule sees, and what it leaves alone, tests/policy says by direct calls. Here is one case
for each rule, and what the protocol adds: configuration, levels, and values that are not known.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from policy_mutants import MUTANTS, Deployment, Mutant
from policy_mutants.running import baseline, lines, seen, strict
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from policy.analyzer import Analyzer, AnalyzerError, analyzer
from policy.catalogue import Level
from policy.configuration import ALL, Configuration, configuration_of
from policy.evaluation import Finding, findings
from policy.rules import RULES
from policy.server import PACK_NAME
from policy.unknown import Why
from stackfile.files import PROGRAM


@pytest.fixture(scope="session")
def pack() -> Iterator[Analyzer]:
    """The pack in a process of its own, one for all tests."""
    with analyzer() as process:
        yield process


def _mutant(rule: str) -> Mutant:
    """Returns the first mutant that breaks a rule."""
    return next(m for m in MUTANTS.values() if m.rule == rule and not m.is_legal)


def _new(
    pack: Analyzer, deployment: Deployment, stack: str, configuration: Configuration
) -> list[Finding]:
    """Returns what the pack says of a changed stack and not of the stack as it is."""
    found = pack.findings(seen(deployment), configuration)
    return [finding for finding in found if not lines([finding]) <= baseline(stack)]


def test_the_pack_describes_every_rule(pack: Analyzer) -> None:
    info = pack.info()
    assert info.name == PACK_NAME
    assert f'\nversion = "{info.version}"\n' in (PROGRAM / "pyproject.toml").read_text("utf-8")
    assert {policy.name: policy.description for policy in info.policies} == {
        rule.name: rule.description for rule in RULES.values()
    }
    assert all(policy.remediation_steps for policy in info.policies)


def test_both_ways_find_the_same_and_nothing_mandatory(pack: Analyzer, stack: str) -> None:
    deployment, options = seen(Deployment(stack)), configuration_of(stack)
    found = pack.findings(deployment, options)
    assert lines(found) == lines(findings(deployment, options))
    assert [finding for finding in found if finding.level is Level.MANDATORY] == []


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_rule_sees_a_mutant(pack: Analyzer, rule: str) -> None:
    mutant = _mutant(rule)
    alone = Configuration(
        levels={ALL: Level.DISABLED, rule: Level.MANDATORY}, options=strict(mutant.stack).options
    )
    found = _new(pack, mutant.deployment(), mutant.stack, alone)
    assert {(finding.rule.name, finding.level) for finding in found} == {(rule, Level.MANDATORY)}


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("rule", ["imds-v2-only", "vpc-flow-logs"])
def test_the_configuration_decides_over_the_level(pack: Analyzer, rule: str, level: Level) -> None:
    deployment = seen(_mutant(rule).deployment())
    found = pack.findings(deployment, Configuration(levels={rule: level}))
    levels = {finding.level for finding in found if finding.rule.name == rule}
    assert levels == (set() if level is Level.DISABLED else {level})


def test_the_configuration_has_options_and_exemptions(pack: Analyzer) -> None:
    exemption = {"resource": "*", "reason": "A lab.", "until": "2999-12-31"}
    for options, count in (({}, 0), ({"atLeastDays": 9999}, 2), ({"exemptions": [{}]}, 3)):
        configured = Configuration(options={"logs-kept-for-a-time": options})
        found = pack.findings(seen(Deployment("prod")), configured)
        assert [f.rule.name for f in found].count("logs-kept-for-a-time") == count
    exempt = {"atLeastDays": 9999, "exemptions": [exemption]}
    found = pack.findings(
        seen(Deployment("prod")), Configuration(options={"logs-kept-for-a-time": exempt})
    )
    assert "logs-kept-for-a-time" not in {finding.rule.name for finding in found}


# Of single resources and of the stack.
@pytest.mark.parametrize("name", ["the_hop_limit_is_two", "the_cluster_is_in_one_zone"])
def test_an_unknown_value_is_reported_and_stops_nothing(pack: Analyzer, name: str) -> None:
    mutant = MUTANTS[name]
    found = _new(pack, mutant.hidden(), mutant.stack, strict(mutant.stack))
    assert {finding.rule.name for finding in found} == {mutant.rule}
    assert [(finding.checked, finding.level) for finding in found] == [(False, Level.ADVISORY)]


def test_what_is_not_part_of_the_stack_is_not_checked_either(pack: Analyzer) -> None:
    deployment = Deployment("prod")
    deployment.remove("aws:ec2/routeTableAssociation:RouteTableAssociation", "network-public")
    outside = [
        finding
        for finding in _new(pack, deployment, "prod", strict("prod"))
        if finding.why is Why.OUTSIDE
    ]
    assert "subnets-tagged-for-load-balancers" in {finding.rule.name for finding in outside}
    assert not any(finding.checked for finding in outside)


def test_one_unknown_resource_hides_no_other(pack: Analyzer) -> None:
    deployment = MUTANTS["a_subnet_gives_public_addresses"].hidden()
    subnets = deployment.all("aws:ec2/subnet:Subnet", "network-public")
    for view in ("inputs", "outputs"):
        del subnets[0][view]["tags"]["kubernetes.io/role/elb"]
        subnets[1][view]["tags"] = UNKNOWN_STRING_VALUE
    found = [
        finding
        for finding in _new(pack, deployment, "prod", strict("prod"))
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
