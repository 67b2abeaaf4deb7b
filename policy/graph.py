"""The resources of a stack and what they say of each other."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from pulumi_policy.proxy import UnknownValueError

from deployment.deployment import Deployment, Node
from deployment.resource import Resource
from deployment.types import (
    CLUSTER,
    CONFIG_MAP,
    DEPLOYMENT,
    GATEWAY,
    INSTANCE_PROFILE,
    LAUNCH_CONFIGURATION,
    LAUNCH_TEMPLATE,
    LISTENER,
    NAMESPACE,
    RELEASE,
    ROLE,
    SERVICE,
    TARGET_GROUP,
    VPC,
)

from .messages import as_shown, secrets_of
from .reading import Path, keys, text, texts
from .spelling import unread
from .unknown import NotCheckedError, OutsideError, UnreadableError, why

P = ParamSpec("P")
T = TypeVar("T")

# What other resources name a resource by; all others by their ID.
_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys((CLUSTER, INSTANCE_PROFILE, ROLE), ("id", "arn", "name")),
    **dict.fromkeys((LAUNCH_CONFIGURATION, LAUNCH_TEMPLATE), ("id", "name")),
    **dict.fromkeys((LISTENER, TARGET_GROUP), ("id", "arn")),
    # What is said of its main route table is said of the VPC.
    VPC: ("id", "mainRouteTableId", "defaultRouteTableId"),
    **dict.fromkeys((CONFIG_MAP, DEPLOYMENT, GATEWAY, NAMESPACE, SERVICE), ("metadata.name",)),
}
# What tells one object of a cluster from another of its kind, and one release of a chart.
_OF_OBJECTS: Final = ("metadata.namespace", "metadata.name")
_OF_RELEASES: Final = ("namespace", "name")
# What resources of a type are grouped by.
Key = Callable[["Graph", Resource], Any]
# Who names what of a type, by URN, and why it cannot be said of all.
_Users = tuple[Mapping[str, list[Resource]], UnknownValueError | None]


def once(function: Callable[Concatenate["Graph", P], T]) -> Callable[Concatenate["Graph", P], T]:
    """Has a function work out each answer once a graph, and what cannot be said as well.

    So rules cost no more than the graph's size.
    """

    @wraps(function)
    def answer(graph: "Graph", *arguments: P.args, **keywords: P.kwargs) -> T:
        key = (function, *map(_key, arguments), *keywords.items())
        if key not in graph.answers:
            try:
                graph.answers[key] = function(graph, *arguments, **keywords), None
            except UnknownValueError as error:
                graph.answers[key] = None, error
        found, unknown = graph.answers[key]
        if unknown:
            raise unknown.with_traceback(None)
        return found

    return answer


def _key(argument: object) -> object:
    return argument.urn if isinstance(argument, Resource) else argument


class Graph(Deployment):
    """A deployment as rules see it: some values may be unknown.

    Before a deployment IDs and names are unknown, and the dependencies of properties tell what a
    property names. A dependency on a component of another package is all that the engine knows of
    it, and stands for what is in the component.

    Two resources may be one thing in the cloud, as are one that makes it and one that reads it:
    each is judged, and what others name is the first of them.
    """

    def __init__(self, resources: Iterable[Resource] = ()) -> None:
        super().__init__(resources)
        self.answers: dict[Any, tuple[Any, UnknownValueError | None]] = {}

    @once
    def of(self, token: str) -> list[Resource]:
        """Returns the resources of a type by name; of those that are one thing the first one."""
        return [same[0] for same in self._things(token).values()]

    @once
    def same(self, resource: Resource) -> list[Resource]:
        """Returns all resources that are one thing in the cloud with a resource."""
        return self._things(resource.type).get(_thing(resource), [resource])

    def waits_for(self, later: Resource, earlier: Resource) -> bool:
        """Returns whether there is a path of dependencies from one to the other."""
        return later.urn in self._later_than(self.same(earlier)[0])

    def named(
        self, resource: Resource, path: Path, token: str, *, several: bool = False
    ) -> list[Resource]:
        """Returns the resources of a type that a property names by ID, ARN or name.

        :param several: whether the property may name more than one.
        :raises OutsideError: for a value that names nothing in the stack.
        :raises UnknownValueError: where neither values nor dependencies tell.
        """
        key = keys(path)[0]
        try:
            # Of what is not there, AWS says an empty text.
            values = [value for value in texts(resource.properties, path) if value]
        except UnreadableError:
            raise
        except UnknownValueError as error:
            return self.origins(resource, key, token, error, several=several)
        matches = [self._matches(resource, value, token) for value in values]
        if all(matches):
            return [found for of_value in matches for found in of_value]
        value = next(value for value, found in zip(values, matches, strict=True) if not found)
        # Here it is known whose value it is; the message may be about another resource.
        shown = as_shown(value, secrets_of(resource))
        missing = OutsideError(f"{keys(path)[-1]} names {shown}, which is not part of the stack")
        if any(matches):
            raise missing
        # Not each provider tells the IDs of its resources.
        origins = self.origins(resource, key, token, missing, several=several)
        if unidentified := [origin for origin in origins if not all(_identifiers(origin))]:
            return unidentified
        raise missing

    def users(self, target: Resource, token: str, path: Path) -> list[Resource]:
        """Returns the resources of a type whose property names the target.

        :raises UnknownValueError: where nobody can say of one whether it does.
        """
        by_target, unknown = self._users_of(token, path, target.type)
        if unknown:
            raise unknown
        return by_target.get(self.same(target)[0].urn, [])

    def origins(
        self,
        resource: Resource,
        key: str,
        token: str,
        unknown: UnknownValueError,
        *,
        several: bool = False,
    ) -> list[Resource]:
        """Returns the resources of a type that a property comes from.

        :param unknown: why the property itself does not tell, raised where no dependency does.
        :param several: whether the property may come from more than one.
        """
        urns = sorted(resource.property_dependencies.get(key, ()))
        found = [self.by_urn[urn] for urn in urns if urn in self.by_urn]
        of_type = [other for other in found if other.type == token]
        if not of_type:
            # Of several in a component nobody can say which it is.
            several = False
            inner = [child for other in found if other.is_component for child in self.inside(other)]
            of_type = [other for other in inner if other.type == token]
        if not of_type:
            raise unknown
        if len(of_type) > 1 and not several:
            raise NotCheckedError(f"{key} comes from one of {', '.join(map(str, of_type))}")
        return of_type

    def keyed(self, resource: Resource, value: str, token: str) -> list[Resource]:
        """Returns the resources of a type that a value of a resource names.

        In another region, account or cluster, there may be others of that name: one is named that
        has the same provider, if there is one.
        """
        by_provider = self._by_key(token).get(value, {})
        return by_provider.get(resource.provider) or next(iter(by_provider.values()), [])

    def is_of_several(self, value: str, token: str) -> bool:
        """Returns whether resources of several providers have a name."""
        return len(self._by_key(token).get(value, {})) > 1

    def _matches(self, resource: Resource, value: str, token: str) -> list[Resource]:
        # Before there is an ID, the engine hands over the URN in its place.
        by_urn = self.by_urn.get(value)
        return [by_urn] if by_urn and by_urn.type == token else self.keyed(resource, value, token)

    @once
    def grouped(self, token: str, key: Key) -> Mapping[Any, list[Resource]]:
        """Returns the resources of a type by what a function says of them."""
        groups: dict[Any, list[Resource]] = defaultdict(list)
        for resource in self.of(token):
            groups[key(self, resource)].append(resource)
        return groups

    @once
    def _users_of(self, token: str, path: Path, target: str) -> _Users:
        users: dict[str, list[Resource]] = defaultdict(list)
        unknown: UnknownValueError | None = None
        if others := [other for other in self if unread(other.type) == token]:
            unknown = UnreadableError(f"{others[0]} is of the type {others[0].type}")
        for resource in self.of(token):
            try:
                for used in self.named(resource, path, target, several=True):
                    users[used.urn].append(resource)
            except OutsideError:
                continue
            except UnknownValueError as error:
                unknown = NotCheckedError(f"{resource}: {error.message}")
                unknown.why = why(error)
        return users, unknown

    @once
    def _things(self, token: str) -> Mapping[tuple[str, ...], list[Resource]]:
        things: dict[tuple[str, ...], list[Resource]] = defaultdict(list)
        for resource in super().of(token):
            things[_thing(resource)].append(resource)
        return things

    @once
    def _later_than(self, earlier: Resource) -> frozenset[Node]:
        first, *others = (self.later_than(one.urn) for one in self.same(earlier))
        return first.union(*others) if others else first

    @once
    def _by_key(self, token: str) -> Mapping[str, Mapping[str, list[Resource]]]:
        """Returns the resources of a type by what others name them by, and by their provider."""
        found: dict[str, dict[str, list[Resource]]] = defaultdict(lambda: defaultdict(list))
        for resource in self.of(token):
            for value in set(_identifiers(resource)) - {""}:
                found[value][resource.provider].append(resource)
        return found


def _identifiers(resource: Resource) -> Iterator[str]:
    """Yields what a resource may be named by; an empty text for what is not known."""
    for key in _KEYS.get(resource.type, ("id",)):
        try:
            yield text(resource.properties, key)
        except UnknownValueError:
            yield ""


def _thing(resource: Resource) -> tuple[str, ...]:
    """Returns what a resource is in the cloud; one that cannot be told is a thing of its own."""
    is_object = resource.type.startswith("kubernetes:")
    paths = _OF_RELEASES if resource.type == RELEASE else _OF_OBJECTS if is_object else ("id",)
    try:
        found = [text(resource.properties, path) for path in paths]
    except UnknownValueError:
        found = [""]
    return (resource.provider, *found) if found[-1] else (resource.urn,)
