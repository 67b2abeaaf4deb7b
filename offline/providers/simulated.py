"""What all simulated providers share: the life of a resource, as the engine asks for it."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from types import MappingProxyType
from typing import Final, TypeAlias, TypeVar

import pulumi
from pulumi.provider.experimental import provider as protocol

from deployment.properties import plain_map, property_map
from deployment.secrets import secrets_in, without_texts
from deployment.texts import printable
from offline.changes import changes
from offline.cloud.behaviour import Inputs
from offline.cloud.client import AWS_RETRIES, Client, Retries
from offline.cloud.cloud import Cloud, Thing
from offline.cloud.faults import Operation
from offline.derived import digest
from offline.schema import Failures

from .completed import present, with_computed, with_names, with_unknown

# Between a URN and the number of a later resource of the same URN.
_SERIAL: Final = "#"

# A request that is about one resource, which may exist.
_Request: TypeAlias = (
    protocol.CreateRequest | protocol.ReadRequest | protocol.UpdateRequest | protocol.DeleteRequest
)

T = TypeVar("T")


class NotSimulatedError(pulumi.RunError):
    """A resource type, function or option that the simulation does not know."""


class RefusedError(pulumi.RunError):
    """Inputs that the cloud would refuse; the message needs no traceback."""


def refuse(token: str, name: str, failures: Failures) -> None:
    """Raises :class:`RefusedError` where there are failures."""
    lines = "\n".join(f"  {printable(path)}: {printable(reason)}" for path, reason in failures)
    if lines:
        raise RefusedError(f"{token} {printable(name)} is refused:\n{lines}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Creation:
    """What a simulated cloud answers to a create: the ID and the properties it computes.

    Two of them are equal where they have the same ID.
    """

    id: str
    computed: Inputs = field(compare=False)


class SimulatedProvider(protocol.Provider):
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

    def __init__(self, cloud: Cloud | None = None) -> None:
        self.cloud = cloud
        self._client = Client(cloud, self.retries) if cloud else None

    @abstractmethod
    def failures(self, token: str, inputs: Inputs) -> Failures:
        """Yields property path and reason for each input that the cloud would refuse."""

    def names(self, token: str, urn: str, inputs: Inputs, old: Inputs) -> Inputs:
        """Returns the inputs that a check adds: the names that a program leaves to the provider.

        :param old: the inputs of the resource before, which keeps its name.
        """
        _ = token, urn, inputs, old
        return {}

    def name_failures(self, token: str, names: Inputs) -> Failures:
        """Yields what the cloud would refuse of names that a check adds."""
        _ = token, names
        return ()

    def creation(self, token: str, urn: str, inputs: Inputs) -> Creation:
        """Returns what the cloud answers to a create."""
        raise NotSimulatedError(f"{token} {urn}: this provider has no resources ({sorted(inputs)})")

    def recomputed(self, token: str, old: Inputs, inputs: Inputs) -> Inputs:
        """Returns what an update computes otherwise than a create would.

        :param old: all properties before.
        """
        _ = token, old, inputs
        return {}

    def result(self, token: str, arguments: Inputs) -> Inputs:
        """Returns what a function returns."""
        raise NotSimulatedError(f"{token}: this provider has no functions ({sorted(arguments)})")

    async def check(self, request: protocol.CheckRequest) -> protocol.CheckResponse:
        """Checks the inputs of a resource and completes them with names."""
        token, inputs = token_of(request.type), plain_map(request.new_inputs)
        found = list(self.failures(token, inputs))
        added: Inputs = {}
        if not found:
            old = plain_map(request.old_inputs)
            added = _first(
                request.urn,
                lambda urn: self.names(token, urn, inputs, old),
                lambda names: bool(old or not names) or not self._has(token, names),
            )
            found = list(self.name_failures(token, added))
        failures = [protocol.CheckFailure(property=path, reason=reason) for path, reason in found]
        if failures:
            marked = [key for key, value in request.new_inputs.items() if value.contains_secret()]
            secrets = secrets_in(token, inputs, marked)
            for failure in failures:
                failure.reason = without_texts(failure.reason, secrets)
        return protocol.CheckResponse(
            inputs=with_names(request.new_inputs, added), failures=failures
        )

    async def diff(self, request: protocol.DiffRequest) -> protocol.DiffResponse:
        """Returns what changes, and what of it needs another resource in the place of this one.

        ``old_state`` of the request holds the old inputs.
        """
        token, new = token_of(request.type), plain_map(request.new_inputs)
        found = [
            change
            for change in changes(token, plain_map(request.old_state), new)
            if change.key not in request.ignore_changes
        ]
        return protocol.DiffResponse(
            changes=bool(found),
            diffs=sorted({change.key for change in found}),
            replaces=sorted({change.key for change in found if change.replaces}),
            delete_before_replace=not self.is_auto_named(token, request.urn, new),
            detailed_diff={
                change.path: protocol.PropertyDiff(
                    kind=protocol.PropertyDiffKind[
                        f"{change.kind.name}_REPLACE" if change.replaces else change.kind.name
                    ],
                    input_diff=True,
                )
                for change in found
            },
        )

    def is_auto_named(self, token: str, urn: str, inputs: Inputs) -> bool:
        """Returns whether a second resource with the same inputs may exist beside the first."""
        _ = token, urn, inputs
        return True

    def takes_over(self, token: str) -> bool:
        """Returns whether a create of what is there already is a change of it."""
        _ = token
        return False

    async def create(self, request: protocol.CreateRequest) -> protocol.CreateResponse:
        """Creates a resource; secret inputs stay secret among its properties."""
        token, inputs = token_of(request.type), plain_map(request.properties)
        given = present(request.properties)
        if request.preview:
            # What the cloud computes is unknown.
            computed = self.creation(token, request.urn, inputs).computed
            return protocol.CreateResponse(resource_id="", properties=with_unknown(given, computed))
        takes_over = self.takes_over(token)
        creation = self._creation(
            request.urn, token, inputs, lambda made: takes_over or not self._find(token, made.id)
        )
        properties = with_computed(given, creation.computed)
        is_there = takes_over and self._find(token, creation.id)
        operation = Operation.UPDATE if is_there else Operation.CREATE
        await self._ask(operation, request, creation.id, inputs, plain_map(properties))
        return protocol.CreateResponse(resource_id=creation.id, properties=properties)

    async def update(self, request: protocol.UpdateRequest) -> protocol.UpdateResponse:
        """Changes a resource in place; ``olds`` of the request holds the old inputs."""
        token, given = token_of(request.type), present(request.news)
        inputs, before = plain_map(request.news), plain_map(request.olds)
        found = self._find(token, request.resource_id)
        old = found.properties if found else before
        creation = self._creation(
            request.urn, token, inputs, lambda made: made.id == request.resource_id
        )
        computed = {**creation.computed, **self.recomputed(token, old, inputs)}
        if request.preview:
            return protocol.UpdateResponse(properties=with_unknown(given, computed, old))
        properties = with_computed(given, computed)
        if self.waits_again or changes(token, before, inputs):
            await self._ask(
                Operation.UPDATE, request, request.resource_id, inputs, plain_map(properties)
            )
        return protocol.UpdateResponse(properties=properties)

    async def read(self, request: protocol.ReadRequest) -> protocol.ReadResponse:
        """Returns the resource as it is now; of one that is not there, nothing."""
        await self._ask(Operation.READ, request, request.resource_id)
        found = self._find(token_of(request.type), request.resource_id)
        if found is None:
            return protocol.ReadResponse()
        return protocol.ReadResponse(
            resource_id=request.resource_id,
            properties=property_map(found.properties),
            inputs=property_map(found.inputs),
        )

    async def delete(self, request: protocol.DeleteRequest) -> None:
        """Deletes a resource."""
        await self._ask(Operation.DELETE, request, request.resource_id)

    async def invoke(self, request: protocol.InvokeRequest) -> protocol.InvokeResponse:
        """Calls a function."""
        try:
            returned = self.result(request.tok, plain_map(request.args))
        except InvokeRefusedError as error:
            return protocol.InvokeResponse(
                failures=[protocol.CheckFailure(property="", reason=str(error))]
            )
        return protocol.InvokeResponse(return_value=property_map(returned))

    async def _ask(
        self,
        operation: Operation,
        request: _Request,
        identifier: str,
        inputs: Inputs = MappingProxyType({}),
        properties: Inputs = MappingProxyType({}),
    ) -> None:
        """Has the cloud do something, where there is one."""
        if self._client:
            wanted = Thing(
                token=token_of(request.type),
                urn=request.urn,
                id=identifier,
                inputs=inputs,
                properties=properties,
            )
            await self._client.ask(operation, wanted)

    def _has(self, token: str, names: Inputs) -> bool:
        return bool(self.cloud and self.cloud.of(token, **names))

    def _find(self, token: str, identifier: str) -> Thing | None:
        return self.cloud.find(token, identifier) if self.cloud else None

    def _creation(
        self, urn: str, token: str, inputs: Inputs, fits: Callable[[Creation], bool]
    ) -> Creation:
        return _first(urn, lambda seed: self.creation(token, seed, inputs), fits)


class RegionalProvider(SimulatedProvider):
    """A provider that works in one region.

    :param region: the region, or ``None`` where none is configured.
    """

    def __init__(self, region: str | None, cloud: Cloud | None = None) -> None:
        super().__init__(cloud)
        self._region = region

    def set_configuration(self, configuration: Inputs) -> None:
        """Takes the region from the provider's configuration, as the engine hands it over."""
        self._region = configuration.get("region") or self._region

    @property
    def region(self) -> str:
        """The region.

        :raises NotSimulatedError: where none is configured.
        """
        if self._region is None:
            raise NotSimulatedError("aws:region is not set")
        return self._region


def _first(urn: str, make: Callable[[str], T], fits: Callable[[T], bool]) -> T:
    """Returns the first that fits of what is made for a URN, and for its later resources.

    What does not depend on the URN is the same each time, whether it fits or not.
    """
    made = make(urn)
    for number in count(1):
        if fits(made):
            break
        before, made = made, make(f"{urn}{_SERIAL}{number}")
        if made == before:
            break
    return made


class InvokeRefusedError(Exception):
    """A function call that the cloud answers with an error."""


def auto_name(urn: str) -> str:
    """Returns the name that Pulumi gives where the program gives none: its own, and 7 digits."""
    own = urn.rsplit("::", maxsplit=1)[-1].partition(_SERIAL)[0]
    return f"{own}-{digest(urn, 7)}"


def token_of(qualified_type: str) -> str:
    """Returns the resource's own type of a URN's chain of parent types."""
    return qualified_type.rsplit("$", maxsplit=1)[-1]
