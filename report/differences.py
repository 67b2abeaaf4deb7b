"""What two deployments have different: resources, and their properties, without a secret."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from deployment.deployment import Deployment
from deployment.resource import Resource
from deployment.secrets import SECRET
from deployment.types import STACK

_LONGEST_VALUE: Final = 300
_NOTHING: Final = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A property that is not the same, with its values as text."""

    path: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """A resource that is in both and not the same."""

    resource: Resource
    changes: Sequence[Change]


@dataclass(frozen=True, kw_only=True, slots=True)
class Differences:
    """What became of one deployment in another.

    :param unseen: how many secrets both have; whether they are the same cannot be told.
    """

    added: Sequence[Resource]
    removed: Sequence[Resource]
    changed: Sequence[Changed]
    unseen: int


Key = tuple[str, str, int]


def compare(before: Deployment, after: Deployment) -> Differences:
    """Returns what is different: by URN in the same stack, else by type and logical name."""
    same_stack = before.stack.urn == after.stack.urn
    old, new = _by_key(before, same_stack=same_stack), _by_key(after, same_stack=same_stack)
    old_names, new_names = _names(before), _names(after)
    changed: list[Changed] = []
    unseen = 0
    for key in sorted(old.keys() & new.keys()):
        left = dict(_values("", old[key].inputs, old_names))
        right = dict(_values("", new[key].inputs, new_names))
        unseen += sum(left[path] == right.get(path) == SECRET for path in left)
        if changes := list(_changes(left, right)):
            changed.append(Changed(resource=new[key], changes=changes))
    return Differences(
        added=[new[key] for key in sorted(new.keys() - old.keys())],
        removed=[old[key] for key in sorted(old.keys() - new.keys())],
        changed=changed,
        unseen=unseen,
    )


def _by_key(deployment: Deployment, *, same_stack: bool) -> Mapping[Key, Resource]:
    found: dict[Key, Resource] = {}
    for resource in sorted(deployment, key=lambda resource: resource.urn):
        if resource.type == STACK:
            continue
        name = resource.urn if same_stack else resource.name
        # The same name may be given twice, below different parents.
        count = sum(key[:2] == (resource.type, name) for key in found)
        found[resource.type, name, count] = resource
    return found


def _names(deployment: Deployment) -> Mapping[str, str]:
    """Returns what to call resources in place of IDs and ARNs, which no two stacks share."""
    names: dict[str, str] = {}
    for resource in deployment:
        if resource.custom:
            name = f"{resource.short_type} {resource.name}"
            known = (resource.urn, resource.id, resource.outputs.get("arn"))
            names.update({key: name for key in known if key})
    return names


def _values(path: str, value: Any, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yields path and text of each value below a property."""
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _values(f"{path}.{key}" if path else key, item, names)
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _values(f"{path}[{index}]", item, names)
    elif isinstance(value, str):
        yield path, names.get(value, value)
    elif path:
        yield path, json.dumps(value)


def _changes(left: Mapping[str, str], right: Mapping[str, str]) -> Iterator[Change]:
    for path in sorted(left.keys() | right.keys()):
        before, after = left.get(path, _NOTHING), right.get(path, _NOTHING)
        if before != after:
            yield Change(path=path, before=_short(before), after=_short(after))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
