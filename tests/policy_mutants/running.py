"""What the rules say of a mutant that they do not say of the stack as it is."""

from functools import cache

from offline.analysis import DeployedResource, deployed_resources, graphs
from offline.policies import configuration
from policy.rules.configuration import ALL, Configuration
from policy.rules.judging import Finding, findings
from policy.rules.registry import Level
from policy_mutants.registry import Deployment, Mutant

# A finding apart from its level: rule, URN, message.
Line = tuple[str, str, str]


@cache
def strict(stack: str) -> Configuration:
    """Returns a stack's own options, with every rule in force."""
    return Configuration(levels={ALL: Level.MANDATORY}, options=configuration(stack).options)


def lines(found: list[Finding]) -> set[Line]:
    """Returns the findings as a set."""
    return {(finding.rule.name, finding.urn, finding.message) for finding in found}


def resources(deployment: Deployment) -> list[DeployedResource]:
    """Returns the resources of a deployment as policies see them."""
    return deployed_resources(deployment.data)


@cache
def baseline(stack: str) -> frozenset[Line]:
    """Returns what the rules say of a stack as it is."""
    found = findings(*graphs(resources(Deployment(stack))), strict(stack))
    return frozenset(lines(found))


def reported(deployment: Deployment, stack: str) -> set[str]:
    """Returns the rules that say something more, or that they cannot say."""
    found = findings(*graphs(resources(deployment)), strict(stack))
    return {rule for rule, _, _ in lines(found) - baseline(stack)}


def alarms(mutant: Mutant) -> set[str]:
    """Returns the rules that a mutant alarms."""
    return reported(mutant.deployment(), mutant.stack)
