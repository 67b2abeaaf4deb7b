"""Faults happen to what they fit, as often as they say, and clients treat them as real ones do."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline.cloud.client import AWS_RETRIES, KUBERNETES_RETRIES, Client, Retries
from offline.cloud.clock import Clock
from offline.cloud.cloud import Cloud, Thing
from offline.cloud.errors import CloudError, IncompleteError
from offline.cloud.faults import Fault, Faults, Kind, Operation, always, at_random, on

# A type that does as it is told.
TOKEN: Final = "test:index:Thing"
URN: Final = f"urn:pulumi:dev::eks-platform::{TOKEN}::one"
OTHER: Final = f"urn:pulumi:dev::eks-platform::{TOKEN}::other"
REASON: Final = "the test asks for it"


def thing(*, size: int) -> Thing:
    """Returns what is made, changed and deleted."""
    return Thing(token=TOKEN, urn=URN, id="one", inputs={"size": size}, properties={"id": "one"})


class Account:
    """A cloud in which time does not pass, or hardly, and a client of it."""

    def __init__(self, *faults: Fault, scale: float = 0.0, retries: Retries = AWS_RETRIES) -> None:
        self.cloud = Cloud(Clock(scale))
        self.cloud.faults.add(*faults)
        self.client = Client(self.cloud, retries)
        self.slept: list[float] = []
        sleep = self.cloud.clock.sleep

        async def noted(seconds: float) -> None:
            self.slept.append(seconds)
            await sleep(seconds)

        self.cloud.clock.sleep = noted

    async def create(self) -> None:
        """Creates it."""
        await self.client.ask(Operation.CREATE, thing(size=1))

    async def update(self) -> None:
        """Changes it."""
        await self.client.ask(Operation.UPDATE, thing(size=2))

    async def delete(self) -> None:
        """Deletes it."""
        await self.client.ask(Operation.DELETE, thing(size=2))

    @property
    def exists(self) -> bool:
        """Whether it is there."""
        return self.cloud.find(TOKEN, "one") is not None


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def test_nothing_goes_wrong_unless_a_test_says_so() -> None:
    account = Account()
    run(account.create())
    assert account.exists
    assert account.cloud.faults.injected == []


def test_a_refused_creation_has_done_nothing_and_the_next_one_works() -> None:
    account = Account(Fault(kind=Kind.REFUSED, reason=REASON))
    with pytest.raises(CloudError, match=REASON):
        run(account.create())
    assert not account.exists
    run(account.create())
    assert account.exists


def test_a_creation_whose_answer_is_lost_is_there() -> None:
    account = Account(Fault(kind=Kind.ANSWER_LOST, reason=REASON))
    with pytest.raises(CloudError, match=REASON):
        run(account.create())
    assert account.exists


def test_a_deletion_whose_answer_is_lost_is_done_and_may_be_asked_for_again() -> None:
    account = Account(Fault(kind=Kind.ANSWER_LOST, fits=on(Operation.DELETE), reason=REASON))
    run(account.create())
    with pytest.raises(CloudError, match=REASON):
        run(account.delete())
    assert not account.exists
    run(account.delete())


def test_an_update_that_is_refused_changes_nothing() -> None:
    account = Account(Fault(kind=Kind.REFUSED, fits=on(Operation.UPDATE), reason=REASON))
    run(account.create())
    with pytest.raises(CloudError, match=REASON):
        run(account.update())
    assert account.cloud.of(TOKEN)[0].inputs == {"size": 1}


def test_throttling_is_not_noticed_as_long_as_it_ends() -> None:
    account = Account(Fault(kind=Kind.THROTTLED, times=AWS_RETRIES.attempts - 1))
    run(account.create())
    assert account.exists
    assert len(account.cloud.faults.injected) == AWS_RETRIES.attempts - 1


@pytest.mark.parametrize("retries", [AWS_RETRIES, KUBERNETES_RETRIES])
def test_a_client_that_is_throttled_without_end_gives_up(retries: Retries) -> None:
    account = Account(
        Fault(kind=Kind.THROTTLED, times=None, reason="Rate exceeded"), retries=retries
    )
    with pytest.raises(CloudError, match=f"attempts, {retries.attempts}, Rate exceeded"):
        run(account.create())
    assert not account.exists
    assert len(account.cloud.faults.injected) == retries.attempts


def test_a_client_waits_longer_from_attempt_to_attempt_and_never_over_its_limit() -> None:
    assert KUBERNETES_RETRIES.seconds(URN, 7) == 1
    waits = [AWS_RETRIES.seconds(URN, attempt) for attempt in range(AWS_RETRIES.attempts)]
    assert all(0 <= wait <= min(2**attempt, 300) for attempt, wait in enumerate(waits))
    assert waits[9:] == [300] * len(waits[9:])
    assert waits[:9] != [AWS_RETRIES.seconds(OTHER, attempt) for attempt in range(9)]


def test_the_cloud_goes_on_after_a_client_that_stops_waiting() -> None:
    account = Account(
        Fault(kind=Kind.TIMED_OUT, fits=on(Operation.CREATE), reason=REASON), scale=0.0005
    )

    async def create() -> None:
        with pytest.raises(IncompleteError, match=REASON) as caught:
            await account.create()
        assert caught.value.identifier == "one"
        assert not account.cloud.of(TOKEN)[0].is_ready
        await asyncio.sleep(0.05)
        assert account.cloud.of(TOKEN)[0].is_ready

    run(create())


def test_a_deletion_that_times_out_stays_in_the_state_and_is_done_in_the_end() -> None:
    account = Account(
        Fault(kind=Kind.TIMED_OUT, fits=on(Operation.DELETE), reason=REASON), scale=0.0005
    )

    async def delete() -> None:
        await account.create()
        with pytest.raises(CloudError, match=REASON):
            await account.delete()
        await asyncio.sleep(0.05)
        assert not account.exists

    run(delete())


def test_the_cloud_goes_on_after_an_engine_that_is_killed() -> None:
    account = Account(scale=0.0005)
    account.cloud.faults.delay = lambda _operation, _urn: 20.0

    async def create() -> None:
        caller = asyncio.ensure_future(account.create())
        await asyncio.sleep(0)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        assert not account.exists
        await asyncio.sleep(0.1)
        assert account.exists

    run(create())


def test_a_throttled_client_that_is_killed_asks_no_more() -> None:
    account = Account(Fault(kind=Kind.THROTTLED), scale=0.0005)

    async def create() -> None:
        caller = asyncio.ensure_future(account.create())
        await asyncio.sleep(0)
        caller.cancel()
        await asyncio.sleep(0.05)
        assert not account.exists

    run(create())


def test_a_delay_is_of_an_operation_and_a_urn() -> None:
    account = Account()
    account.cloud.faults.delay = lambda operation, urn: (
        77.0 if (operation, urn) == (Operation.CREATE, URN) else 0.0
    )
    run(account.create())
    run(account.delete())
    assert account.slept.count(77.0) == 1


def test_a_fault_happens_once_to_each_operation_on_each_resource() -> None:
    faults = Faults()
    faults.add(Fault(kind=Kind.REFUSED))
    asked = [(Operation.CREATE, URN), (Operation.CREATE, OTHER), (Operation.DELETE, URN)] * 2
    happened = [faults.next(*one) is not None for one in asked]
    assert happened == [True] * 3 + [False] * 3
    assert [(one.operation, one.urn) for one in faults.injected] == asked[:3]


def test_a_fault_ends_after_its_most() -> None:
    faults = Faults()
    faults.add(Fault(kind=Kind.REFUSED, times=None, most=2))
    assert [faults.next(Operation.CREATE, URN) is not None for _ in range(3)] == [True, True, False]


def test_of_faults_that_fit_the_first_one_happens() -> None:
    faults = Faults()
    faults.add(
        Fault(kind=Kind.REFUSED, fits=on(Operation.DELETE)),
        Fault(kind=Kind.THROTTLED),
        Fault(kind=Kind.TIMED_OUT, fits=always),
    )
    kinds = [fault.kind for _ in range(3) if (fault := faults.next(Operation.CREATE, URN))]
    assert kinds == [Kind.THROTTLED, Kind.TIMED_OUT]


def test_faults_of_a_while_end_with_it_and_can_come_again() -> None:
    faults = Faults()
    fault = Fault(kind=Kind.REFUSED)
    for _ in range(2):
        with faults.during(fault) as happened:
            assert faults.next(Operation.CREATE, URN) == fault
        assert [one.urn for one in happened] == [URN]
        assert faults.next(Operation.CREATE, OTHER) is None


def test_what_is_cleared_goes_wrong_no_more() -> None:
    faults = Faults()
    faults.add(Fault(kind=Kind.REFUSED))
    faults.delay = lambda _operation, _urn: 1.0
    faults.clear()
    assert faults.next(Operation.CREATE, URN) is None
    assert faults.delay(Operation.CREATE, URN) == 0


@given(seed=st.integers(min_value=0), share=st.floats(min_value=0, max_value=1))
def test_a_draw_is_the_same_in_every_order(seed: int, share: float) -> None:
    urns = [f"{URN}-{number}" for number in range(20)]
    forwards, backwards = (at_random(seed, share, Operation.CREATE) for _ in range(2))
    first = {urn: [forwards(Operation.CREATE, urn) for _ in range(2)] for urn in urns}
    second = {urn: [backwards(Operation.CREATE, urn) for _ in range(2)] for urn in reversed(urns)}
    assert first == second


def test_a_draw_hits_about_its_share_and_only_its_operations() -> None:
    drawn = at_random(12, 0.3, Operation.CREATE)
    hits = [drawn(Operation.CREATE, f"{URN}-{number}") for number in range(1000)]
    assert 250 < sum(hits) < 350
    assert not any(drawn(Operation.DELETE, f"{URN}-{number}") for number in range(100))
