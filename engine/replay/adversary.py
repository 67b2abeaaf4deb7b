"""A cloud in which what does not have to happen earlier happens as late as it can."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from offline.cloud.clock import Clock
from offline.cloud.cloud import Cloud

from .graph import Edge, Graph, is_provider

_POLL_SECONDS: Final = 0.003
# Real seconds after which something holds up what it should not.
_PATIENCE_SECONDS: Final = 60


class HeldUpError(AssertionError):
    """What was late was waited for by something that does not wait for it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lateness:
    """What is late in the life of a stack, and what comes before it, as URNs.

    :param creation: whose creation is late.
    :param deletions: whose deletions are late.
    """

    creation: str
    before_creation: frozenset[str]
    deletions: frozenset[str]
    before_deletions: frozenset[str]


def lateness(graph: Graph, cut: Edge) -> Lateness:
    """Returns what shows whether the later end of a cut edge needs the earlier one.

    The earlier one is created after all that does not wait for it, and the later one is deleted
    after all that it does not wait for. A provider is nothing in the cloud: what is made by it is
    late in its place.

    :param graph: the graph without the edge.
    """
    made = frozenset(urn for urn in graph.custom if not is_provider(graph.resources[urn]))
    created_later = {cut.earlier, *graph.that_wait_for(cut.earlier)}
    late = (
        graph.that_wait_for(cut.later) & made
        if is_provider(graph.resources[cut.later])
        else frozenset({cut.later})
    )
    deleted_later = late.union(*(graph.that_it_waits_for(urn) for urn in late))
    return Lateness(
        creation=cut.earlier,
        before_creation=made - created_later,
        deletions=late,
        before_deletions=made - deleted_later,
    )


class AdversarialCloud(Cloud):
    """A cloud in which a creation and some deletions wait for all that may come before them."""

    def __init__(self, clock: Clock, late: Lateness) -> None:
        super().__init__(clock)
        self._late = late
        self._created: set[str] = set()
        self._deleted: set[str] = set()
        self._has_failed = False

    async def create(
        self,
        token: str,
        urn: str,
        identifier: str,
        inputs: Mapping[str, Any],
        properties: Mapping[str, Any],
    ) -> None:
        """Creates a resource, a late one after all others that can be created before it."""
        if urn == self._late.creation:
            await self._wait_for(self._late.before_creation, self._created)
        try:
            await super().create(token, urn, identifier, inputs, properties)
        except Exception:
            self._has_failed = True
            raise
        self._created.add(urn)

    async def delete(self, token: str, identifier: str) -> None:
        """Deletes a resource, a late one after all others that can be deleted before it."""
        thing = self.find(token, identifier)
        if thing and thing.urn in self._late.deletions:
            await self._wait_for(self._late.before_deletions, self._deleted)
        try:
            await super().delete(token, identifier)
        except Exception:
            self._has_failed = True
            raise
        if thing:
            self._deleted.add(thing.urn)

    async def _wait_for(self, urns: frozenset[str], done: set[str]) -> None:
        end = time.monotonic() + _PATIENCE_SECONDS
        while not (urns <= done or self._has_failed):
            if time.monotonic() > end:
                raise HeldUpError(f"still to come: {', '.join(sorted(urns - done))}")
            await asyncio.sleep(_POLL_SECONDS)
