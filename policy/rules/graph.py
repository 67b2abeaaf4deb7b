"""The resources of a stack and what they say of each other."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from pulumi_policy.proxy import UnknownValueError

from .reading import Path, items, keys, read
from .types import ROLE
from .unseen import NotCheckedError

# What other resources name a resource by: roles by three, all others by their ID.
_KEYS: Final = {ROLE: ("id", "arn", "name")}


# What resources are looked up by.
Key = Callable[[Mapping[str, Any]], Hashable]


@dataclass(frozen=True, kw_only=True, slots=True)
class Resource:
    """A resource of a stack.

    :param properties: its inputs where it is looked at by itself, its outputs as part of a graph.
    :param dependencies: URNs of all resources that it waits for.
    :param property_dependencies: URNs of what each property comes from.
    """

    urn: str
    type: str
    properties: Mapping[str, Any]
    dependencies: frozenset[str] = frozenset()
    property_dependencies: Mapping[str, frozenset[str]] = field(
        default_factory=dict[str, frozenset[str]]
    )

    @property
    def name(self) -> str:
        """The logical name, the last part of the URN."""
        return self.urn.rsplit("::", maxsplit=1)[-1]

    def __str__(self) -> str:
        return self.name


class Graph:
    """The resources of a stack and the order among them."""

    def __init__(self, resources: Iterable[Resource] = ()) -> None:
        self._by_urn = {resource.urn: resource for resource in resources}
        self._by_type: dict[str, list[Resource]] = defaultdict(list)
        self._waiting: dict[str, list[str]] = defaultdict(list)
        for resource in self._by_urn.values():
            self._by_type[resource.type].append(resource)
            for urn in resource.dependencies:
                self._waiting[urn].append(resource.urn)
        # Each answer is worked out once a graph, so that rules cost no more than the graph's size.
        self.followers: Callable[[str], frozenset[str]] = cache(self._followers)
        self.by_key: Callable[[str], Mapping[str, Resource]] = cache(self._by_key)
        self._by: Callable[[str, Key], Mapping[Hashable, list[Resource]]] = cache(self._grouped)
        self._uses: Callable[[str, Path, str], Mapping[str, list[Resource]]] = cache(self._uses_of)

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._by_urn.values())

    def of(self, token: str) -> list[Resource]:
        """Returns the resources of a type."""
        return self._by_type.get(token, [])

    def by(self, token: str, key: Key, value: Hashable) -> list[Resource]:
        """Returns the resources of a type that have a value for a key."""
        return self._by(token, key).get(value, [])

    def waits_for(self, later: Resource, earlier: Resource) -> bool:
        """Returns whether there is a path of dependencies from one to the other."""
        return later.urn in self.followers(earlier.urn)

    def named(self, resource: Resource, path: Path, token: str) -> list[Resource]:
        """Returns the resources of a type that a property names by ID, ARN or name.

        Before a deployment such values are unknown, and the property's dependencies tell.

        :raises NotCheckedError: for a value that names nothing in the stack.
        """
        try:
            # Of what is not there, AWS says an empty text.
            values = [value for value in items(resource.properties, path) if value != ""]
        except UnknownValueError:
            urns = resource.property_dependencies.get(keys(path)[0], ())
            found = [self._by_urn[urn] for urn in sorted(urns) if urn in self._by_urn]
            of_type = [other for other in found if other.type == token]
            if not of_type:
                raise
            return of_type
        known = self.by_key(token)
        for value in values:
            if value not in known:
                message = f"{keys(path)[-1]} names {value}, which is not part of the stack"
                raise NotCheckedError(message)
        return [known[value] for value in values]

    def users(self, target: Resource, token: str, path: Path) -> list[Resource]:
        """Returns the resources of a type whose property names the target."""
        return self._uses(token, path, target.type).get(target.urn, [])

    def _grouped(self, token: str, key: Key) -> Mapping[Hashable, list[Resource]]:
        groups: dict[Hashable, list[Resource]] = defaultdict(list)
        for resource in self.of(token):
            groups[key(resource.properties)].append(resource)
        return groups

    def _uses_of(self, token: str, path: Path, target: str) -> Mapping[str, list[Resource]]:
        users: dict[str, list[Resource]] = defaultdict(list)
        for resource in self.of(token):
            try:
                named = self.named(resource, path, target)
            except NotCheckedError:
                # It uses what is not part of the stack; of an unknown value nobody can say.
                continue
            for used in named:
                users[used.urn].append(resource)
        return users

    def _by_key(self, token: str) -> Mapping[str, Resource]:
        found: dict[str, Resource] = {}
        for resource in self.of(token):
            for key in _KEYS.get(token, ("id",)):
                try:
                    value = read(resource.properties, key)
                except UnknownValueError:
                    continue
                if value:
                    found[value] = resource
        return found

    def _followers(self, urn: str) -> frozenset[str]:
        found: set[str] = set()
        pending = [urn]
        while pending:
            for follower in self._waiting.get(pending.pop(), ()):
                if follower not in found:
                    found.add(follower)
                    pending.append(follower)
        return frozenset(found)
