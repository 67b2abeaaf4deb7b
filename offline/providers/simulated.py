"""What all simulated providers share: the life of a resource, as the engine asks for it."""

import hashlib
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pulumi
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import (
    CheckFailure,
    CheckRequest,
    CheckResponse,
    CreateRequest,
    CreateResponse,
    DeleteRequest,
    DiffRequest,
    DiffResponse,
    InvokeRequest,
    InvokeResponse,
    PropertyDiff,
    PropertyDiffKind,
    Provider,
    ReadRequest,
    ReadResponse,
    UpdateRequest,
    UpdateResponse,
)

from deployment.properties import UNKNOWN, plain, plain_map, property_map, property_value
from offline.changes import changes
from offline.cloud.client import AWS_RETRIES, Client, Retries

if TYPE_CHECKING:
    from offline.cloud.cloud import Cloud

Failures = Iterable[tuple[str, str]]
# Between a URN and the number of a later resource of the same URN.
_SERIAL: Final = "#"

T = TypeVar("T")


class NotSimulatedError(pulumi.RunError):
    """A resource type, function or option that the simulation does not know."""


class RefusedError(pulumi.RunError):
    """Inputs that the cloud would refuse; the message needs no traceback."""


def refuse(token: str, name: str, failures: Failures) -> None:
    """Raises :class:`RefusedError` where there are failures."""
    lines = "\n".join(f"  {path}: {reason}" for path, reason in failures)
    if lines:
        message = f"{token} {name} is refused:\n{lines}"
        raise RefusedError(message)


@dataclass(frozen=True, kw_only=True, slots=True)
class Creation:
    """What a simulated cloud answers to a create: the ID and the properties it computes."""

    id: str
    computed: Mapping[str, Any]


