"""Kinds of edges: what carries data, and which edges differ only by a zone or a name."""

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, Final

from deployment.properties import plain_map
from deployment.resource import Resource
from deployment.types import NAMESPACE

from .graph import Edge, Graph

# https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html
_ZONE: Final = re.compile(r"\b[a-z]{2}(?:-[a-z]+)+-\d[a-z]\b")
_BLOCK: Final = re.compile(r"\d+\.\d+\.\d+\.\d+-\d+")
_ADMIN: Final = re.compile(r"admin-\d{12}-.+")
_ACCESS: Final = re.compile(r"access-\d{12}-.+?(-(view|edit|admin))?$")
_TEAMS: Final = "eks-platform:teams:Teams"
# The parts of a stack that its file names, and what stands for their names.
_NAMED: Final[Mapping[str, str]] = {
    "eks-platform:nodes:NodeGroup": "nodes-<group>",
    "eks-platform:sample_app:SampleApp": "<app>",
    "eks-platform:container_app:ContainerApp": "<app>",
    "eks-platform:wordpress:WordPress": "<app>",
}


class Sort(Enum):
    """What an edge is for."""

    DATA = "data"
    IMPLIED = "implied"
    ORDERING = "ordering"


def sort_of(graph: Graph, edge: Edge) -> Sort:
    """Returns what an edge is for.

    It carries data where an input of the later resource holds what only the earlier one's creation
    makes known: an ID, an ARN, a name that the provider gave. A name that the program chose itself
    is none: the later resource could be asked for before the earlier one is there.
    """
    later, earlier = graph.resources[edge.later], graph.resources[edge.earlier]
    inputs = plain_map(later.inputs)
    depending = [
        inputs.get(key) for key, urns in later.property_dependencies.items() if edge.earlier in urns
    ]
    texts = list(_texts(depending))
    if edge.earlier in texts or any(value in text for value in _made(earlier) for text in texts):
        return Sort.DATA
    return Sort.IMPLIED if graph.is_implied(edge) else Sort.ORDERING


def kinds(graph: Graph) -> Mapping[str, Sequence[Edge]]:
    """Returns the ordering edges by what they say with all names of places left out."""
    found: dict[str, list[Edge]] = {}
    for edge in sorted(graph.edges):
        if sort_of(graph, edge) is Sort.ORDERING:
            found.setdefault(kind_of(graph, edge), []).append(edge)
    return found


def kind_of(graph: Graph, edge: Edge) -> str:
    """Returns what an edge says, such as ``NodeGroup nodes-<group> after Addon vpc-cni``."""
    names = {
        found.name: general
        for found in graph.resources.values()
        if (general := _NAMED.get(found.type))
    }
    for found in graph.resources.values():
        above = graph.resources.get(found.parent)
        if found.type == NAMESPACE and above and above.type == _TEAMS:
            names[found.name] = "teams-<namespace>"
    later, earlier = graph.resources[edge.later], graph.resources[edge.earlier]
    if earlier.type == NAMESPACE and later.type.startswith("kubernetes:"):
        home = (plain_map(later.inputs).get("metadata") or {}).get("namespace")
        if home == (plain_map(earlier.inputs).get("metadata") or {}).get("name"):
            return f"{later.short_type} after its Namespace"
    zones = [match.group() if (match := _ZONE.search(end.name)) else "" for end in (later, earlier)]
    is_other = all(zones) and zones[0] != zones[1]
    return (
        f"{_general(later, names, '<zone>')} after "
        f"{_general(earlier, names, '<other zone>' if is_other else '<zone>')}"
    )


def _general(resource: Resource, names: Mapping[str, str], zone: str) -> str:
    name = _ADMIN.sub("<admin>", _BLOCK.sub("<block>", _ZONE.sub(zone, resource.name)))
    name = _ACCESS.sub("access-<principal>", name)
    # The longest one first: one name may begin with another.
    for known in sorted(names, key=len, reverse=True):
        if name == known or name.startswith(f"{known}-"):
            name = names[known] + name.removeprefix(known)
            break
    return f"{resource.short_type} {name}"


def _made(resource: Resource) -> set[str]:
    """Returns what a resource's creation makes known."""
    given_name = re.compile(rf"{re.escape(resource.name)}-[0-9a-f]{{7}}")
    chosen = {text for text in _texts(plain_map(resource.inputs)) if not given_name.fullmatch(text)}
    computed = set(_texts(plain_map(resource.outputs))) - chosen
    if resource.id.rsplit("/", maxsplit=1)[-1] not in chosen:
        computed.add(resource.id)
    return computed - {""}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value
