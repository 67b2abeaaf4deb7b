"""Faults that a test asks the simulated cloud for.

A test adds :class:`Fault`s to the :class:`Faults` of a served cloud, runs a command, and reads in
``injected`` what has happened. Nothing goes wrong unless a test says so.
"""

from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import TypeAlias

from offline import derived


class Operation(StrEnum):
    """What a provider asks a cloud for."""

    CREATE = auto()
    READ = auto()
    UPDATE = auto()
    DELETE = auto()


class Kind(Enum):
    """How an operation goes wrong."""

    REFUSED = "refused"
    """The cloud says no and has done nothing."""
    ANSWER_LOST = "answer lost"
    """The cloud has done it, and the answer does not arrive."""
    THROTTLED = "throttled"
    """The cloud says no for now: a client asks again."""
    TIMED_OUT = "timed out"
    """The client stops waiting; the cloud goes on to the end."""


Fits: TypeAlias = Callable[[Operation, str], bool]


def always(operation: Operation, urn: str) -> bool:
    """Returns that every operation on every resource fits."""
    _ = operation, urn
    return True


def on(*operations: Operation) -> Fits:
    """Returns what fits these operations, on every resource."""
    return lambda operation, _urn: operation in operations


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """Something that goes wrong.

    :param fits: whether it may happen to an operation on a URN.
    :param reason: what the cloud or its client says.
    :param times: how often it happens to each operation on each resource; ``None``: each time.
    :param most: how often it happens in all; ``None``: no limit.
    """

    kind: Kind
    fits: Fits = always
    reason: str = "InternalFailure: the test asks for it"
    times: int | None = 1
    most: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Injection:
    """A fault that has happened."""

    kind: Kind
    operation: Operation
    urn: str


def no_delay(operation: str, urn: str) -> float:
    """Returns that an operation takes its typical time."""
    _ = operation, urn
    return 0.0


class Faults:
    """What goes wrong in a cloud, what has gone wrong, and what takes longer.

    :ivar delay: simulated seconds that an operation on a URN takes before the cloud acts, in
        addition to its typical time.
    :ivar injected: what has gone wrong, in the order in which it did.
    """

    def __init__(self) -> None:
        self.delay: Callable[[str, str], float] = no_delay
        self.injected: list[Injection] = []
        self._armed: list[_Armed] = []

    def add(self, *faults: Fault) -> None:
        """Adds faults; of those that fit an operation, the first one happens."""
        self._armed += [_Armed(fault, []) for fault in faults]

    def clear(self) -> None:
        """Takes all faults and delays away; what has happened stays told."""
        self._armed.clear()
        self.delay = no_delay

    @contextmanager
    def during(self, *faults: Fault) -> Generator[list[Injection]]:
        """Adds faults for a while; yields a list to which each is added that happens."""
        happened: list[Injection] = []
        armed = [_Armed(fault, happened) for fault in faults]
        self._armed += armed
        try:
            yield happened
        finally:
            self._armed = [one for one in self._armed if one not in armed]

    def next(self, operation: Operation, urn: str) -> Fault | None:
        """Returns what goes wrong with an operation that begins now, and takes it down."""
        for armed in self._armed:
            if armed.happens(operation, urn):
                injection = Injection(kind=armed.fault.kind, operation=operation, urn=urn)
                self.injected.append(injection)
                armed.happened.append(injection)
                return armed.fault
        return None


class _Armed:
    """A fault and how often it has happened."""

    def __init__(self, fault: Fault, happened: list[Injection]) -> None:
        self.fault, self.happened = fault, happened
        self._counts = Counter[tuple[Operation, str]]()

    def happens(self, operation: Operation, urn: str) -> bool:
        """Returns whether the fault happens now, and counts it."""
        fault = self.fault
        is_over = fault.most is not None and self._counts.total() >= fault.most
        is_done = fault.times is not None and self._counts[operation, urn] >= fault.times
        if is_over or is_done or not fault.fits(operation, urn):
            return False
        self._counts[operation, urn] += 1
        return True


def at_random(seed: int, share: float, *operations: Operation) -> Fits:
    """Returns what fits a share of the attempts at operations, always the same for a seed.

    The order in which an engine makes resources in parallel differs from run to run: an attempt
    counts by its operation, its URN and its number, not by when it comes.

    :param share: of all attempts, from 0 to 1.
    """
    attempts = Counter[tuple[Operation, str]]()

    def fits(operation: Operation, urn: str) -> bool:
        if operation not in operations:
            return False
        attempts[operation, urn] += 1
        text = f"{seed}:{operation}:{urn}:{attempts[operation, urn]}"
        return derived.share(text) < share

    return fits
