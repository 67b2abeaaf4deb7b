"""Mutants as the engine sees them in a first preview, before anything is deployed.

A mutant is a program that registers something else. What the first preview knows of a value that it
changes, it knows of the changed one: an unknown value stays unknown.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from programs import complete
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from deployment.export import export
from offline.simulation import run_stack
from stackfile.files import PROGRAM

Data = dict[str, Any]
# Its provider is configured by the cluster, so that a first preview has no outputs of its objects.
_UNCONFIGURED: Final = "kubernetes:"


@cache
def first_preview_text(stack: str) -> str:
    """Returns a shipped stack as a first preview knows it, in the form of an export."""
    return json.dumps(complete(export(run_stack(PROGRAM, stack, dry_run=True).resources)))


def with_origins(before: list[Data], after: list[Data]) -> None:
    """Makes the dependencies of what has changed say where its values come from.

    A program names a resource by an output of it, so that naming another one is depending on it.
    """
    owners = _owners(before)
    known = {resource["urn"]: resource for resource in before}
    for resource in after:
        old = known.get(resource["urn"], {"inputs": {}})
        for key in resource["inputs"].keys() | old["inputs"].keys():
            values, olds = (
                set(_leaves(data["inputs"].get(key))) & owners.keys() for data in (resource, old)
            )
            _rewire(
                resource,
                key,
                gone={owners[value] for value in olds - values},
                new={owners[value] for value in values - olds},
            )


def in_first_preview(stack: str, before: list[Data], after: list[Data]) -> Data:
    """Returns the first preview of a program that registers what has been changed."""
    data: Data = json.loads(first_preview_text(stack))
    seen = {resource["urn"]: resource for resource in data["deployment"]["resources"]}
    known = {resource["urn"]: resource for resource in before}
    owners = _owners(before)
    data["deployment"]["resources"] = [
        _changed(known[resource["urn"]], resource, seen[resource["urn"]], owners)
        if resource["urn"] in known
        else _added(resource, owners)
        for resource in after
    ]
    return data


def _owners(resources: list[Data]) -> Mapping[str, str]:
    """Returns the URN of each AWS resource by its ID and its ARN."""
    return {
        identifier: resource["urn"]
        for resource in resources
        if resource["type"].startswith("aws:")
        for identifier in (resource["id"], resource["outputs"].get("arn"))
        if isinstance(identifier, str)
    }


def _leaves(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        for item in data.values():
            yield from _leaves(item)
    elif isinstance(data, list):
        for item in data:
            yield from _leaves(item)
    elif isinstance(data, str):
        yield data


def _rewire(resource: Data, key: str, *, gone: set[str], new: set[str]) -> None:
    if gone or new:
        of_properties = resource.setdefault("propertyDependencies", {})
        of_properties[key] = sorted(set(of_properties.get(key, ())) - gone | new)
        resource["dependencies"] = sorted({*resource.get("dependencies", ())} - gone | new)


def _changed(before: Data, after: Data, seen: Data, owners: Mapping[str, str]) -> Data:
    changed = {**seen}
    for view in ("inputs", "outputs"):
        changed[view] = _carried(before[view], after[view], seen[view], owners)
    changed["dependencies"] = _moved(before, after, seen, "dependencies")
    old, new, now = (each.get("propertyDependencies", {}) for each in (before, after, seen))
    changed["propertyDependencies"] = {
        key: _moved(old, new, now, key) for key in new.keys() | now.keys()
    }
    return changed


def _moved(before: Data, after: Data, seen: Data, key: str) -> list[str]:
    one, other, now = (set(data.get(key, ())) for data in (before, after, seen))
    return sorted(now - (one - other) | (other - one))


def _carried(before: Any, after: Any, seen: Any, owners: Mapping[str, str]) -> Any:
    """Returns what a first preview has in the place of a changed value."""
    if before == after or seen == UNKNOWN_STRING_VALUE:
        return seen
    if isinstance(before, dict) and isinstance(after, dict) and isinstance(seen, dict):
        return {
            key: _carried(before[key], value, seen[key], owners)
            if key in before
            else _hidden(value, owners)
            for key, value in after.items()
            if key not in before or key in seen
        }
    if isinstance(before, list) and isinstance(after, list) and isinstance(seen, list):
        if len(before) == len(after):
            triples = zip(before, after, seen, strict=True)
            return [_carried(one, other, now, owners) for one, other, now in triples]
        return [
            seen[before.index(item)] if item in before else _hidden(item, owners) for item in after
        ]
    return _hidden(after, owners)


def _added(resource: Data, owners: Mapping[str, str]) -> Data:
    inputs = _hidden(resource["inputs"], owners)
    outputs = {} if resource["type"].startswith(_UNCONFIGURED) else inputs
    return {**resource, "id": "", "inputs": inputs, "outputs": outputs}


def _hidden(data: Any, owners: Mapping[str, str]) -> Any:
    """Returns plain data without the identifiers that are not there yet."""
    if isinstance(data, dict):
        return {key: _hidden(item, owners) for key, item in data.items()}
    if isinstance(data, list):
        return [_hidden(item, owners) for item in data]
    return UNKNOWN_STRING_VALUE if isinstance(data, str) and data in owners else data
