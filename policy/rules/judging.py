"""Rules before resources."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_policy.proxy import UnknownValueError

from deployment.deployment import Deployment
from deployment.resource import Resource
from deployment.types import STACK

from .clock import today
from .configuration import Configuration, broken_exemptions, is_exempt, with_defaults
from .graph import Graph
from .registry import RULES, Level, Rule, Subject
from .unseen import OutsideError, sentence
from .view import declared, deployed


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """What a rule says of a resource.

    :param error: why it cannot say anything.
    """

    resource: Resource
    message: str
    error: UnknownValueError | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """A rule broken by a resource, or a rule that could not see enough of it.

    :param level: ``ADVISORY`` for what was not checked, whatever the rule's own level.
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
        return self.urn.rsplit("::", maxsplit=1)[-1] or "stack"

    def __str__(self) -> str:
        return f"{self.resource} {self.message}"


def concerns(rule: Rule, resource: Resource) -> bool:
    """Returns whether a rule has something to say of a resource; of the stack, each has.

    The rule's own exemptions are judged there, once.
    """
    return resource.type in rule.subjects or resource.type == STACK


def judge(
    rule: Rule, resource: Resource, graph: Graph, options: Mapping[str, Any]
) -> Iterator[str]:
    """Yields a line for each thing about a resource that breaks a rule.

    :raises UnknownValueError: where the rule needs a value that cannot be seen.
    """
    if resource.type == STACK:
        yield from broken_exemptions(options, today())
    elif not is_exempt(resource, options, today()):
        complete = with_defaults(rule, options)
        yield from rule.check(Subject(resource=resource, options=complete, graph=graph))


def judge_all(rule: Rule, graph: Graph, options: Mapping[str, Any]) -> Iterator[Judgement]:
    """Yields what breaks a rule in a stack, and what of it the rule could not judge."""
    for resource in graph:
        if not concerns(rule, resource):
            continue
        try:
            for message in judge(rule, resource, graph, options):
                yield Judgement(resource=resource, message=message)
        except UnknownValueError as error:
            yield Judgement(resource=resource, message=error.message, error=error)


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
        Finding(
            rule=rule,
            urn=judgement.resource.urn,
            message=judgement.message,
            level=Level.ADVISORY if judgement.error else configuration.level(rule),
            checked=judgement.error is None,
            outside=isinstance(judgement.error, OutsideError),
        )
        for rule in RULES.values()
        if configuration.level(rule) is not Level.DISABLED
        for judgement in judge_all(
            rule,
            of_stack if rule.of_stack else of_resources,
            configuration.options.get(rule.name, {}),
        )
    ]


def not_checked(found: Iterable[Finding]) -> str:
    """Returns one line with the rules that were not checked, or nothing."""
    unseen = [finding for finding in found if not finding.checked]
    return sentence(
        (finding.rule.name for finding in unseen if not finding.outside),
        (finding.rule.name for finding in unseen if finding.outside),
    )
