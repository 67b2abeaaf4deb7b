"""IAM policy documents."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .reading import as_list, items, read


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """A statement that allows something.

    :param principals: AWS principals, services and federations alike; none in identity policies.
    :param is_inverted: whether it allows what it does not list.
    """

    actions: list[str]
    resources: list[str]
    principals: list[str]
    is_federated: bool
    is_inverted: bool
    conditions: Mapping[str, Mapping[str, Any]]


def allowing(document: object) -> Iterator[Statement]:
    """Yields the statements of a document, as text or as an object, that allow something."""
    data: Any = json.loads(document) if isinstance(document, str) else document
    for statement in items(data, "Statement"):
        if read(statement, "Effect") != "Allow":
            continue
        principals = read(statement, "Principal", {})
        by_kind = principals if isinstance(principals, Mapping) else {"AWS": principals}
        yield Statement(
            actions=items(statement, "Action"),
            resources=items(statement, "Resource"),
            principals=[name for names in by_kind.values() for name in as_list(names)],
            is_federated="Federated" in by_kind,
            is_inverted="NotAction" in statement or "NotResource" in statement,
            conditions=read(statement, "Condition", {}),
        )
