"""The simulated ``random`` provider: passwords, which are secrets here as everywhere."""

from pulumi.provider.experimental.provider import ReadRequest, ReadResponse

from deployment.types import PASSWORD
from offline import schema
from offline.cloud.behaviour import Inputs
from offline.derived import digest
from offline.schema import Failures

from .simulated import Creation, NotSimulatedError, SimulatedProvider


class RandomProvider(SimulatedProvider):
    """pulumi-random, as far as the platform uses it: passwords of letters and digits.

    They derive from the URN, so that a stack gives the same graph each time; nothing is ever
    protected by one.
    """

    def failures(self, token: str, inputs: Inputs) -> Failures:
        """Yields what the SDK's class refuses."""
        if token != PASSWORD:
            raise NotSimulatedError(f"the simulated random provider has no resource type {token}")
        yield from schema.failures(token, inputs)

    def creation(self, token: str, urn: str, inputs: Inputs) -> Creation:
        """Returns the password; which of its properties are secret the program says."""
        _ = token
        return Creation(
            id="none",
            computed={
                "result": password(urn, int(inputs["length"])),
                "bcryptHash": f"$2a$10${digest(urn, 53)}",
            },
        )

    async def read(self, request: ReadRequest) -> ReadResponse:
        """Returns the password as the state has it, the only place that does."""
        return ReadResponse(request.resource_id, request.properties, request.inputs)


def password(urn: str, length: int) -> str:
    """Returns that many characters which are always the same for a resource."""
    repetitions = -(-length // 64)
    return "".join(digest(f"{urn}#{index}", 64) for index in range(repetitions))[:length]
