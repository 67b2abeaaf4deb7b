"""Each rule sees what breaks it, alone, and leaves alone what does not."""

import pytest
from policy_mutants import MUTANTS
from policy_mutants.running import alarms, reported, seen, strict
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from policy.evaluation import findings
from policy.rules import RULES

BREAKING = [m.name for m in MUTANTS.values() if m.of_properties and not m.is_legal]


@pytest.mark.parametrize("name", sorted(MUTANTS))
def test_a_mutant_alarms_its_rule_and_no_other(name: str) -> None:
    mutant = MUTANTS[name]
    expected = set[str]() if mutant.is_legal else {mutant.rule, *mutant.also}
    assert alarms(mutant) == expected


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_has_a_mutant_and_a_legal_variant(rule: str) -> None:
    assert {mutant.is_legal for mutant in MUTANTS.values() if mutant.rule == rule} == {True, False}


@pytest.mark.parametrize("name", sorted(BREAKING))
def test_a_value_that_decides_is_never_passed_in_silence(name: str) -> None:
    mutant = MUTANTS[name]
    assert mutant.rule in reported(mutant.hidden(), mutant.stack)


def test_dependencies_tell_what_unknown_ids_do_not() -> None:
    deployment = MUTANTS["nodes_carry_the_cni_policy"].deployment()
    for resource in deployment.resources:
        for key in resource.get("propertyDependencies", {}):
            if resource["type"].startswith("aws:") and key in resource["outputs"]:
                resource["outputs"][key] = UNKNOWN_STRING_VALUE
        resource.pop("id", None)
        for key in ("id", "arn", "name"):
            resource["outputs"].pop(key, None)
    found = findings(seen(deployment), strict("prod"))
    by_rule = {finding.rule.name: finding.message for finding in found if finding.checked}
    rule = "node-role-carries-no-more-than-nodes-need"
    assert by_rule[rule] == "has a role that carries AmazonEKS_CNI_Policy"
