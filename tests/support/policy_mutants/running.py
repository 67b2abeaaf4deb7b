"""What the rules say of a mutant that they do not say of the stack as it is."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from deployment import deployment as deployment_model
from policy.catalogue import Level
from policy.configuration import ALL, Configuration, configuration_of
from policy.evaluation import FAULT, Finding, findings
from policy.view import visible
from policy_mutants.first_preview import first_preview_text
from policy_mutants.registry import Deployment, Mutant

# When a mutant is caught.
PREVIEW: Final = "preview"
UP: Final = "up"
# A finding apart from its level: rule, URN, message.
Line = tuple[str, str, str]


@cache
def strict(stack: str) -> Configuration:
    """Returns a stack's own options, with every rule in force."""
    return Configuration(levels={ALL: Level.MANDATORY}, options=configuration_of(stack).options)


def lines(found: list[Finding]) -> set[Line]:
    """Returns the findings as a set; a rule that ends in a fault is the pack's own."""
    assert not [str(finding) for finding in found if FAULT in finding.message]
    return {(finding.rule.name, finding.urn, finding.message) for finding in found}


def seen(deployment: Deployment) -> deployment_model.Deployment:
    """Returns a deployment as policies see it."""
    return visible(deployment.data)


@cache
def baseline(stack: str) -> frozenset[Line]:
    """Returns what the rules say of a stack as it is."""
    found = findings(seen(Deployment(stack)), strict(stack))
    return frozenset(lines(found))


def reported(deployment: Deployment, stack: str) -> set[str]:
    """Returns the rules that say something more, or that they cannot say."""
    found = findings(seen(deployment), strict(stack))
    return {rule for rule, _, _ in lines(found) - baseline(stack)}


@cache
def alarms(mutant: Mutant) -> set[str]:
    """Returns the rules that a mutant alarms."""
    return reported(mutant.deployment(), mutant.stack)


@cache
def first_preview(stack: str) -> tuple[Finding, ...]:
    """Returns what the rules say of a stack as it is in a first preview."""
    return tuple(_in_preview(json.loads(first_preview_text(stack)), stack))


def alarms_in_preview(mutant: Mutant) -> set[str]:
    """Returns the rules that a mutant alarms in a first preview."""
    before = lines([f for f in first_preview(mutant.stack) if f.checked])
    found = _mutant_in_preview(mutant)
    return {rule for rule, _, _ in lines([f for f in found if f.checked]) - before}


def not_checked_in_preview(mutant: Mutant) -> set[str]:
    """Returns the rules that cannot say something of a mutant in a first preview."""
    return {finding.rule.name for finding in _mutant_in_preview(mutant) if not finding.checked}


@cache
def _mutant_in_preview(mutant: Mutant) -> list[Finding]:
    return _in_preview(mutant.first_preview(), mutant.stack)


def caught_at(mutant: Mutant) -> str:
    """Returns when the rule of a mutant sees it first, or nothing where it never does."""
    if mutant.rule in alarms_in_preview(mutant):
        return PREVIEW
    return UP if mutant.rule in alarms(mutant) else ""


def _in_preview(data: Mapping[str, Any], stack: str) -> list[Finding]:
    return findings(visible(data), strict(stack))
