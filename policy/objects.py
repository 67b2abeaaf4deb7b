"""Kubernetes objects: pods, whatever makes them, namespaces, and which objects name each other."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_policy.proxy import UnknownValueError

from deployment.resource import Resource
from deployment.types import CRON_JOB, NAMESPACE, POD

from .catalogue import Subject
from .graph import Graph
from .label_selectors import selects
from .reading import Path, labels, mapping, mappings, text
from .unknown import NotCheckedError, UnreadableError

# Whether a selector at a path of an object selects what has some labels.
Selects = Callable[[Any, Path, Mapping[str, str]], bool]


def template(resource: Resource) -> Mapping[str, Any]:
    """Returns metadata and spec of a workload's pods."""
    if resource.type == POD:
        return resource.properties
    of_a_job = "spec.jobTemplate." if resource.type == CRON_JOB else ""
    return mapping(resource.properties, f"{of_a_job}spec.template")


def pod(resource: Resource) -> Mapping[str, Any]:
    """Returns the spec of a workload's pods."""
    return mapping(template(resource), "spec")


def pod_labels(resource: Resource) -> dict[str, str]:
    """Returns the labels of a workload's pods."""
    return labels(template(resource), "metadata.labels")


def containers(
    resource: Resource, *, first: bool = True
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yields the containers of a workload by name.

    :param first: whether those that run first are among them.
    """
    for key in ("initContainers", "containers") if first else ("containers",):
        for container in mappings(pod(resource), key):
            yield text(container, "name"), container


def is_windows(spec: Mapping[str, Any]) -> bool:
    """Returns whether pods are for Windows, where most of a security context has no meaning."""
    system = text(spec, "os.name") or text(spec, ("nodeSelector", "kubernetes.io/os"))
    return system == "windows"


def namespace(resource: Resource) -> str:
    """Returns the namespace of an object."""
    return text(resource.properties, "metadata.namespace", "default")


def name(resource: Resource) -> str:
    """Returns the name of an object in Kubernetes."""
    return text(resource.properties, "metadata.name")


def namespaces(graph: Graph, resource: Resource) -> list[Resource]:
    """Returns the namespace that an object is in, if it is a resource of the stack.

    :raises UnknownValueError: where neither its name nor a dependency tells.
    """
    try:
        own = namespace(resource)
    except UnreadableError:
        raise
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


def selecting(
    subject: Subject, token: str, selector: Path, holds: Selects = selects
) -> list[Resource]:
    """Returns the objects of a type whose selector, at a path, selects the pods of a workload."""
    of_pods = pod_labels(subject.resource)
    return [
        other
        for other in neighbours(subject.graph, subject.resource, token)
        if holds(other.properties, selector, of_pods)
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
        value = text(resource.properties if within is None else within, path)
    except UnreadableError:
        raise
    except UnknownValueError as error:
        several = within is not None
        return target in graph.origins(resource, "spec", target.type, error, several=several)
    return bool(value) and value == name(target)


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
