"""What rules say of resources."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_policy.proxy import UnknownValueError

from deployment.deployment import Deployment
from deployment.resource import Resource, name_of
from deployment.types import STACK

from .catalogue import Level, Rule, Subject
from .configuration import Configuration, broken_exemptions, is_exempt
from .graph import Graph
from .messages import as_shown
from .rules import RULES
from .unknown import OutsideError
from .view import declared, deployed


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """A rule broken by a resource, or a rule that could not see enough of it.

    :param level: ``ADVISORY`` for what was not checked, whatever the rule's own level.
    :param outside: whether the rule needs what is not part of the stack.
    """

    rule: Rule
    urn: str
    message: str
    level: Level
    checked: bool = True
    outside: bool = False

    @property
    def kind(self) -> str:
        """What it counts as: the word of its level, or that the rule was not checked."""
        return self.level.value if self.checked else "not checked"

    @property
    def resource(self) -> str:
        """The logical name of what it is about; ``stack`` for the stack as a whole."""
        return name_of(self.urn) or "stack"

    def __str__(self) -> str:
        return f"{self.resource} {self.message}"


def evaluate(
    rule: Rule, resources: Iterable[Resource], graph: Graph, configuration: Configuration
) -> Iterator[Finding]:
    """Yields what breaks a rule, and what the rule could not see enough of."""
    options = configuration.options.get(rule.name, {})
    level = configuration.level(rule)
    for resource in resources:
        # The rule's own exemptions are judged once, with the stack.
        if resource.type != STACK and resource.type not in rule.subjects:
            continue
        try:
            for message in _broken(rule, resource, graph, options):
                line = as_shown(message, resource)
                yield Finding(rule=rule, urn=resource.urn, message=line, level=level)
        except UnknownValueError as error:
            yield Finding(
                rule=rule,
                urn=resource.urn,
                message=as_shown(error.message, resource),
                level=Level.ADVISORY,
                checked=False,
                outside=isinstance(error, OutsideError),
            )


def _broken(
    rule: Rule, resource: Resource, graph: Graph, options: Mapping[str, Any]
) -> Iterator[str]:
    if resource.type == STACK:
        yield from broken_exemptions(options)
    elif not is_exempt(resource, options):
        complete = {key: option.default for key, option in rule.options.items()} | dict(options)
        yield from rule.check(Subject(resource=resource, options=complete, graph=graph))


def findings(deployment: Deployment, configuration: Configuration) -> list[Finding]:
    """Returns what all rules find in a deployment, as Pulumi would."""
    return findings_in(declared(deployment), deployed(deployment), configuration)


def findings_in(
    of_resources: Graph, of_stack: Graph, configuration: Configuration
) -> list[Finding]:
    """Returns what all rules find.

    :param of_resources: what policies for single resources see.
    :param of_stack: what policies for stacks see.
    """
    return [
        finding
        for rule in RULES.values()
        if configuration.level(rule) is not Level.DISABLED
        for graph in [of_stack if rule.of_stack else of_resources]
        for finding in evaluate(rule, graph, graph, configuration)
    ]


def not_checked(found: Iterable[Finding]) -> str:
    """Returns one line with the rules that were not checked, or nothing."""
    unchecked = [finding for finding in found if not finding.checked]
    later = {finding.rule.name for finding in unchecked if not finding.outside}
    never = {finding.rule.name for finding in unchecked} - later
    return "; ".join(
        f"{what}: {len(names)} {'rule' if len(names) == 1 else 'rules'}: {', '.join(sorted(names))}"
        for what, names in (
            ("not checked before deployment", later),
            ("not checked, for what is not part of the stack", never),
        )
        if names
    )