class SimulatedProvider(Provider):
    """A provider that checks inputs as a real one does and computes what a real one computes.

    Subclasses name what is wrong with inputs, what a create computes, and what a function returns;
    what they do not know is an error, never a default. A value that is not known yet stands in
    ``inputs`` as :data:`deployment.properties.UNKNOWN`, and nothing is said of it.

    :param cloud: what keeps resources and acts as the real cloud does; ``None``: nothing is kept.
    :cvar retries: how the provider asks again when the cloud throttles it.
    :cvar waits_again: whether an update that changes nothing, with which the engine goes on after
        a failed wait, waits again. The AWS provider does not: it reads the resource as it is
        (https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/eks/node_group.go,
        ``resourceNodeGroupUpdate``).
    """

    # The tokens of its functions.
    functions: tuple[str, ...] = ()
    retries: Retries = AWS_RETRIES
    waits_again: bool = False

    def __init__(self, cloud: "Cloud | None" = None) -> None:
        self.cloud = cloud
        self._client = Client(cloud, self.retries) if cloud else None

    @abstractmethod
    def failures(self, token: str, inputs: Mapping[str, Any]) -> Failures:
        """Yields property path and reason for each input that the cloud would refuse."""

    def names(
        self, token: str, urn: str, inputs: Mapping[str, Any], old: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Returns the inputs that a check adds: the names that a program leaves to the provider.

        :param old: the inputs of the resource before, which keeps its name.
        """
        _ = token, urn, inputs, old
        return {}

    def creation(self, token: str, urn: str, inputs: Mapping[str, Any]) -> Creation:
        """Returns what the cloud answers to a create."""
        message = f"{token} {urn}: this provider has no resources ({sorted(inputs)})"
        raise NotSimulatedError(message)

    def recomputed(
        self, token: str, old: Mapping[str, Any], inputs: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Returns what an update computes otherwise than a create would.

        :param old: all properties before.
        """
        _ = token, old, inputs
        return {}

    def result(self, token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Returns what a function returns."""
        message = f"{token}: this provider has no functions ({sorted(arguments)})"
        raise NotSimulatedError(message)

    async def check(self, request: CheckRequest) -> CheckResponse:
        """Checks the inputs of a resource and completes them with names."""
        token, inputs = token_of(request.type), plain_map(request.new_inputs)
        failures = [
            CheckFailure(property=path, reason=reason)
            for path, reason in self.failures(token, inputs)
        ]
        added: Mapping[str, Any] = {}
        if not failures:
            old = plain_map(request.old_inputs)
            added = self._first(
                request.urn,
                lambda urn: self.names(token, urn, inputs, old),
                lambda names: bool(old) or not (self.cloud and self.cloud.has(token, names)),
                lambda names: names,
            )
        return CheckResponse(inputs=_with_names(request.new_inputs, added), failures=failures)

    async def diff(self, request: DiffRequest) -> DiffResponse:
        """Returns what changes, and what of it needs another resource in the place of this one.

        ``old_state`` of the request holds the old inputs.
        """
        old, new = plain_map(request.old_state), plain_map(request.new_inputs)
        found = [
            change
            for change in changes(token_of(request.type), old, new)
            if change.key not in request.ignore_changes
        ]
        return DiffResponse(
            changes=bool(found),
            diffs=sorted({change.key for change in found}),
            replaces=sorted({change.key for change in found if change.replaces}),
            delete_before_replace=not self.is_auto_named(token_of(request.type), request.urn, new),
            detailed_diff={
                change.path: PropertyDiff(
                    kind=PropertyDiffKind[
                        f"{change.kind.name}_REPLACE" if change.replaces else change.kind.name
                    ],
                    input_diff=True,
                )
                for change in found
            },
        )

    def is_auto_named(self, token: str, urn: str, inputs: Mapping[str, Any]) -> bool:
        """Returns whether a second resource with the same inputs may exist beside the first."""
        _ = token, urn, inputs
        return True

    def takes_over(self, token: str) -> bool:
        """Returns whether a create of what is there already is a change of it."""
        _ = token
        return False

    async def create(self, request: CreateRequest) -> CreateResponse:
        """Creates a resource; secret inputs stay secret among its properties."""
        token, inputs = token_of(request.type), plain_map(request.properties)
        if request.preview:
            properties = self._previewed(token, request.urn, request.properties)
            return CreateResponse(resource_id="", properties=properties)
        takes_over = self.takes_over(token)
        creation = self._creation(
            token, request.urn, inputs, lambda made: takes_over or not self._exists(token, made)
        )
        properties = _properties(request.properties, creation.computed)
        if self._client:
            is_there = takes_over and self._exists(token, creation.id)
            make = self._client.update if is_there else self._client.create
            await make(token, request.urn, creation.id, inputs, plain_map(properties))
        return CreateResponse(resource_id=creation.id, properties=properties)

    async def update(self, request: UpdateRequest) -> UpdateResponse:
        """Changes a resource in place; ``olds`` of the request holds the old inputs."""
        token, inputs = token_of(request.type), plain_map(request.news)
        found = self.cloud.find(token, request.resource_id) if self.cloud else None
        old = dict(found.properties) if found else plain_map(request.olds)
        creation = self._creation(
            token, request.urn, inputs, lambda made: made == request.resource_id
        )
        computed = {**creation.computed, **self.recomputed(token, old, inputs)}
        if request.preview:
            given = {key: value for key, value in request.news.items() if value.value is not None}
            return UpdateResponse(properties=_with_unknown(given, computed, old))
        properties = _properties(request.news, computed)
        has_changes = changes(token, plain_map(request.olds), inputs)
        if self._client and (has_changes or self.waits_again):
            await self._client.update(
                token, request.urn, request.resource_id, inputs, plain_map(properties)
            )
        return UpdateResponse(properties=properties)

    async def read(self, request: ReadRequest) -> ReadResponse:
        """Returns the resource as it is now; of one that is not there, nothing."""
        if self._client:
            await self._client.read(request.urn)
        found = self.cloud.find(token_of(request.type), request.resource_id) if self.cloud else None
        if found is None:
            return ReadResponse()
        return ReadResponse(
            resource_id=request.resource_id,
            properties=property_map(found.properties),
            inputs=property_map(found.inputs),
        )

    async def delete(self, request: DeleteRequest) -> None:
        """Deletes a resource."""
        if self._client:
            await self._client.delete(token_of(request.type), request.urn, request.resource_id)

    async def invoke(self, request: InvokeRequest) -> InvokeResponse:
        """Calls a function."""
        try:
            returned = self.result(request.tok, plain_map(request.args))
        except InvokeRefusedError as error:
            return InvokeResponse(failures=[CheckFailure(property="", reason=str(error))])
        return InvokeResponse(return_value=property_map(returned))

    def _exists(self, token: str, identifier: str) -> bool:
        return bool(self.cloud and self.cloud.find(token, identifier))

    def _previewed(
        self, token: str, urn: str, inputs: Mapping[str, PropertyValue]
    ) -> dict[str, PropertyValue]:
        """Returns the properties as a preview knows them: what the cloud computes is unknown."""
        given = {key: value for key, value in inputs.items() if value.value is not None}
        return _with_unknown(given, self.creation(token, urn, plain_map(inputs)).computed)

    def _creation(
        self, token: str, urn: str, inputs: Mapping[str, Any], fits: Callable[[str], bool]
    ) -> Creation:
        return self._first(
            urn,
            lambda seed: self.creation(token, seed, inputs),
            lambda made: fits(made.id),
            lambda made: made.id,
        )

    @staticmethod
    def _first(
        urn: str,
        make: Callable[[str], T],
        fits: Callable[[T], bool],
        identity: Callable[[T], object],
    ) -> T:
        """Returns the first that fits of what is made for a URN, and for its later resources.

        What does not depend on the URN is the same each time, whether it fits or not.
        """
        made = make(urn)
        for number in count(1):
            if fits(made):
                break
            before, made = identity(made), make(f"{urn}{_SERIAL}{number}")
            if identity(made) == before:
                break
        return made


class InvokeRefusedError(Exception):
    """A function call that the cloud answers with an error."""


def _with_names(
    inputs: Mapping[str, PropertyValue], added: Mapping[str, Any]
) -> dict[str, PropertyValue]:
    """Returns the inputs with what is added to them, at every depth; secrets stay secret."""
    merged = dict(inputs)
    for key, item in added.items():
        given = inputs.get(key)
        content = given.value if given else None
        if given and isinstance(content, Mapping) and isinstance(item, Mapping):
            content = _with_names(content, item)
            merged[key] = PropertyValue(
                content, is_secret=given.is_secret, dependencies=given.dependencies
            )
        elif given is None or plain(given) != item:
            merged[key] = property_value(item)
    return merged


def _properties(
    inputs: Mapping[str, PropertyValue], computed: Mapping[str, Any]
) -> dict[str, PropertyValue]:
    """Returns all properties of a resource that exists."""
    given = {key: value for key, value in inputs.items() if value.value is not None}
    # Nothing tells which part of a computed value came from a secret: all of it is one, then.
    secret = {key for key, value in given.items() if value.contains_secret()}
    return {
        **given,
        **{key: property_value(value, is_secret=key in secret) for key, value in computed.items()},
    }


def _with_unknown(
    given: Mapping[str, PropertyValue],
    computed: Mapping[str, Any],
    old: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, PropertyValue]:
    """Returns what is given, and of what is computed that it is unknown, at every depth.

    :param old: the properties before an update; what it computes anew and alike is known.
    """
    merged = {
        key: property_value(value) if key in old and old[key] == value else PropertyValue(UNKNOWN)
        for key, value in computed.items()
        if key not in given
    }
    for key, value in given.items():
        within, before = computed.get(key), old.get(key)
        content = value.value
        if isinstance(content, Mapping) and isinstance(within, Mapping):
            merged[key] = PropertyValue(
                _with_unknown(content, within, before if isinstance(before, Mapping) else {}),
                is_secret=value.is_secret,
            )
        else:
            merged[key] = value
    return merged


def digest(urn: str, length: int) -> str:
    """Returns that many hexadecimal digits which are always the same for a resource."""
    return hashlib.sha256(urn.encode()).hexdigest()[:length]


def auto_name(urn: str) -> str:
    """Returns the name that Pulumi gives where the program gives none: its own, and 7 digits."""
    own = urn.rsplit("::", maxsplit=1)[-1].partition(_SERIAL)[0]
    return f"{own}-{digest(urn, 7)}"


def no_repetition(failures: Failures) -> Iterator[tuple[str, str]]:
    """Yields the failures, each property once."""
    seen: set[str] = set()
    for path, reason in failures:
        if path not in seen:
            seen.add(path)
            yield path, reason


def token_of(qualified_type: str) -> str:
    """Returns the resource's own type of a URN's chain of parent types."""
    return qualified_type.rsplit("$", maxsplit=1)[-1]
