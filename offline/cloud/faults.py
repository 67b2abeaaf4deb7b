"""Faults that a test asks the simulated cloud for."""

from collections.abc import Callable

from .clock import Clock
from .errors import CloudError

Fault = Callable[[str, str], str]


class Faults:
    """What goes wrong, and how long it takes; nothing unless a test says so."""

    def __init__(self) -> None:
        # Returns why an operation on a URN fails, or nothing.
        self.fails_before: Fault = lambda _operation, _urn: ""
        self.fails_after: Fault = lambda _operation, _urn: ""
        # Simulated seconds that an operation on a URN takes in addition.
        self.delay: Callable[[str, str], float] = lambda _operation, _urn: 0.0

    async def before(self, operation: str, urn: str, clock: Clock) -> None:
        """Fails or delays an operation before it has done anything."""
        await clock.sleep(self.delay(operation, urn))
        if reason := self.fails_before(operation, urn):
            raise CloudError(reason)

    async def after(self, operation: str, urn: str, clock: Clock) -> None:
        """Fails an operation that is done: the answer is lost on the way."""
        _ = clock
        if reason := self.fails_after(operation, urn):
            raise CloudError(reason)
