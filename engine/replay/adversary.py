"""A cloud in which what may be created later than the rest is."""

import asyncio
import time
from typing import Final

from offline.cloud.clock import Clock
from offline.cloud.cloud import Cloud, Thing
from offline.cloud.errors import CloudError

from .graph import Graph

_IN_CLOUD: Final = ("aws:", "kubernetes:")
_POLL_SECONDS: Final = 0.003
# Real seconds after which something holds up what it should not.
_PATIENCE_SECONDS: Final = 30


class AdversarialCloud(Cloud):
    """A cloud in which some creations wait for all that may come before them.

    :param late: the URNs of the resources that are late.
    """

    def __init__(self, clock: Clock, graph: Graph, late: frozenset[str]) -> None:
        super().__init__(clock)
        later = late.union(*(graph.that_wait_for(urn) for urn in late))
        self._late = late
        # Providers and passwords are not in the cloud.
        custom = [graph.resources[urn] for urn in graph.custom - later]
        self._awaited = {found.urn for found in custom if found.type.startswith(_IN_CLOUD)}
        self._created: set[str] = set()
        self._has_failed = False
        # What should have come before what is late, and did not come in time.
        self.missing: set[str] = set()

    async def create(self, thing: Thing) -> None:
        """Creates a resource, a late one after all others that can be created before it."""
        if thing.urn in self._late:
            await self._wait()
        try:
            await super().create(thing)
        except Exception:
            self._has_failed = True
            raise
        self._created.add(thing.urn)

    async def _wait(self) -> None:
        end = time.monotonic() + _PATIENCE_SECONDS
        while not (self._awaited <= self._created or self._has_failed):
            if time.monotonic() > end:
                self.missing = self._awaited - self._created
                raise CloudError("what was late was waited for")
            await asyncio.sleep(_POLL_SECONDS)
