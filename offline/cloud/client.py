"""How a provider's client asks a cloud: again when it is throttled, and it waits, not forever.

What is under way in the cloud does not end with the client: an engine that is killed takes its
providers with it, and AWS goes on.
"""

import asyncio
from dataclasses import dataclass
from typing import Final

from offline.derived import share

from .cloud import Cloud, Thing
from .errors import CloudError, IncompleteError
from .faults import Fault, Kind, Operation

# How often a client that waits looks whether a resource is there, in simulated seconds.
_POLL_SECONDS: Final = 1.0


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
        return grown * share(f"{urn}:{attempt}")


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

    def __init__(self, cloud: Cloud, retries: Retries) -> None:
        self._cloud = cloud
        self._retries = retries
        # Nothing else holds on to what nobody waits for any more.
        self._under_way = set[asyncio.Task[None]]()

    async def ask(self, operation: Operation, thing: Thing) -> None:
        """Does something to a resource and returns once it is done, and the resource is ready.

        :param thing: as it shall be; to read or to delete it, only what it is called counts.
        :raises CloudError: where the cloud refuses, the answer is lost, or the client's time is
            over and nothing is there; a deletion that takes too long leaves it in the state.
        :raises IncompleteError: where it is there and not ready, or not within the client's time.
        """
        fault = await self._fault(operation, thing.urn)
        task = asyncio.ensure_future(self._work(operation, thing))
        self._under_way.add(task)
        task.add_done_callback(self._ended)
        if fault and fault.kind is Kind.TIMED_OUT:
            await self._give_up(task, operation, thing, fault.reason)
        await asyncio.shield(task)
        if fault and fault.kind is Kind.ANSWER_LOST:
            raise CloudError(fault.reason)

    async def _fault(self, operation: Operation, urn: str) -> Fault | None:
        """Asks until the client is not throttled any more; returns what goes wrong then, if so.

        :raises CloudError: where the cloud refuses, or throttles for too long.
        """
        attempt = 1
        while fault := self._cloud.faults.next(operation, urn):
            if fault.kind is Kind.REFUSED:
                raise CloudError(fault.reason)
            if fault.kind is not Kind.THROTTLED:
                return fault
            if attempt == self._retries.attempts:
                raise CloudError(f"exceeded maximum number of attempts, {attempt}, {fault.reason}")
            await self._cloud.clock.sleep(self._retries.seconds(urn, attempt - 1))
            attempt += 1
        return None

    async def _work(self, operation: Operation, thing: Thing) -> None:
        cloud = self._cloud
        await cloud.clock.sleep(cloud.faults.delay(operation, thing.urn))
        if operation is Operation.CREATE:
            await cloud.create(thing)
        elif operation is Operation.UPDATE:
            await cloud.update(thing)
        elif operation is Operation.DELETE:
            await cloud.delete(thing.token, thing.id)

    async def _give_up(
        self, task: asyncio.Task[None], operation: Operation, wanted: Thing, reason: str
    ) -> None:
        """Waits until the cloud has begun, and no longer, and raises an error."""
        while not (found := self._cloud.find(wanted.token, wanted.id)) and not task.done():
            await self._cloud.clock.sleep(_POLL_SECONDS)
        if found is None or operation not in {Operation.CREATE, Operation.UPDATE}:
            raise CloudError(reason)
        raise IncompleteError(reason, found.id, found.properties)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            # Whoever still waits gets the error; nobody else asks for it.
            task.exception()
