"""Kubernetes objects: pods, whatever makes them, namespaces, and which objects name each other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_policy.proxy import UnknownValueError

from deployment.resource import Resource
from deployment.types import CRON_JOB, NAMESPACE, POD

from .catalogue import Subject
from .graph import Graph
from .reading import Path, items, read
from .unknown import NotCheckedError


def template(resource: Resource) -> Mapping[str, Any]:
    """Returns metadata and spec of a workload's pods."""
    if resource.type == POD:
        return resource.properties
    of_a_job = "spec.jobTemplate." if resource.type == CRON_JOB else ""
    return read(resource.properties, f"{of_a_job}spec.template", {})


def pod(resource: Resource) -> Mapping[str, Any]:
    """Returns the spec of a workload's pods."""
    return read(template(resource), "spec", {})


def containers(resource: Resource) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yields the containers of a workload by name, those that run first included."""
    for key in ("initContainers", "containers"):
        for container in items(pod(resource), key):
            yield read(container, "name"), container


def namespace(resource: Resource) -> str:
    """Returns the namespace of an object."""
    return read(resource.properties, "metadata.namespace", "default")


def name(resource: Resource) -> str:
    """Returns the name of an object in Kubernetes."""
    return read(resource.properties, "metadata.name", "")


def namespaces(graph: Graph, resource: Resource) -> list[Resource]:
    """Returns the namespace that an object is in, if it is a resource of the stack.

    :raises UnknownValueError: where neither its name nor a dependency tells.
    """
    try:
        own = namespace(resource)
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
        raise NotCheckedError(f"the namespace of {resource}, or of others, has no name yet")
    return groups.get(home, [])


def selecting(subject: Subject, token: str, selector: str) -> list[Resource]:
    """Returns the objects of a type whose selector, at a path, selects the pods of a workload."""
    labels = read(template(subject.resource), "metadata.labels", {})
    return [
        other
        for other in neighbours(subject.graph, subject.resource, token)
        if read(other.properties, selector, {}).items() <= labels.items()
    ]


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
    return value is not None and value == name(target)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """A namespace by its name, or by its resource, whose name is given to it later."""

    name: str = ""
    urn: str = ""
    is_name_unknown: bool = False


def _place(graph: Graph, resource: Resource) -> _Place:
    homes = namespaces(graph, resource)
    if not homes:
        return _Place(name=namespace(resource))
    try:
        own_name = name(homes[0])
    except UnknownValueError:
        return _Place(urn=homes[0].urn, is_name_unknown=True)
    # A namespace whose name the provider makes is no other that has a name.
    return _Place(name=own_name) if own_name else _Place(urn=homes[0].urn)
