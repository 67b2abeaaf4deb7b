"""IAM policy documents."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """A statement that allows something.

    :param principals: AWS principals, services and federations alike; none in identity policies.
    """

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: tuple[str, ...]
    is_federated: bool
    # What is not listed is allowed.
    is_inverted: bool
    conditions: Mapping[str, Mapping[str, Any]]


def allowing(document: object) -> Iterator[Statement]:
    """Yields the statements of a document, as text or as an object, that allow something."""
    data: Any = json.loads(document) if isinstance(document, str) else document or {}
    for statement in listed(data.get("Statement", [])):
        if statement.get("Effect") != "Allow":
            continue
        principals = statement.get("Principal", [])
        by_kind = principals if isinstance(principals, Mapping) else {"AWS": principals}
        yield Statement(
            actions=tuple(listed(statement.get("Action", []))),
            resources=tuple(listed(statement.get("Resource", []))),
            principals=tuple(name for names in by_kind.values() for name in listed(names)),
            is_federated="Federated" in by_kind,
            is_inverted=any(key in statement for key in ("NotAction", "NotResource")),
            conditions=statement.get("Condition", {}),
        )


def listed(value: object) -> list[Any]:
    """Returns a value that may stand alone or in a list as a list."""
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value]
