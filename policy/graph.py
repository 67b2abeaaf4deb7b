"""The resources of a stack and what they say of each other."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from pulumi_policy.proxy import UnknownValueError

from deployment.deployment import Deployment
from deployment.resource import Resource
from deployment.types import (
    CLUSTER,
    CONFIG_MAP,
    DEPLOYMENT,
    INSTANCE_PROFILE,
    LAUNCH_CONFIGURATION,
    LAUNCH_TEMPLATE,
    NAMESPACE,
    ROLE,
    SERVICE,
    VPC,
)

from .messages import as_shown
from .reading import Path, keys, text, texts
from .spelling import unread
from .unknown import NotCheckedError, OutsideError, UnreadableError, why

# What other resources name a resource by; all others by their ID.
_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys((CLUSTER, INSTANCE_PROFILE, ROLE), ("id", "arn", "name")),
    **dict.fromkeys((LAUNCH_CONFIGURATION, LAUNCH_TEMPLATE), ("id", "name")),
    # What is said of its main route table is said of the VPC.
    VPC: ("id", "mainRouteTableId", "defaultRouteTableId"),
    **dict.fromkeys((CONFIG_MAP, DEPLOYMENT, NAMESPACE, SERVICE), ("metadata.name",)),
}
# What resources of a type are grouped by.
Key = Callable[["Graph", Resource], Any]
# Who names what of a type, by URN, and why it cannot be said of all.
_Users = tuple[Mapping[str, list[Resource]], UnknownValueError | None]


class Graph(Deployment):
    """A deployment as rules see it: some values may be unknown.

    Before a deployment IDs and names are unknown, and the dependencies of properties tell what a
    property names. A dependency on a component of another package is all that the engine knows of
    it, and stands for what is in the component.
    """

    def __init__(self, resources: Iterable[Resource] = ()) -> None:
        super().__init__(resources)
        # Each answer is worked out once a graph, so that rules cost no more than the graph's size.
        self.by_key: Callable[[str], Mapping[str, list[Resource]]] = cache(self._by_key)
        self._users: Callable[[str, Path, str], _Users] = cache(self._users_of)
        self.grouped: Callable[[str, Key], Mapping[Any, list[Resource]]] = cache(self._grouped)

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
        matches = [self._matches(value, token) for value in values]
        if all(matches):
            return [found for of_value in matches for found in of_value]
        value = next(value for value, found in zip(values, matches, strict=True) if not found)
        # Here it is known whose value it is; the message may be about another resource.
        shown = as_shown(value, resource)
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
        by_target, unknown = self._users(token, path, target.type)
        if unknown:
            raise unknown
        return by_target.get(target.urn, [])

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

    def _matches(self, value: str, token: str) -> list[Resource]:
        # Before there is an ID, the engine hands over the URN in its place.
        by_urn = self.by_urn.get(value)
        return [by_urn] if by_urn and by_urn.type == token else self.by_key(token).get(value, [])

    def _grouped(self, token: str, key: Key) -> Mapping[Any, list[Resource]]:
        groups: dict[Any, list[Resource]] = defaultdict(list)
        for resource in self.of(token):
            groups[key(self, resource)].append(resource)
        return groups

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

    def _by_key(self, token: str) -> Mapping[str, list[Resource]]:
        found: dict[str, list[Resource]] = defaultdict(list)
        for resource in self.of(token):
            for value in set(_identifiers(resource)) - {""}:
                found[value].append(resource)
        return found


def _identifiers(resource: Resource) -> Iterator[str]:
    """Yields what a resource may be named by; an empty text for what is not known."""
    for key in _KEYS.get(resource.type, ("id",)):
        try:
            yield text(resource.properties, key)
        except UnknownValueError:
            yield ""
