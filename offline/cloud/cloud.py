"""What exists in the simulated cloud."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .behaviour import behaviour_of
from .clock import Clock
from .durations import duration
from .errors import CloudError, IncompleteError
from .faults import Faults
from .moto_account import Account
from .store import Store

# Real seconds between two looks at a condition.
_POLL_SECONDS: Final = 0.005


@dataclass(kw_only=True, slots=True)
class Thing:
    """A resource that exists.

    :param token: its Pulumi type.
    :param urn: of the program's resource that it was made for; empty for what a controller made.
    :param made_at: when its creation was asked for, in simulated seconds.
    :param fault: what is wrong with it; empty: nothing.
    """

    token: str
    id: str
    urn: str
    inputs: Mapping[str, Any]
    properties: Mapping[str, Any]
    made_at: float
    is_ready: bool = False
    fault: str = ""

    @property
    def name(self) -> str:
        """The logical name in the program, or else the ID."""
        return self.urn.rsplit("::", maxsplit=1)[-1] or self.id


class Cloud:
    """The resources of one account, with one cluster's objects or several.

    :param clock: how fast time passes.
    :param folder: where the cloud is kept, and what it holds already; ``None``: nowhere.
    :raises StoreError: where the folder holds something that is no cloud.
    """

    def __init__(self, clock: Clock, folder: Path | None = None) -> None:
        self.clock = clock
        self.faults = Faults()
        # What moto keeps of the same resources.
        self.account = Account()
        self.things: dict[tuple[str, str], Thing] = {}
        # What hurts without any failure, such as pods whose rollouts will drop requests.
        self.harms: list[str] = []
        # Whether the pods of a workload started with a readiness gate.
        self.gated: dict[str, bool] = {}
        self._store = Store(folder) if folder else None
        if self._store:
            self._store.load(self)

    def save(self) -> None:
        """Writes the cloud into its folder, if it has one."""
        if self._store:
            self._store.write(self)

    def _note_change(self) -> None:
        if self._store:
            self._store.note_change(self)

    def find(self, token: str, identifier: str) -> Thing | None:
        """Returns a resource, if it exists."""
        return self.things.get((token, identifier))

    def of(self, token: str) -> list[Thing]:
        """Returns the resources of a type, in the order in which they were made."""
        return [thing for thing in self.things.values() if thing.token == token]

    def has(self, token: str, properties: Mapping[str, Any]) -> bool:
        """Returns whether a resource of a type has all of these inputs, of which there are some."""
        return bool(properties) and any(
            all(thing.inputs.get(key) == value for key, value in properties.items())
            for thing in self.of(token)
        )

    async def create(
        self,
        token: str,
        urn: str,
        identifier: str,
        inputs: Mapping[str, Any],
        properties: Mapping[str, Any],
    ) -> None:
        """Creates a resource and returns once it is ready.

        :raises CloudError: where the cloud refuses, and nothing is there.
        :raises IncompleteError: where it is there and does not become ready.
        """
        behaviour = behaviour_of(token)
        behaviour.reach(self)
        thing = Thing(
            token=token,
            id=identifier,
            urn=urn,
            inputs=inputs,
            properties=properties,
            made_at=self.clock.now(),
        )
        await behaviour.before_create(self, thing)
        if (token, identifier) in self.things:
            raise CloudError(f"AlreadyExists: {token} {identifier} is there already")
        self.things[token, identifier] = thing
        self._note_change()
        await self.clock.sleep(duration("create", token))
        await self._become_ready(thing)

    async def update(
        self,
        token: str,
        identifier: str,
        inputs: Mapping[str, Any],
        properties: Mapping[str, Any],
    ) -> None:
        """Changes a resource.

        :raises CloudError: where the cloud refuses, and nothing has changed.
        """
        behaviour = behaviour_of(token)
        behaviour.reach(self)
        thing = self._existing(token, identifier)
        await behaviour.before_update(self, thing, inputs)
        thing.inputs, thing.properties = inputs, properties
        self._note_change()
        await self.clock.sleep(duration("update", token))
        await self._become_ready(thing)

    async def delete(self, token: str, identifier: str) -> None:
        """Deletes a resource; of one that is not there, nothing is left to delete.

        :raises CloudError: where the cloud refuses.
        """
        behaviour = behaviour_of(token)
        behaviour.reach(self)
        thing = self.find(token, identifier)
        if thing is None:
            return
        await behaviour.before_delete(self, thing)
        await self.clock.sleep(duration("delete", token))
        self.forget(thing)
        behaviour.after_delete(self, thing)

    async def wait_until(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Waits until a condition holds, for that long at most, and returns whether it does."""
        end = time.monotonic() + self.clock.real(seconds)
        while not holds():
            if time.monotonic() >= end:
                return False
            await asyncio.sleep(_POLL_SECONDS)
        return True

    def make(self, token: str, identifier: str, properties: Mapping[str, Any]) -> Thing:
        """Makes what no program asked for: what a service or a controller makes by itself."""
        made = Thing(
            token=token,
            id=identifier,
            urn="",
            inputs=properties,
            properties=properties,
            made_at=self.clock.now(),
            is_ready=True,
        )
        self.things[token, identifier] = made
        self._note_change()
        return made

    def forget(self, thing: Thing) -> None:
        """Takes a resource out of the cloud."""
        self.things.pop((thing.token, thing.id), None)
        self._note_change()

    @staticmethod
    def digits(seed: str) -> str:
        """Returns the digits of an ID that is always the same for a seed."""
        return hashlib.sha256(seed.encode()).hexdigest()[:17]

    async def _become_ready(self, thing: Thing) -> None:
        behaviour = behaviour_of(thing.token)
        fault = await behaviour.fault_of(self, thing)
        thing.fault, thing.is_ready = fault, not fault
        self._note_change()
        if fault:
            raise IncompleteError(fault, thing.id, thing.properties)

    def _existing(self, token: str, identifier: str) -> Thing:
        thing = self.find(token, identifier)
        if thing is None:
            raise CloudError(f"NotFound: {token} {identifier} is not there")
        return thing

    def __iter__(self) -> Iterator[Thing]:
        return iter(list(self.things.values()))
