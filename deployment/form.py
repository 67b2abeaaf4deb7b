"""What the resources of an export must be, one by one and together."""

import json
from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from .resource import Resource, name_of
from .values import fault

# Parents of parents; no stack of people's has ten.
_DEEPEST: Final = 100
_LONGEST: Final = 120
# What a text must be, by its field.
_FORMS: Final[Mapping[str, str]] = {
    "urn": "as in urn:pulumi:STACK::PROJECT::TYPE::NAME, with a STACK of at most 100 letters, "
    "digits, '-', '_' and '.'",
    "type": "as in aws:ec2/vpc:Vpc",
    "provider": "the URN of a provider, '::' and its ID",
}
# What must be, by pydantic's name of the error.
_EXPECTED: Final[Mapping[str, str]] = {
    "string_type": "a text",
    "bool_type": "true or false",
    "float_type": "a number",
    "finite_number": "a number",
    "dict_type": "an object",
    "tuple_type": "a list",
    "frozen_set_type": "a list",
}


class NoDeploymentError(ValueError):
    """A file that is no exported deployment, or none of a known form; its message is one line."""


def resource_of(number: int, data: Any) -> Resource:
    """Returns a resource of an export.

    :param number: its place in the export, from 1.
    :raises NoDeploymentError: for data of another form.
    """
    if not isinstance(data, Mapping):
        raise NoDeploymentError(f"resource {number}: must be an object, got {_shown(data)}")
    try:
        return Resource.from_data(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise NoDeploymentError(f"{_called(number, data)}: {_explain(first)}") from None


def check(resources: Iterable[Resource]) -> None:
    """Checks property values, and that resources stand in an order.

    The engine refuses the same two of one URN and the same circles (``VerifyIntegrity`` in
    https://github.com/pulumi/pulumi/blob/v3.274.1/pkg/resource/deploy/snapshot.go).

    :raises NoDeploymentError: for what nobody could work with.
    """
    by_urn: dict[str, Resource] = {}
    for resource in resources:
        for key, properties in (("inputs", resource.inputs), ("outputs", resource.outputs)):
            if found := fault(properties):
                where, what = found
                raise NoDeploymentError(f"resource {_short(resource.name)}: {key}{where} {what}")
        if by_urn.setdefault(resource.urn, resource) is not resource:
            raise NoDeploymentError(f"resource {_short(resource.name)}: urn is there twice")
    if not by_urn:
        raise NoDeploymentError("all resources wait for their deletion")
    _check_stack(by_urn)
    _check_order(by_urn)


def _check_stack(by_urn: Iterable[str]) -> None:
    stacks = {urn.split(":", maxsplit=3)[2] for urn in by_urn}
    if len(stacks) > 1:
        first, second, *_ = sorted(stacks)
        raise NoDeploymentError(f"holds resources of more than one stack: {first} and {second}")


def _check_order(by_urn: Mapping[str, Resource]) -> None:
    earlier = {
        urn: {resource.parent, *resource.waits_for} & by_urn.keys()
        for urn, resource in by_urn.items()
    }
    depths: dict[str, int] = {}
    try:
        for urn in TopologicalSorter(earlier).static_order():
            depths[urn] = depths.get(by_urn[urn].parent, 0) + 1
            if depths[urn] > _DEEPEST:
                name = _short(by_urn[urn].name)
                raise NoDeploymentError(f"resource {name}: parent has {_DEEPEST} parents above it")
    except CycleError as error:
        circle = [_short(by_urn[urn].name) for urn in error.args[1]]
        raise NoDeploymentError(
            f"resource {circle[0]}: waits for itself by parent, provider or dependencies: "
            + _short(" and ".join(circle[1:]))
        ) from None


def _called(number: int, data: Mapping[str, Any]) -> str:
    """Returns what to call a resource whose URN may be of any form."""
    urn = data.get("urn")
    name = name_of(urn) if isinstance(urn, str) else ""
    return f"resource {number} ({_short(name)})" if name else f"resource {number}"


def _explain(error: ErrorDetails) -> str:
    """Returns the field, what it must be, and what it is."""
    key, kind, value = _path(error["loc"]), error["type"], error["input"]
    if kind == "missing":
        return f"{key} is required and not there"
    if kind == "string_pattern_mismatch":
        return f"{key} must be {_FORMS[key]}, got {_short(json.dumps(value))}"
    expected = _EXPECTED.get(kind)
    wanted = f"must be {expected}" if expected else error["msg"]
    return f"{key} {wanted}, got {_shown(value)}"


def _path(place: Sequence[str | int]) -> str:
    return "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" if index else part
        for index, part in enumerate(place)
    )


def _shown(value: Any) -> str:
    """Returns a value as text where it cannot be a secret, else what it is."""
    names = {str: "a text", dict: "an object", list: "a list"}
    return names.get(type(value)) or _short(json.dumps(value))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
