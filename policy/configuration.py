"""How strict the pack is for a stack: Pulumi's own policy configuration.

A file such as ``policy/prod.json`` holds a level for each rule, or an object with the level, the
rule's options and its exemptions (https://www.pulumi.com/docs/insights/policy/policy-packs/configuration/).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from deployment.json_file import JsonFileError, read_json
from deployment.resource import Resource
from stackfile.files import PROGRAM, stack_name

from .catalogue import Level, Rule
from .clock import today
from .reading import items, read
from .rules import RULES

ALL: Final = "all"
LEVEL: Final = "enforcementLevel"
EXEMPTIONS: Final = "exemptions"
# Of an exemption. That all are given and in force, the rule itself sees to: a violation says more
# than a schema.
EXEMPTION_SCHEMA: Final[Mapping[str, Any]] = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {key: {"type": "string"} for key in ("resource", "reason", "until")},
        "additionalProperties": False,
    },
}


class ConfigurationError(ValueError):
    """A file that configures no rule of the pack; its message is one line."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Configuration:
    """Levels and options by rule."""

    levels: Mapping[str, Level] = field(default_factory=dict[str, Level])
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])

    def level(self, rule: Rule) -> Level:
        """Returns the level of a rule."""
        return self.levels.get(rule.name, self.levels.get(ALL, rule.level))


def configuration_of(stack: str | None, path: Path | None = None) -> Configuration:
    """Returns how strict the policies are: by the given file, else by the stack's, if any.

    :param stack: a stack's name, or the path of its file; without one the rules have their own
        levels.
    :raises ConfigurationError: for what is no configuration of this pack.
    :raises pulumi.RunError: for a name that no stack can have.
    """
    if path is None and stack is not None:
        own = PROGRAM / "policy" / f"{stack_name(stack)}.json"
        path = own if own.is_file() else None
    return load(path) if path else Configuration()


def load(path: Path) -> Configuration:
    """Returns the configuration in a file.

    :raises ConfigurationError: for what is no configuration of this pack.
    """
    try:
        data = read_json(path)
    except JsonFileError as error:
        raise ConfigurationError(str(error)) from None
    if not isinstance(data, dict):
        raise ConfigurationError(f"{path}: must be an object with a key for each rule")
    levels: dict[str, Level] = {}
    options: dict[str, Mapping[str, Any]] = {}
    for name, value in data.items():
        given = dict(value) if isinstance(value, dict) else {LEVEL: value}
        known = {LEVEL, EXEMPTIONS, *RULES[name].options} if name in RULES else {LEVEL}
        unknown = sorted(given.keys() - known)
        if name not in {ALL, *RULES} or unknown:
            named = ".".join([name, *unknown[:1]])
            raise ConfigurationError(f"{path}: {named} is no rule or no option")
        if LEVEL in given:
            level = given.pop(LEVEL)
            if level not in list(Level):
                choice = ", ".join(Level)
                raise ConfigurationError(f"{path}: {name} must be one of {choice}, got {level!r}")
            levels[name] = Level(level)
        options[name] = given
    return Configuration(levels=levels, options=options)


def is_exempt(resource: Resource, options: Mapping[str, Any]) -> bool:
    """Returns whether an exemption that is in force names the resource."""
    return any(
        fnmatchcase(candidate, str(read(exemption, "resource", "")))
        for exemption in items(options, EXEMPTIONS)
        if not list(_faults(exemption))
        for candidate in (resource.urn, resource.name)
    )


def broken_exemptions(options: Mapping[str, Any]) -> Iterator[str]:
    """Yields a line for each exemption that is not complete or no longer in force."""
    for exemption in items(options, EXEMPTIONS):
        for fault in _faults(exemption):
            yield f"the exemption of {read(exemption, 'resource') or 'no resource'} {fault}"


def _faults(exemption: Mapping[str, Any]) -> Iterator[str]:
    resource, reason, until = (
        str(read(exemption, key, "")).strip() for key in ("resource", "reason", "until")
    )
    if not resource:
        yield "names no resource"
    if not reason:
        yield "has no reason"
    try:
        if date.fromisoformat(until) < today():
            yield f"ended on {until}"
    except ValueError:
        yield f"has no date: until must be as in 2027-01-31, got {until!r}"
