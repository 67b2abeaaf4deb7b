"""How strict the pack is for a stack: Pulumi's own policy configuration.

A file such as ``policy/prod.json`` holds a level for each rule, or an object with the level, the
rule's options and its exemptions (https://www.pulumi.com/docs/insights/policy/policy-packs/configuration/).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from deployment.resource import Resource

from .reading import items, read
from .registry import RULES, Level, Rule

ALL: Final = "all"
LEVEL: Final = "enforcementLevel"
EXEMPTIONS: Final = "exemptions"
# Of an exemption. That all are given and in force, the rule itself sees to: a violation says more
# than a schema.
EXEMPTION_SCHEMA: Final[Mapping[str, Any]] = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "resource": {"type": "string"},
            "reason": {"type": "string"},
            "until": {"type": "string"},
        },
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


def load(path: Path) -> Configuration:
    """Returns the configuration in a file.

    :raises ConfigurationError: for what is no configuration of this pack.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        message = f"{path}: {error}"
        raise ConfigurationError(message) from None
    if not isinstance(data, dict):
        message = f"{path}: must be an object with a key for each rule"
        raise ConfigurationError(message)
    levels: dict[str, Level] = {}
    options: dict[str, Mapping[str, Any]] = {}
    for name, value in data.items():
        given = value if isinstance(value, dict) else {LEVEL: value}
        unknown = given.keys() - _keys(name)
        if name not in {ALL, *RULES} or unknown:
            message = f"{path}: {'.'.join([name, *sorted(unknown)[:1]])} is no rule or no option"
            raise ConfigurationError(message)
        if LEVEL in given:
            levels[name] = _level(path, name, given[LEVEL])
        options[name] = {key: item for key, item in given.items() if key != LEVEL}
    return Configuration(levels=levels, options=options)


def _keys(name: str) -> set[str]:
    own = {EXEMPTIONS, *RULES[name].options} if name in RULES else set[str]()
    return {LEVEL, *own}


def _level(path: Path, name: str, value: object) -> Level:
    if value not in set(Level):
        message = f"{path}: {name} must be one of {', '.join(Level)}, got {value!r}"
        raise ConfigurationError(message)
    return Level(str(value))


def with_defaults(rule: Rule, options: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the options of a rule, with the default of each that is not given."""
    return {**{key: option.default for key, option in rule.options.items()}, **options}


def is_exempt(resource: Resource, options: Mapping[str, Any], today: date) -> bool:
    """Returns whether an exemption that is in force names the resource."""
    return any(
        fnmatchcase(candidate, read(exemption, "resource", ""))
        for exemption in items(options, EXEMPTIONS)
        if not list(_faults(exemption, today))
        for candidate in (resource.urn, resource.name)
    )


def broken_exemptions(options: Mapping[str, Any], today: date) -> Iterator[str]:
    """Yields a line for each exemption that is not complete or no longer in force."""
    for exemption in items(options, EXEMPTIONS):
        for fault in _faults(exemption, today):
            yield f"the exemption of {read(exemption, 'resource') or 'no resource'} {fault}"


def _faults(exemption: Mapping[str, Any], today: date) -> Iterator[str]:
    if not str(read(exemption, "resource", "")).strip():
        yield "names no resource"
    if not str(read(exemption, "reason", "")).strip():
        yield "has no reason"
    until = str(read(exemption, "until", ""))
    try:
        if date.fromisoformat(until) < today:
            yield f"ended on {until}"
    except ValueError:
        yield f"has no date: until must be as in 2027-01-31, got {until!r}"
