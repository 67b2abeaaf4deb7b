"""A cloud in which what may be created later than the rest is."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final

from offline.cloud.clock import Clock
from offline.cloud.cloud import Cloud

from .graph import Graph, is_provider

_POLL_SECONDS: Final = 0.003
# Real seconds after which something holds up what it should not.
_PATIENCE_SECONDS: Final = 30


class HeldUpError(AssertionError):
    """What was late was waited for by something that does not wait for it."""


class AdversarialCloud(Cloud):
    """A cloud in which one creation waits for all that may come before it.

    :param late: the URN of the resource that is late.
    """

    def __init__(self, clock: Clock, graph: Graph, late: str) -> None:
        super().__init__(clock)
        made = (urn for urn in graph.custom if not is_provider(graph.resources[urn]))
        self._late = late
        self._awaited = frozenset(made) - {late, *graph.that_wait_for(late)}
        self._created: set[str] = set()
        self._has_failed = False

    async def create(
        self,
        token: str,
        urn: str,
        identifier: str,
        inputs: Mapping[str, Any],
        properties: Mapping[str, Any],
    ) -> None:
        """Creates a resource, the late one after all others that can be created before it."""
        if urn == self._late:
            await self._wait()
        try:
            await super().create(token, urn, identifier, inputs, properties)
        except Exception:
            self._has_failed = True
            raise
        self._created.add(urn)

    async def _wait(self) -> None:
        end = time.monotonic() + _PATIENCE_SECONDS
        while not (self._awaited <= self._created or self._has_failed):
            if time.monotonic() > end:
                missing = ", ".join(sorted(self._awaited - self._created))
                raise HeldUpError(f"still to come: {missing}")
            await asyncio.sleep(_POLL_SECONDS)
