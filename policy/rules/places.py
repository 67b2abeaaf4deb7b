"""Where Kubernetes objects are, and which of them name each other."""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

from pulumi_policy.proxy import UnknownValueError

from .graph import Graph, Resource
from .pods import name, namespace
from .reading import Path, read
from .types import NAMESPACE
from .unseen import NotCheckedError


class _By(Enum):
    """What a namespace is known by: its name, or its resource, whose name is given to it later."""

    NAME = auto()
    RESOURCE = auto()
    RESOURCE_OF_UNKNOWN_NAME = auto()


_Place = tuple[_By, str]


def namespaces(graph: Graph, resource: Resource) -> list[Resource]:
    """Returns the namespace that an object is in, if it is a resource of the stack.

    :raises UnknownValueError: where neither its name nor a dependency tells.
    """
    try:
        own = namespace(resource.properties)
    except UnknownValueError:
        return graph.named(resource, "metadata.namespace", NAMESPACE)
    return graph.by_key(NAMESPACE).get(own, [])


def neighbours(graph: Graph, resource: Resource, token: str) -> list[Resource]:
    """Returns the objects of a type that are in the same namespace as another object.

    :raises UnknownValueError: where nobody can say it of one of them.
    """
    home = _place(graph, resource)
    return [other for other in graph.of(token) if _is_same(home, _place(graph, other), other)]


def names(
    graph: Graph,
    resource: Resource,
    path: Path,
    target: Resource,
    *,
    within: Mapping[str, Any] | None = None,
) -> bool:
    """Returns whether the spec of an object names another one of the same namespace.

    :param within: an item of a list in the spec, which the path is of.
    :raises UnknownValueError: where neither the name nor a dependency tells.
    """
    try:
        value = read(resource.properties if within is None else within, path)
    except UnknownValueError as error:
        several = within is not None
        return target in graph.origins(resource, "spec", target.type, error, several=several)
    return value is not None and value == name(target.properties)


def _place(graph: Graph, resource: Resource) -> _Place:
    homes = namespaces(graph, resource)
    if not homes:
        return _By.NAME, namespace(resource.properties)
    try:
        own_name = name(homes[0].properties)
    except UnknownValueError:
        return _By.RESOURCE_OF_UNKNOWN_NAME, homes[0].urn
    return (_By.NAME, own_name) if own_name else (_By.RESOURCE, homes[0].urn)


def _is_same(one: _Place, other: _Place, resource: Resource) -> bool:
    if one != other and _By.RESOURCE_OF_UNKNOWN_NAME in {one[0], other[0]}:
        message = f"nobody can say in which namespace {resource} is"
        raise NotCheckedError(message)
    return one == other
