"""Where Kubernetes objects are, and which of them name each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_policy.proxy import UnknownValueError

from deployment.resource import Resource
from deployment.types import NAMESPACE

from .graph import Graph
from .pods import name, namespace
from .reading import Path, read
from .unseen import NotCheckedError


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A namespace by its name, or by its resource, whose name is given to it later."""

    name: str = ""
    urn: str = ""
    is_name_unknown: bool = False


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
    home, groups = _place(graph, resource), graph.grouped(token, _place)
    others = groups.keys() - {home}
    if others and any(place.is_name_unknown for place in (home, *groups)):
        message = f"the namespace of {resource}, or of others, has no name yet"
        raise NotCheckedError(message)
    return groups.get(home, [])


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


def _place(graph: Graph, resource: Resource) -> Place:
    homes = namespaces(graph, resource)
    if not homes:
        return Place(name=namespace(resource.properties))
    try:
        own_name = name(homes[0].properties)
    except UnknownValueError:
        return Place(urn=homes[0].urn, is_name_unknown=True)
    # A namespace whose name the provider makes is no other that has a name.
    return Place(name=own_name) if own_name else Place(urn=homes[0].urn)
