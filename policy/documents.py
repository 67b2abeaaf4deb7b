"""IAM policy documents."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .reading import Path, as_list, document, mapping, mappings, read, texts
from .unknown import UnreadableError

# Keys of conditions that say who may call, whatever the principal is; names of keys know no case
# (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html).
_OF_CALLERS: Final = re.compile(
    r"aws:(principal|source|userid|username|federatedprovider|calledvia)|kms:(calleraccount"
    r"|viaservice|grantisforawsresource)|sts:externalid|saml:|[^:]+:(aud|sub)$",
    re.IGNORECASE,
)
# Operators with which a value may be a pattern, or must not be there.
_LOOSE: Final = re.compile(r"not|null|ifexists", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """A statement that allows something.

    :param actions: as written; IAM compares them without regard to case.
    :param principals: AWS principals, services and federations alike; none in identity policies.
    :param federations: the federations among them.
    :param is_inverted: whether it allows what it does not list.
    """

    actions: list[str]
    resources: list[str]
    principals: list[str]
    federations: list[str]
    is_inverted: bool
    conditions: Mapping[str, Mapping[str, Any]]

    @property
    def is_for_everybody(self) -> bool:
        """Whether everybody is a principal, and no condition says who may call."""
        return "*" in self.principals and not any(
            _OF_CALLERS.match(key) and not _LOOSE.search(operator)
            for operator, compared in self.conditions.items()
            for key in compared
        )


def allowing(data: Any, path: Path) -> Iterator[Statement]:
    """Yields the statements of a document at a path that allow something.

    :raises UnreadableError: for a text that is no JSON, or a document of another form.
    """
    found = document(data, path)
    if found is None:
        return
    for statement in mappings(mapping({"policy": found}, "policy"), "Statement"):
        if read(statement, "Effect") != "Allow":
            continue
        by_kind = _principals(statement)
        yield Statement(
            actions=texts(statement, "Action"),
            resources=texts(statement, "Resource"),
            principals=[name for names in by_kind.values() for name in names],
            federations=by_kind.get("Federated", []),
            is_inverted=bool({"NotAction", "NotResource"} & statement.keys()),
            conditions={
                operator: mapping(mapping(statement, "Condition"), (operator,))
                for operator in mapping(statement, "Condition")
            },
        )


def _principals(statement: Mapping[str, Any]) -> Mapping[str, list[str]]:
    if "NotPrincipal" in statement:
        # All but those that it lists.
        return {"AWS": ["*"]}
    given = read(statement, "Principal", {})
    by_kind = given if isinstance(given, Mapping) else {"AWS": given}
    names = {kind: as_list(by_kind[kind]) for kind in by_kind}
    if not all(isinstance(name, str) for found in names.values() for name in found):
        raise UnreadableError("Principal is no text and no list of texts")
    return names


def compared(statement: Statement, operator: re.Pattern[str], key: str) -> list[str]:
    """Returns what a statement's conditions compare a key with, by operators of a form.

    :param key: the last part of the key, after its colon.
    """
    return [
        value
        for name, by_key in statement.conditions.items()
        if operator.fullmatch(name)
        for known in by_key
        if known.lower().endswith(f":{key}")
        for value in texts(by_key, (known,))
    ]


def name_of(policy: str) -> str:
    """Returns the name of a policy by its ARN: what stands after the last slash."""
    return policy.rsplit("/", maxsplit=1)[-1]
