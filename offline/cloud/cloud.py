"""What exists in the simulated cloud."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .behaviour import Behaviour, Inputs, behaviour_of
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
    """A resource that exists, or shall exist.

    :param token: its Pulumi type.
    :param urn: of the program's resource that it was made for; empty for what a controller made.
    :param made_at: when its creation was asked for, in simulated seconds.
    :param fault: what is wrong with it; empty: nothing.
    """

    token: str
    id: str
    urn: str
    inputs: Inputs
    properties: Inputs
    made_at: float = 0.0
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

    def of(self, token: str, /, **inputs: object) -> list[Thing]:
        """Returns the resources of a type with these inputs, in the order in which they came."""
        return [
            thing
            for thing in self.things.values()
            if thing.token == token
            and all(thing.inputs.get(key) == value for key, value in inputs.items())
        ]

    def ready(self, token: str, /, **inputs: object) -> list[Thing]:
        """Returns those of the resources of a type with these inputs that are ready."""
        return [thing for thing in self.of(token, **inputs) if thing.is_ready]

    async def create(self, thing: Thing) -> None:
        """Creates a resource and returns once it is ready.

        :raises CloudError: where the cloud refuses, and nothing is there.
        :raises IncompleteError: where it is there and does not become ready.
        """
        behaviour = self._reached(thing.token)
        thing.made_at = self.clock.now()
        await behaviour.before_create(self, thing)
        if self.find(thing.token, thing.id):
            raise CloudError(f"AlreadyExists: {thing.token} {thing.id} is there already")
        self._put(thing)
        await self._become_ready("create", thing)

    async def update(self, wanted: Thing) -> None:
        """Changes the resource of a type and an ID to other inputs and properties.

        :raises CloudError: where the cloud refuses, and nothing has changed.
        """
        behaviour = self._reached(wanted.token)
        thing = self.find(wanted.token, wanted.id)
        if thing is None:
            raise CloudError(f"NotFound: {wanted.token} {wanted.id} is not there")
        await behaviour.before_update(self, thing, wanted.inputs)
        thing.inputs, thing.properties = wanted.inputs, wanted.properties
        self._note_change()
        await self._become_ready("update", thing)

    async def delete(self, token: str, identifier: str) -> None:
        """Deletes a resource; of one that is not there, nothing is left to delete.

        :raises CloudError: where the cloud refuses.
        """
        behaviour = self._reached(token)
        if thing := self.find(token, identifier):
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

    async def wait_out(self, failure: Callable[[], str], seconds: float) -> str:
        """Waits until nothing fails, for that long at most; returns what does, or nothing."""
        return "" if await self.wait_until(lambda: not failure(), seconds) else failure()

    def make(self, token: str, identifier: str, properties: Inputs) -> Thing:
        """Makes what no program asked for: what a service or a controller makes by itself."""
        made = Thing(token=token, id=identifier, urn="", inputs=properties, properties=properties)
        made.made_at, made.is_ready = self.clock.now(), True
        self._put(made)
        return made

    def forget(self, thing: Thing) -> None:
        """Takes a resource out of the cloud."""
        self.things.pop((thing.token, thing.id), None)
        self._note_change()

    def _put(self, thing: Thing) -> None:
        self.things[thing.token, thing.id] = thing
        self._note_change()

    def _reached(self, token: str) -> Behaviour:
        """Returns how a type behaves, to whoever gets at its service."""
        behaviour = behaviour_of(token)
        behaviour.reach(self)
        return behaviour

    async def _become_ready(self, operation: str, thing: Thing) -> None:
        await self.clock.sleep(duration(operation, thing.token))
        thing.fault = await behaviour_of(thing.token).fault_of(self, thing)
        thing.is_ready = not thing.fault
        self._note_change()
        if thing.fault:
            raise IncompleteError(thing.fault, thing.id, thing.properties)

    def __iter__(self) -> Iterator[Thing]:
        return iter(list(self.things.values()))
