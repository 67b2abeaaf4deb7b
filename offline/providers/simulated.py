"""What all simulated providers have in common."""

import hashlib
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import (
    CheckFailure,
    CheckRequest,
    CheckResponse,
    CreateRequest,
    CreateResponse,
    InvokeRequest,
    InvokeResponse,
    Provider,
)

from offline.properties import plain_map, property_map, property_value

Failures = Iterable[tuple[str, str]]


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
    what they do not know is an error, never a default.
    """

    @abstractmethod
    def failures(self, token: str, inputs: Mapping[str, Any]) -> Failures:
        """Yields property path and reason for each input that the cloud would refuse."""

    def creation(self, token: str, urn: str, inputs: Mapping[str, Any]) -> Creation:
        """Returns what the cloud answers to a create."""
        message = f"{token} {urn}: this provider has no resources ({sorted(inputs)})"
        raise NotSimulatedError(message)

    def result(self, token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Returns what a function returns."""
        message = f"{token}: this provider has no functions ({sorted(arguments)})"
        raise NotSimulatedError(message)

    async def check(self, request: CheckRequest) -> CheckResponse:
        """Checks the inputs of a resource."""
        found = self.failures(_token(request.type), plain_map(request.new_inputs))
        failures = [CheckFailure(property=path, reason=reason) for path, reason in found]
        return CheckResponse(inputs=request.new_inputs, failures=failures)

    async def create(self, request: CreateRequest) -> CreateResponse:
        """Creates a resource; secret inputs stay secret among its properties."""
        inputs = plain_map(request.properties)
        creation = self.creation(_token(request.type), request.urn, inputs)
        given = {key: value for key, value in request.properties.items() if value.value is not None}
        # Nothing tells which part of a computed value came from a secret: all of it is one, then.
        secret = {key for key, value in given.items() if value.contains_secret()}
        computed = {
            key: property_value(value, is_secret=key in secret)
            for key, value in creation.computed.items()
        }
        properties: dict[str, PropertyValue] = {**given, **computed}
        return CreateResponse(resource_id=creation.id, properties=properties)

    async def invoke(self, request: InvokeRequest) -> InvokeResponse:
        """Calls a function."""
        try:
            returned = self.result(request.tok, plain_map(request.args))
        except InvokeRefusedError as error:
            return InvokeResponse(failures=[CheckFailure(property="", reason=str(error))])
        return InvokeResponse(return_value=property_map(returned))


class InvokeRefusedError(Exception):
    """A function call that the cloud answers with an error."""


def digest(urn: str, length: int) -> str:
    """Returns that many hexadecimal digits which are always the same for a resource."""
    return hashlib.sha256(urn.encode()).hexdigest()[:length]


def auto_name(urn: str) -> str:
    """Returns the name that Pulumi gives where the program gives none: its own, and 7 digits."""
    return f"{urn.rsplit('::', maxsplit=1)[-1]}-{digest(urn, 7)}"


def no_repetition(failures: Failures) -> Iterator[tuple[str, str]]:
    """Yields the failures, each property once."""
    seen: set[str] = set()
    for path, reason in failures:
        if path not in seen:
            seen.add(path)
            yield path, reason


def _token(qualified_type: str) -> str:
    """Returns the resource's own type of a URN's chain of parent types."""
    return qualified_type.rsplit("$", maxsplit=1)[-1]
