"""What a rule is, and all rules by name."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from deployment.resource import Resource

from .graph import Graph
from .reading import Path, items, read


class Level(StrEnum):
    """What a violation does: nothing, tell, or stop the deployment. The words are Pulumi's."""

    DISABLED = "disabled"
    ADVISORY = "advisory"
    MANDATORY = "mandatory"


class Severity(StrEnum):
    """How bad it is. The words are Pulumi's."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """One resource before a rule, with what the rule may need to judge it.

    :param options: the rule's options as configured, its defaults for those that are not.
    :param graph: all of the stack for a rule that asks for it, else nothing.
    """

    resource: Resource
    options: Mapping[str, Any]
    graph: Graph = field(default_factory=Graph)

    def read(self, path: Path, default: Any = None) -> Any:
        """Returns a property, or the default without one."""
        return read(self.resource.properties, path, default)

    def items(self, path: Path) -> list[Any]:
        """Returns the items of a property that is a list."""
        return items(self.resource.properties, path)

    def named(self, path: Path, token: str, *, several: bool = False) -> list[Resource]:
        """Returns the resources of a type that a property names."""
        return self.graph.named(self.resource, path, token, several=several)

    def users(self, token: str, path: Path) -> list[Resource]:
        """Returns the resources of a type whose property names this one."""
        return self.graph.users(self.resource, token, path)


# Yields a line for each thing that breaks the rule.
Check = Callable[[Subject], Iterator[str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Option:
    """A rule's option, as a JSON schema, with its default."""

    schema: Mapping[str, Any]
    default: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A rule.

    :param description: what goes wrong without it.
    :param level: unless the configuration says otherwise.
    :param sources: benchmarks and scanners that ask for it, and requirements as in ``R25``.
    :param remediation: what to change.
    :param subjects: types of the resources that it judges.
    :param of_stack: whether it needs the rest of the stack to judge a resource.
    """

    name: str
    description: str
    severity: Severity
    level: Level
    sources: tuple[str, ...]
    remediation: str
    subjects: frozenset[str]
    of_stack: bool
    options: Mapping[str, Option]
    check: Check


RULES: Final[dict[str, Rule]] = {}


def rule(
    *,
    subjects: Sequence[str],
    severity: Severity,
    sources: Sequence[str],
    remediation: str,
    level: Level = Level.MANDATORY,
    of_stack: bool = False,
    options: Mapping[str, Option] | None = None,
) -> Callable[[Check], Check]:
    """Registers a check as the rule of its name; its docstring is the rule's description."""

    def register(check: Check) -> Check:
        name = check.__name__.replace("_", "-")
        if name in RULES:
            message = f"two rules are called {name}"
            raise ValueError(message)
        RULES[name] = Rule(
            name=name,
            description=" ".join((check.__doc__ or "").split()),
            severity=severity,
            level=level,
            sources=tuple(sources),
            remediation=remediation,
            subjects=frozenset(subjects),
            of_stack=of_stack,
            options=options or {},
            check=check,
        )
        return check

    return register
