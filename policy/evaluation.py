"""What rules say of resources."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pulumi_policy.proxy import UnknownValueError

from deployment.deployment import Deployment
from deployment.resource import Resource, name_of
from deployment.types import STACK

from .catalogue import Level, Rule, Subject
from .configuration import Configuration, broken_exemptions, is_exempt
from .graph import Graph, once
from .messages import as_shown, secrets_of
from .rules import RULES
from .spelling import documentation, unread
from .unknown import UnreadableError, Why, why
from .view import declared, deployed

# What a rule says that cannot go on, for a reason that nobody thought of.
FAULT: Final = "cannot be judged: the rule ended in a"
# As in Pulumi.yaml: a stack of another project has none of our files and keys.
PROJECT: Final = "eks-platform"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """A rule broken by a resource, or a rule that could not see enough of it.

    :param level: ``ADVISORY`` for what was not checked, whatever the rule's own level.
    :param why: why the rule was not checked; ``None`` where it was.
    """

    rule: Rule
    urn: str
    message: str
    level: Level
    why: Why | None = None

    @property
    def checked(self) -> bool:
        """Whether the rule could judge the resource."""
        return self.why is None

    @property
    def remediation(self) -> str:
        """What to change: the property, and this project's setting or the documentation."""
        # Of the stack as a whole there is no URN.
        _, project, types, *_ = [*self.urn.split("::"), "", ""]
        token, is_ours = types.rsplit("$", maxsplit=1)[-1], project == PROJECT
        own = self.rule.own_remediation if is_ours else documentation(token)
        return f"{self.rule.remediation} {own}".strip()

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
        if not {STACK, *rule.subjects} & {resource.type, unread(resource.type)}:
            continue
        try:
            for message in _broken(rule, resource, graph, options):
                line = as_shown(message, _secrets(graph, resource))
                yield Finding(rule=rule, urn=resource.urn, message=line, level=level)
        except UnknownValueError as error:
            line = as_shown(error.message, _secrets(graph, resource))
            yield _unseen(rule, resource, line, why(error))
        except Exception as error:  # noqa: BLE001  one rule's fault hides nothing of the others
            # The text of the fault may hold a value, and the value be a secret.
            message = f"{FAULT} {type(error).__name__}"
            yield _unseen(rule, resource, message, Why.UNREADABLE)


@once
def _secrets(_: Graph, resource: Resource) -> set[str]:
    return secrets_of(resource)


def _unseen(rule: Rule, resource: Resource, message: str, reason: Why) -> Finding:
    return Finding(rule=rule, urn=resource.urn, message=message, level=Level.ADVISORY, why=reason)


def _broken(
    rule: Rule, resource: Resource, graph: Graph, options: Mapping[str, Any]
) -> Iterator[str]:
    if resource.type == STACK:
        yield from broken_exemptions(options)
    elif not is_exempt(resource, options):
        if resource.type not in rule.subjects:
            raise UnreadableError(f"is of the type {resource.type}, which no rule reads")
        complete = {key: option.default for key, option in rule.options.items()} | dict(options)
        yield from rule.check(Subject(resource=resource, options=complete, graph=graph))


def findings(deployment: Deployment, configuration: Configuration) -> list[Finding]:
    """Returns what all rules find in a deployment, as Pulumi would."""
    found = findings_in(declared(deployment), deployed(deployment), configuration)
    return without_secrets(found, deployment)


def without_secrets(found: Sequence[Finding], deployment: Deployment) -> list[Finding]:
    """Returns the findings with messages that hold no secret of any resource of the deployment."""
    own = {resource.urn: secrets_of(resource) for resource in (deployment if found else ())}
    secrets = frozenset().union(*own.values())
    return [
        replace(finding, message=as_shown(finding.message, own.get(finding.urn, ()), secrets))
        for finding in found
    ]


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
    """Returns one line with the rules that were not checked, each by one reason, or nothing."""
    names: dict[Why, set[str]] = {reason: set() for reason in Why}
    for finding in found:
        if finding.why:
            names[finding.why].add(finding.rule.name)
    # What a deployment will show, and then what can be mended, say more than what never can.
    names[Why.UNREADABLE] -= names[Why.LATER]
    names[Why.OUTSIDE] -= names[Why.LATER] | names[Why.UNREADABLE]
    return "; ".join(
        f"{reason}: {len(of)} {'rule' if len(of) == 1 else 'rules'}: {', '.join(sorted(of))}"
        for reason, of in names.items()
        if of
    )
