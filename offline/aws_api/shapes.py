"""Where each property of a resource goes in AWS's API, and what the API's model says of it."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from botocore.loaders import Loader
from botocore.model import ServiceModel

from .calls import CALLS, Calls

# The members of a list's entries that make a map of it, in the services used here.
_PAIRS: Final = (("Key", "Value"), ("TagKey", "TagValue"))

# Shapes are botocore's, which has no types: ``type_name``, ``metadata`` with the limits,
# ``members`` of a structure, ``member`` of a list, ``key`` and ``value`` of a map.


@cache
def operation_input(service: str, operation: str) -> Any:
    """Returns the shape of an operation's input."""
    return _service(service).operation_model(operation).input_shape


def shape_of(token: str, path: str, parent: Any = None) -> Any:
    """Returns the shape that a property is sent as, or ``None`` where no call carries it.

    :param path: the property's path by names alone, such as ``vpcConfig.subnetIds``.
    :param parent: the shape that what holds the property is sent as; ``None``: a call's input.
    """
    calls = CALLS[token]
    operation, _, target = calls.renamed.get(path, path.rpartition(".")[2]).rpartition(":")
    if operation:
        roots = iter((operation_input(calls.service, operation),))
    else:
        roots = iter((parent,)) if parent else _roots(calls)
    for root in roots:
        found = root
        for name in filter(None, target.split(".")):
            found = _member(found, name)
        if found is not None:
            return found
    return None


def pair_of(shape: Any) -> tuple[Any, Any] | None:
    """Returns the shapes of keys and values of what is a map for Pulumi, in either form."""
    if shape.type_name == "map":
        return shape.key, shape.value
    entry = entry_of(shape)
    if entry.type_name == "structure":
        for key, value in _PAIRS:
            if {key, value} == entry.members.keys():
                return entry.members[key], entry.members[value]
    return None


def entry_of(shape: Any) -> Any:
    """Returns the shape of a list's entries; of anything else, itself."""
    return entry_of(shape.member) if shape.type_name == "list" else shape


@cache
def _service(name: str) -> Any:
    return ServiceModel(Loader().load_service_model(name, "service-2"), name)


def _roots(calls: Calls) -> Iterator[Any]:
    for operation in calls.operations:
        name, _, member = operation.partition(":")
        root = operation_input(calls.service, name)
        yield _member(root, member) if member else root


def _member(shape: Any, name: str) -> Any:
    entry = entry_of(shape) if shape else None
    return _members(entry).get(_folded(name)) if entry else None


@cache
def _members(shape: Any) -> Mapping[str, Any]:
    if shape.type_name != "structure":
        return {}
    return {_folded(name): member for name, member in shape.members.items()}


def _folded(name: str) -> str:
    """Returns a name without its case and number, which Pulumi changes."""
    return name.lower().rstrip("s")
