"""What a rule is, and all rules by name."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from deployment.resource import Resource

from . import reading
from .graph import Graph
from .reading import Path


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
    graph: Graph

    def read(self, path: Path, default: Any = None) -> Any:
        """Returns a property, or the default without one."""
        return reading.read(self.resource.properties, path, default)

    def text(self, path: Path, default: str = "") -> str:
        """Returns a property that is a text."""
        return reading.text(self.resource.properties, path, default)

    def flag(self, path: Path, *, default: bool = False) -> bool:
        """Returns whether a property is true."""
        return reading.flag(self.resource.properties, path, default=default)

    def number(self, path: Path, default: float = 0) -> float:
        """Returns a property that is a number."""
        return reading.number(self.resource.properties, path, default)

    def labels(self, path: Path) -> dict[str, str]:
        """Returns the texts by name that a property holds, such as tags."""
        return reading.labels(self.resource.properties, path)

    def texts(self, path: Path) -> list[str]:
        """Returns the texts of a property that is a list."""
        return reading.texts(self.resource.properties, path)

    def mappings(self, path: Path) -> list[Mapping[str, Any]]:
        """Returns the objects of a property that is a list."""
        return reading.mappings(self.resource.properties, path)

    def named(self, path: Path, token: str, *, several: bool = False) -> list[Resource]:
        """Returns the resources of a type that a property names."""
        return self.graph.named(self.resource, path, token, several=several)

    def users(self, token: str, path: Path) -> list[Resource]:
        """Returns the resources of a type whose property names this one."""
        return self.graph.users(self.resource, token, path)

    def waits_for(self, earlier: Resource) -> bool:
        """Returns whether this one is created after another one, and deleted before it."""
        return self.graph.waits_for(self.resource, earlier)


# Yields a line for each thing that breaks the rule.
Check = Callable[[Subject], Iterator[str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Option:
    """A rule's option, as a JSON schema, with its default."""

    schema: Mapping[str, Any]
    default: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A rule, which its check names and documents.

    :param check: its name is the rule's; the first paragraph of its docstring says what goes wrong
        without the rule, the second one which property to change, and a third one, if there is
        one, where this project has it.
    :param subjects: types of the resources that it judges.
    :param sources: benchmarks and scanners that ask for it, and requirements as in ``R25``.
    :param level: unless the configuration says otherwise.
    :param of_stack: whether it needs the rest of the stack to judge a resource.
    """

    check: Check
    subjects: frozenset[str]
    severity: Severity
    sources: tuple[str, ...]
    level: Level
    of_stack: bool
    options: Mapping[str, Option] = field(default_factory=dict[str, Option])

    @property
    def name(self) -> str:
        """Its name, as configurations have it."""
        return self.check.__name__.replace("_", "-")

    @property
    def description(self) -> str:
        """What goes wrong without it."""
        return self._paragraphs[0]

    @property
    def remediation(self) -> str:
        """Which property to change, in whatever project."""
        return self._paragraphs[1]

    @property
    def own_remediation(self) -> str:
        """Where this project has it, if it does."""
        return " ".join(self._paragraphs[2:])

    @property
    def requirements(self) -> tuple[str, ...]:
        """The requirements of docs/architecture.md among its sources."""
        return tuple(source for source in self.sources if re.fullmatch(r"R\d+", source))

    @property
    def _paragraphs(self) -> list[str]:
        return [" ".join(text.split()) for text in (self.check.__doc__ or "").split("\n\n")]


RULES: Final[dict[str, Rule]] = {}


def rule(
    subjects: str | Sequence[str],
    severity: Severity,
    *sources: str,
    level: Level = Level.MANDATORY,
    of_stack: bool = False,
    **options: Option,
) -> Callable[[Check], Check]:
    """Registers a check as a rule."""

    def register(check: Check) -> Check:
        registered = Rule(
            check=check,
            subjects=frozenset([subjects] if isinstance(subjects, str) else subjects),
            severity=severity,
            sources=sources,
            level=level,
            of_stack=of_stack,
            options=options,
        )
        if RULES.setdefault(registered.name, registered) is not registered:
            raise ValueError(f"two rules are called {registered.name}")
        return check

    return register
