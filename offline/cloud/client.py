"""How a provider's client asks a cloud: again when it is throttled, and it waits, not forever.

What is under way in the cloud does not end with the client: an engine that is killed takes its
providers with it, and AWS goes on.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from .errors import CloudError, IncompleteError
from .faults import Kind, Operation

if TYPE_CHECKING:
    from .cloud import Cloud

# How often a client that waits looks whether a resource is there, in simulated seconds.
_POLL_SECONDS: Final = 1.0
# Of the first seconds of a hash.
_HASH_RANGE: Final = 2**64


@dataclass(frozen=True, kw_only=True, slots=True)
class Retries:
    """How a client asks again when it is throttled.

    :param attempts: how often it asks in all.
    :param longest_seconds: the longest time between two attempts.
    :param factor: by how much the time grows from attempt to attempt; 1: not at all.
    """

    attempts: int
    longest_seconds: float
    factor: float

    def seconds(self, urn: str, attempt: int) -> float:
        """Returns how long a client waits after an attempt, of which the first is number 0.

        A share of the growing time, at random in a real client, here drawn from the URN.
        """
        grown = self.factor**attempt
        if grown > self.longest_seconds:
            return self.longest_seconds
        if self.factor == 1:
            return grown
        drawn = sha256(f"{urn}:{attempt}".encode()).digest()[:8]
        return grown * int.from_bytes(drawn) / _HASH_RANGE


# The AWS provider asks 25 times by default, ``maxRetries``
# (https://registry.terraform.io/providers/hashicorp/aws/latest/docs#max_retries-1), and waits a
# random share of 1, 2, 4 … seconds, at most 300
# (https://github.com/hashicorp/aws-sdk-go-base/blob/main/aws_config.go,
# https://github.com/aws/aws-sdk-go-v2/blob/main/aws/retry/jitter_backoff.go).
AWS_RETRIES: Final = Retries(attempts=25, longest_seconds=300, factor=2)
# client-go asks again 10 times, each time after the second that the API server names
# (https://github.com/kubernetes/client-go/blob/master/rest/request.go, ``maxRetries``;
# https://kubernetes.io/docs/concepts/cluster-administration/flow-control/).
KUBERNETES_RETRIES: Final = Retries(attempts=11, longest_seconds=1, factor=1)


class Client:
    """A provider's way to a cloud.

    :param retries: how it asks again when it is throttled.
    """

    def __init__(self, cloud: "Cloud", retries: Retries) -> None:
        self._cloud = cloud
        self._retries = retries
        # Nothing else holds on to what nobody waits for any more.
        self._under_way = set[asyncio.Task[None]]()

    async def create(
        self,
        token: str,
        urn: str,
        identifier: str,
        inputs: Mapping[str, Any],
        properties: Mapping[str, Any],
    ) -> None:
        """Creates a resource and returns once it is ready.

        :raises CloudError: where the cloud refuses or the answer is lost.
        :raises IncompleteError: where it is there and not ready, or not within the client's time.
        """
        await self._ask(
            Operation.CREATE,
            urn,
            lambda: self._cloud.create(token, urn, identifier, inputs, properties),
            (token, identifier),
        )

    async def update(
        self,
        token: str,
        urn: str,
        identifier: str,
        inputs: Mapping[str, Any],
        properties: Mapping[str, Any],
    ) -> None:
        """Changes a resource; raises as :meth:`create` does."""
        await self._ask(
            Operation.UPDATE,
            urn,
            lambda: self._cloud.update(token, identifier, inputs, properties),
            (token, identifier),
        )

    async def delete(self, token: str, urn: str, identifier: str) -> None:
        """Deletes a resource; one that is not there is as good as deleted.

        :raises CloudError: where the cloud refuses, the answer is lost or the time is over.
        """
        await self._ask(
            Operation.DELETE,
            urn,
            lambda: self._cloud.delete(token, identifier),
            (token, identifier),
        )

    async def read(self, urn: str) -> None:
        """Asks for a resource.

        :raises CloudError: where the cloud does not answer.
        """
        await self._ask(Operation.READ, urn, _nothing, ("", ""))

    async def _ask(
        self,
        operation: Operation,
        urn: str,
        work: Callable[[], Coroutine[Any, Any, None]],
        key: tuple[str, str],
    ) -> None:
        faults, clock = self._cloud.faults, self._cloud.clock
        for attempt in range(self._retries.attempts):
            fault = faults.next(operation, urn)
            if fault is None or fault.kind is not Kind.THROTTLED:
                break
            if attempt + 1 == self._retries.attempts:
                message = f"exceeded maximum number of attempts, {attempt + 1}, {fault.reason}"
                raise CloudError(message)
            await clock.sleep(self._retries.seconds(urn, attempt))
        else:
            fault = None
        if fault and fault.kind is Kind.REFUSED:
            raise CloudError(fault.reason)
        task = asyncio.ensure_future(self._after_delay(operation, urn, work))
        self._under_way.add(task)
        task.add_done_callback(self._ended)
        if fault and fault.kind is Kind.TIMED_OUT:
            await self._give_up(task, operation, key, fault.reason)
        await asyncio.shield(task)
        if fault and fault.kind is Kind.ANSWER_LOST:
            raise CloudError(fault.reason)

    async def _after_delay(
        self, operation: Operation, urn: str, work: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        await self._cloud.clock.sleep(self._cloud.faults.delay(operation, urn))
        await work()

    async def _give_up(
        self, task: asyncio.Task[None], operation: Operation, key: tuple[str, str], reason: str
    ) -> None:
        """Waits until the cloud has begun, and no longer.

        :raises IncompleteError: of a resource that is there; the provider keeps it in the state.
        :raises CloudError: of a deletion; the resource stays in the state.
        """
        while self._cloud.find(*key) is None and not task.done():
            await self._cloud.clock.sleep(_POLL_SECONDS)
        thing = self._cloud.find(*key)
        if operation is Operation.DELETE or thing is None:
            raise CloudError(reason)
        raise IncompleteError(reason, thing.id, thing.properties)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            # Whoever still waits gets the error; nobody else asks for it.
            task.exception()


async def _nothing() -> None:
    """Does nothing: a read changes nothing in the cloud."""
