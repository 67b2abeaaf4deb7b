"""The properties that a resource may have, read from the SDK's own classes.

Mocks run no check at all; a misspelt property or a number for a text would go unseen until AWS
refuses it.
"""

import inspect
import typing
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from functools import cache
from importlib import import_module
from typing import Any, TypeAlias

# Pulumi offers no public way from a type token to its class and the types of its properties.
from pulumi import _types as sdk_types
from pulumi.runtime import rpc

from deployment.properties import UNKNOWN, Reference

# Property path and reason of each input that is refused.
Failures: TypeAlias = Iterable[tuple[str, str]]


class UnknownResourceTypeError(ValueError):
    """A type token that no installed SDK has."""


@cache
def resource_class(token: str) -> type:
    """Returns the SDK's class of a type token such as ``aws:eks/addon:Addon``."""
    package, module, _ = token.split(":")
    # A served provider has no program beside it that has imported the SDK.
    with suppress(ModuleNotFoundError):
        import_module(f"pulumi_{package.replace('-', '_')}")
    for candidate in rpc._RESOURCE_MODULES.get(f"{package}:{module}", []):  # noqa: SLF001
        info: Mapping[str, Any] = getattr(candidate, "mod_info", {})
        if token in info.get("classes", {}):
            found: type = getattr(import_module(info["fqn"]), info["classes"][token])
            return found
    raise UnknownResourceTypeError(f"{token}: no installed SDK has this resource type")


@cache
def output_names(token: str) -> frozenset[str]:
    """Returns the names of all properties that a resource of the type has once it exists."""
    return frozenset(sdk_types.resource_types(resource_class(token)))


@cache
def input_types(token: str) -> Mapping[str, Any]:
    """Returns the types of all properties that a program may give a resource of the type."""
    return types_of(arguments_class(resource_class(token)))


def failures(token: str, inputs: Mapping[str, Any]) -> Failures:
    """Yields property path and reason for each input that the SDK's class would not take."""
    arguments = arguments_class(resource_class(token))
    yield from _object_failures(arguments, inputs, "")


@cache
def arguments_class(resource: type) -> type:
    """Returns the class of a resource's arguments."""
    module = import_module(resource.__module__)
    # The SDK writes Init where what the arguments hold has the name already.
    for name in (f"{resource.__name__}InitArgs", f"{resource.__name__}Args"):
        found: type | None = getattr(module, name, None)
        if found is not None:
            return found
    raise UnknownResourceTypeError(
        f"{resource.__module__}.{resource.__name__} has no class of arguments"
    )


@cache
def types_of(arguments: type) -> Mapping[str, Any]:
    """Returns the types of the properties of a class of arguments, by Pulumi's names."""
    return sdk_types.input_type_types(arguments)


@cache
def required(arguments: type) -> frozenset[str]:
    """Returns the names of those properties that must be given."""
    names = sdk_types.input_type_py_to_pulumi_names(arguments)
    parameters = inspect.signature(arguments.__init__).parameters.values()
    return frozenset(
        names[parameter.name]
        for parameter in parameters
        if parameter.default is inspect.Parameter.empty and parameter.name in names
    )


def _object_failures(arguments: type, data: Mapping[str, Any], path: str) -> Failures:
    known = types_of(arguments)
    present = {key: value for key, value in data.items() if value is not None}
    for key in sorted(required(arguments) - present.keys()):
        yield f"{path}{key}", "is required"
    for key, value in present.items():
        if key in known:
            yield from _value_failures(known[key], value, f"{path}{key}")
        else:
            yield f"{path}{key}", f"is not a property; {arguments.__name__} has none of that name"


def _value_failures(expected: Any, value: Any, path: str) -> Failures:
    if value == UNKNOWN:
        return
    expected = unwrapped(expected)
    kind = typing.get_origin(expected) or expected
    if kind in (typing.Union, Any) or not inspect.isclass(kind):
        # Several kinds are taken, such as a policy document as text or as an object; or a choice of
        # texts, which the type checker sees to.
        return
    if sdk_types.is_input_type(kind):
        if isinstance(value, Mapping):
            yield from _object_failures(kind, value, f"{path}.")
        else:
            yield path, f"must be an object, got {value!r}"
    elif issubclass(kind, (Mapping, Sequence)) and not issubclass(kind, str):
        yield from _container_failures(kind, (typing.get_args(expected) or (Any,))[-1], value, path)
    elif not _is_scalar(kind, value):
        yield path, f"must be {kind.__name__}, got {value!r}"


def _container_failures(kind: type, expected: Any, value: Any, path: str) -> Failures:
    if issubclass(kind, Mapping) and isinstance(value, Mapping):
        items = ((f"{path}.{key}", item) for key, item in value.items())
    elif not issubclass(kind, Mapping) and isinstance(value, list):
        items = ((f"{path}[{index}]", item) for index, item in enumerate(value))
    else:
        yield path, f"must be a {kind.__name__.lower()}, got {value!r}"
        return
    for place, item in items:
        yield from _value_failures(expected, item, place)


def unwrapped(annotation: Any) -> Any:
    """Returns the type that ``Input[...]`` and ``Optional[...]`` wrap."""
    while typing.get_origin(annotation) is typing.Union:
        members = [
            member
            for member in typing.get_args(annotation)
            if member is not type(None)
            and getattr(typing.get_origin(member) or member, "__name__", "")
            not in {"Awaitable", "Output"}
        ]
        if len(members) != 1:
            return typing.Union[tuple(members)]  # noqa: UP007  the members are not known here
        annotation = members[0]
    return annotation


def _is_scalar(expected: type, value: Any) -> bool:
    if issubclass(expected, Enum):
        return value in {member.value for member in expected}
    if expected is bool or isinstance(value, bool):
        return expected is bool and isinstance(value, bool)
    if expected is float:
        return isinstance(value, (int, float))
    if expected is str and isinstance(value, Reference):
        return True
    if expected in (str, int):
        return isinstance(value, expected)
    # Assets, resources and the like, which these programs do not use.
    return True
