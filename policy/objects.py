"""Kubernetes objects: pods, whatever makes them, namespaces, and which objects name each other."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from pulumi_policy.proxy import UnknownValueError

from deployment.resource import Resource
from deployment.types import CRON_JOB, NAMESPACE, POD

from .catalogue import Subject
from .graph import Graph, once
from .label_selectors import selects
from .reading import Path, keys, labels, mapping, mappings, text
from .unknown import NotCheckedError, UnreadableError

# Objects, with their places among all, by what is said in them.
_Index = Mapping[Any, list[tuple[int, Resource]]]
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
    return graph.keyed(resource, own, NAMESPACE)


def neighbours(graph: Graph, resource: Resource, token: str) -> list[Resource]:
    """Returns the objects of a type that are in the same namespace as another object.

    :raises UnknownValueError: where nobody can say it of one of them.
    """
    home, groups = place(graph, resource), graph.grouped(token, place)
    if (home.is_name_unknown or _is_one_unknown(graph, token)) and groups.keys() - {home}:
        raise NotCheckedError(f"the namespace of {resource}, or of others, has no name yet")
    return groups.get(home, [])


@once
def _is_one_unknown(graph: Graph, token: str) -> bool:
    return any(home.is_name_unknown for home in graph.grouped(token, place))


def selecting(
    subject: Subject, token: str, selector: Path, holds: Selects = selects
) -> list[Resource]:
    """Returns the objects of a type whose selector, at a path, selects the pods of a workload."""
    graph, of_pods = subject.graph, frozenset(pod_labels(subject.resource).items())
    if not neighbours(graph, subject.resource, token):
        return []
    home = place(graph, subject.resource)
    return _selecting(graph, token, selector, holds, home=home, of_pods=of_pods)


@once
def _selecting(
    graph: Graph,
    token: str,
    selector: Path,
    holds: Selects,
    *,
    home: "Place",
    of_pods: frozenset[tuple[str, str]],
) -> list[Resource]:
    wanted = (*keys(selector), "matchLabels") if holds is selects else keys(selector)
    by_pair = _by_pair(graph, token, wanted, home)
    return [
        other
        for other in _in_order(by_pair, (None, *of_pods))
        if holds(other.properties, selector, dict(of_pods))
    ]


def naming(graph: Graph, target: Resource, token: str, path: Path) -> list[Resource]:
    """Returns the objects of a type that name an object of their namespace at a path."""
    found = neighbours(graph, target, token)
    with suppress(UnknownValueError):
        by_text = _by_text(graph, token, path, place(graph, target)) if found else {}
        found = _in_order(by_text, (None, name(target)))
    return [other for other in found if names(graph, other, path, target)]


def named(
    graph: Graph,
    resource: Resource,
    path: Path,
    token: str,
    *,
    within: Mapping[str, Any] | None = None,
    anywhere: bool = False,
) -> list[Resource]:
    """Returns the objects of a type that an object names, as :func:`names` has it.

    :param anywhere: whether they are in no namespace.
    """
    found = graph.of(token) if anywhere else neighbours(graph, resource, token)
    if not found:
        return []
    home = resource.provider if anywhere else place(graph, resource)
    try:
        value = text(resource.properties if within is None else within, path)
        found = _in_order(_by_text(graph, token, "metadata.name", home), (None, value))
    except UnreadableError:
        raise
    except UnknownValueError:
        # Dependencies may tell.
        pass
    return [other for other in found if names(graph, resource, path, other, within=within)]


@once
def _by_text(graph: Graph, token: str, path: Path, home: "Place | str") -> _Index:
    """Returns objects by the text at a path, under nothing those of which it is not known.

    :param home: their namespace, or for those in none the provider of their cluster.
    """
    found: dict[Any, list[tuple[int, Resource]]] = defaultdict(list)
    if isinstance(home, Place):
        objects = graph.grouped(token, place)[home]
    else:
        objects = graph.grouped(token, _provider).get(home) or graph.of(token)
    for entry in enumerate(objects):
        try:
            found[text(entry[1].properties, path)].append(entry)
        except UnknownValueError:
            found[None].append(entry)
    return found


def _provider(_: Graph, resource: Resource) -> str:
    return resource.provider


@once
def _by_pair(graph: Graph, token: str, path: Path, home: "Place") -> _Index:
    """Returns objects by the rarest label that each wants, under nothing those that want none."""
    objects = graph.grouped(token, place)[home]
    wanted = [labels(other.properties, path).items() for other in objects]
    counts = Counter(pair for pairs in wanted for pair in pairs)
    found: dict[Any, list[tuple[int, Resource]]] = defaultdict(list)
    for entry, pairs in zip(enumerate(objects), wanted, strict=True):
        found[min(pairs, key=counts.__getitem__, default=None)].append(entry)
    return found


def _in_order(index: _Index, wanted: Iterable[Any]) -> list[Resource]:
    entries = (entry for key in dict.fromkeys(wanted) for entry in index.get(key, ()))
    return [resource for _, resource in sorted(entries, key=itemgetter(0))]


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
class Place:
    """A namespace by its name, or by its resource, whose name is given to it later.

    :param cluster: its provider, where several clusters have one of that name.
    """

    name: str = ""
    cluster: str = ""
    urn: str = ""
    is_name_unknown: bool = False


@once
def place(graph: Graph, resource: Resource) -> Place:
    """Returns the namespace of an object."""
    homes = namespaces(graph, resource)
    if not homes:
        return Place(name=namespace(resource))
    try:
        own_name = name(homes[0])
    except UnknownValueError:
        return Place(urn=homes[0].urn, is_name_unknown=True)
    # A namespace whose name the provider makes is no other that has a name.
    if not own_name:
        return Place(urn=homes[0].urn)
    is_of_several = graph.is_of_several(own_name, NAMESPACE)
    return Place(name=own_name, cluster=homes[0].provider if is_of_several else "")
