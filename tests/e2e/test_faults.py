"""What goes wrong while a stack is deployed and destroyed, and what comes of it.

Each fault is undone by the next command, or by the steps of docs/runbook.md, which
:mod:`recovery` takes one by one: the state is the same as without the fault, and after a destroy
nothing is left in it and nothing in the cloud.
"""

import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

import pytest
from conftest import SessionOf
from recovery import (
    comparable,
    differences,
    forget_objects,
    in_cloud,
    is_of_kubernetes,
    mend_state_file,
    not_in_state,
    pending_operations,
    recover,
    sweep,
    take_in,
    until_it_succeeds,
)
from tally import FAULTS_CONVERGED, FAULTS_INJECTED, FAULTS_LEAKED, Tally

from engine.session import Session
from offline.cloud.faults import Fault, Injection, Kind, Operation, at_random, on

# The dearest scenarios run for one stack; what differs between the stacks is tried by the others.
_UP: Final = ("up", "--yes", "--skip-preview")
_DESTROY: Final = ("destroy", "--yes", "--skip-preview")
_REFUSED: Final = "InternalFailure: refused once"
_LOST: Final = "RequestError: send request failed: connection reset by peer"
_TIMED_OUT: Final = "timeout while waiting for state"
_THROTTLED: Final = "ThrottlingException: Rate exceeded"
_SEED: Final = 12
# Simulated seconds, so that an operation is under way when the engine dies.
_SLOW_SECONDS: Final = 1000.0
_PATIENCE_SECONDS: Final = 60

# By the end of a URN, a resource of each phase whose creation is under way when the engine dies.
# Each stack has half of them: what follows from a kill is the same for both.
_PHASES: Final[Mapping[str, str]] = {
    "network": "aws:ec2/subnet:Subnet::network-private-ap-northeast-2a",
    "control plane": "aws:eks/cluster:Cluster::cluster-eksCluster",
    "add-ons": "aws:eks/addon:Addon::vpc-cni",
    "nodes": "aws:eks/nodeGroup:NodeGroup::nodes-default",
    "controllers": "kubernetes:helm.sh/v3:Release::load-balancer-controller",
    "application": "kubernetes:apps/v1:Deployment::sample-app",
}
_DELETED: Final = (
    "kubernetes:networking.k8s.io/v1:Ingress::sample-app",
    "aws:eks/nodeGroup:NodeGroup::nodes-default",
    "aws:eks/cluster:Cluster::cluster-eksCluster",
    "aws:ec2/vpc:Vpc::network-vpc",
)

# What a change of a tag updates, in each part of the stack.
_UPDATED: Final = (
    "aws:ec2/vpc:Vpc::network-vpc",
    "aws:kms/key:Key::cluster-secrets",
    "aws:eks/cluster:Cluster::cluster-eksCluster",
    "aws:eks/addon:Addon::vpc-cni",
    "aws:eks/nodeGroup:NodeGroup::nodes-default",
    "kubernetes:helm.sh/v3:Release::load-balancer-controller",
    "kubernetes:networking.k8s.io/v1:Ingress::sample-app",
)

_states: dict[str, dict[str, Any]] = {}


@pytest.fixture
def open_session(stack: str, session_of: SessionOf) -> Session:
    """A session of a stack whose cluster may be deleted."""
    session = session_of(stack)
    session.set("cluster.deletionProtection", False)  # noqa: FBT003  a value of the stack file
    return session


@pytest.fixture
def expected(stack: str, session_of: SessionOf) -> dict[str, Any]:
    """The state of a stack that was deployed without a fault."""
    if stack not in _states:
        session = session_of(stack)
        session.set("cluster.deletionProtection", False)  # noqa: FBT003  a value of the stack file
        session.up()
        _states[stack] = comparable(session)
    return _states[stack]


class Figures:
    """Counts what a scenario injects, and records what became of it."""

    def __init__(self, tally: Tally, stack: str, scenario: str) -> None:
        self._tally = tally
        self._row: dict[str, Any] = {"stack": stack, "scenario": scenario, "faults": 0}

    def injected(self, number: int) -> None:
        """Counts faults."""
        assert number, f"{self._row['scenario']}: no fault happened"
        self._row["faults"] += number
        self._tally.add(FAULTS_INJECTED, number)

    def converged(self, number: int) -> None:
        """Counts faults of which nothing is to be seen any more."""
        self._tally.add(FAULTS_CONVERGED, number)

    def gone(self, session: Session, **details: Any) -> None:
        """Ends a scenario: nothing is left."""
        left = list(session.cloud)
        self._tally.add(FAULTS_LEAKED, len(left))
        self._tally.record("faults", {**self._row, **details, "leaked": len(left)})
        session.assert_empty()


def _urns(injections: Iterable[Injection]) -> list[str]:
    return sorted(injection.urn for injection in injections)


def test_every_create_and_delete_fails_once(
    stack: str, open_session: Session, expected: dict[str, Any], tally: Tally
) -> None:
    """Every creation is refused once, and then every deletion; the next command goes on."""
    session, figures = open_session, Figures(tally, stack, "every create and delete refused once")
    # What depends on nothing that failed goes on, so that fewer commands meet each fault once.
    more = ("--continue-on-error",)
    refused = Fault(kind=Kind.REFUSED, fits=on(Operation.CREATE), reason=_REFUSED)
    with session.cloud.faults.during(refused) as creates:
        ups = until_it_succeeds(session, *_UP, *more, reasons=[_REFUSED])
    figures.injected(len(creates))
    assert _urns(creates) == sorted(in_cloud(expected))
    assert differences(expected, comparable(session)) == []
    figures.converged(len(creates))

    refused = Fault(kind=Kind.REFUSED, fits=on(Operation.DELETE), reason=_REFUSED)
    with session.cloud.faults.during(refused) as deletes:
        destroys = until_it_succeeds(session, *_DESTROY, *more, reasons=[_REFUSED])
    figures.injected(len(deletes))
    assert set(_urns(deletes)) == in_cloud(expected)
    figures.converged(len(deletes))
    figures.gone(session, ups=ups + 1, destroys=destroys + 1)


@pytest.mark.parametrize("stack", ["dev"])
def test_every_answer_is_lost_once(
    stack: str, open_session: Session, expected: dict[str, Any], tally: Tally
) -> None:
    """Each resource is made and its answer lost: it is in AWS and not in the state."""
    session, figures = open_session, Figures(tally, stack, "every answer lost once")
    lost = Fault(kind=Kind.ANSWER_LOST, fits=on(Operation.CREATE), reason=_LOST)
    taken_in = 0
    with session.cloud.faults.during(lost) as creates:
        while (outcome := session.up("--continue-on-error", status=None)).status:
            assert _LOST in outcome.output, outcome.output[-3000:]
            taken_in += len(take_in(session))
    figures.injected(len(creates))
    assert _urns(creates) == sorted(in_cloud(expected))
    assert differences(expected, comparable(session)) == []
    assert not_in_state(session) == []
    figures.converged(len(creates))

    lost = Fault(kind=Kind.ANSWER_LOST, fits=on(Operation.DELETE), reason=_LOST)
    with session.cloud.faults.during(lost) as deletes:
        until_it_succeeds(session, *_DESTROY, reasons=[_LOST])
    figures.injected(len(deletes))
    figures.converged(len(deletes))
    figures.gone(session, imported=taken_in)


def test_the_engine_is_killed_in_each_phase(
    stack: str, open_session: Session, expected: dict[str, Any], tally: Tally
) -> None:
    """The engine dies, what is under way in the cloud goes on, and the runbook's steps lead out."""
    session, figures = open_session, Figures(tally, stack, "engine killed")
    preview = session.start("preview")
    time.sleep(1.0)
    preview.kill()
    figures.injected(1)
    mend_state_file(session)
    session.pulumi("cancel", "--yes", status=None)
    figures.converged(1)

    phases = list(_PHASES.items())[stack == "prod" :: 2]
    for phase, ending in phases:
        _kill(session, _UP, Operation.CREATE, ending)
        figures.injected(1)
        mend_state_file(session)
        locked = session.up(status=None)
        assert "the stack is currently locked by 1 lock(s)" in locked.output, phase
        pending = recover(session)
        assert any(one.startswith("creating ") and one.endswith(ending) for one in pending), phase
        assert pending_operations(session) == []
    session.up()
    assert differences(expected, comparable(session)) == []
    assert not_in_state(session) == []
    figures.converged(len(phases))

    session.set("nodeGroups.default.maxSize", 14)
    _kill(session, _UP, Operation.UPDATE, "aws:eks/nodeGroup:NodeGroup::nodes-default")
    figures.injected(1)
    assert [one for one in recover(session) if one.startswith("updating ")]
    session.up()
    assert session.up().steps.operations == {}
    figures.converged(1)

    for ending in _DELETED[stack == "prod" :: 2]:
        _kill(session, _DESTROY, Operation.DELETE, ending)
        figures.injected(1)
        mend_state_file(session)
        session.pulumi("cancel", "--yes")
        assert any(one.endswith(ending) for one in pending_operations(session))
    session.destroy()
    figures.converged(len(_DELETED) // 2)
    figures.gone(session)


def _kill(session: Session, command: tuple[str, ...], operation: Operation, ending: str) -> None:
    """Kills the engine while an operation is under way, and waits for the cloud to end it."""
    begun: list[str] = []

    def delay(asked: str, urn: str) -> float:
        if asked == operation and urn.endswith(ending):
            begun.append(urn)
            return _SLOW_SECONDS
        return 0.0

    session.cloud.faults.delay = delay
    running = session.start(*command)
    end = time.monotonic() + _PATIENCE_SECONDS
    while not begun and time.monotonic() < end and running.process.poll() is None:
        time.sleep(0.01)
    outcome = running.kill()
    session.cloud.faults.clear()
    assert begun, f"{operation} of {ending} did not begin:\n{outcome.output[-3000:]}"
    assert outcome.status == -9, outcome.status
    time.sleep(session.cloud.clock.real(_SLOW_SECONDS) + 0.3)


@pytest.mark.parametrize("stack", ["dev"])
def test_throttling_and_time_outs_at_random(
    stack: str, open_session: Session, expected: dict[str, Any], tally: Tally
) -> None:
    """Clients ask again when throttled, and nobody notices; a time-out fails one command."""
    session, figures = open_session, Figures(tally, stack, "throttled and timed out at random")
    everywhere = (Operation.CREATE, Operation.READ, Operation.UPDATE, Operation.DELETE)
    throttled = Fault(
        kind=Kind.THROTTLED, fits=at_random(_SEED, 0.3, *everywhere), reason=_THROTTLED, times=None
    )
    with session.cloud.faults.during(throttled) as happened:
        session.up()
        assert differences(expected, comparable(session)) == []
        session.destroy()
        session.assert_empty()
    figures.injected(len(happened))
    figures.converged(len(happened))

    timed_out = Fault(
        kind=Kind.TIMED_OUT,
        fits=at_random(_SEED, 0.2, Operation.CREATE, Operation.DELETE),
        reason=_TIMED_OUT,
        times=None,
    )
    with session.cloud.faults.during(throttled, timed_out) as happened:
        ups = until_it_succeeds(session, *_UP, reasons=[_TIMED_OUT])
        assert differences(expected, comparable(session)) == []
        destroys = until_it_succeeds(session, *_DESTROY, reasons=[_TIMED_OUT])
    assert {Kind.THROTTLED, Kind.TIMED_OUT} == {one.kind for one in happened}
    figures.injected(len(happened))
    figures.converged(len(happened))
    figures.gone(session, ups=ups + 1, destroys=destroys + 1)


@pytest.mark.parametrize("stack", ["dev"])
def test_updates_fail_once(
    stack: str, open_session: Session, session_of: SessionOf, tally: Tally
) -> None:
    """A tag changes; updates in each part of the stack are refused once, or their answer lost."""
    session, figures = open_session, Figures(tally, stack, "updates fail once")
    session.up()
    for kind, reason, owner in (
        (Kind.REFUSED, _REFUSED, "somebody else"),
        (Kind.ANSWER_LOST, _LOST, "platform"),
    ):
        session.set("tags.owner", owner)
        fault = Fault(
            kind=kind,
            fits=lambda operation, urn: operation is Operation.UPDATE and urn.endswith(_UPDATED),
            reason=reason,
        )
        with session.cloud.faults.during(fault) as updates:
            # Without --continue-on-error: the engine's 3.274.1 panics, "'Check' and 'Diff' must be
            # called before 'Update'", where a component's resources could not be updated.
            until_it_succeeds(session, *_UP, reasons=[reason])
        assert len(updates) == len(_UPDATED)
        assert session.up().steps.operations == {}
        figures.injected(len(updates))
        figures.converged(len(updates))
    # A launch template counts its versions: another stack takes the same way without faults.
    twin = session_of(stack)
    twin.set("cluster.deletionProtection", False)  # noqa: FBT003  a value of the stack file
    twin.up()
    for owner in ("somebody else", "platform"):
        twin.set("tags.owner", owner)
        twin.up()
    assert differences(comparable(twin), comparable(session)) == []
    session.destroy()
    figures.gone(session)


_UNREACHABLE: Final = (
    "configured Kubernetes cluster is unreachable: unable to load schema information from the API "
    "server: dial tcp: i/o timeout"
)
_API_LOST: Final = Fault(
    kind=Kind.REFUSED,
    fits=lambda _operation, urn: is_of_kubernetes(urn),
    reason=_UNREACHABLE,
    times=None,
)


def test_the_kubernetes_api_is_lost_during_destroy(
    stack: str, open_session: Session, tally: Tally
) -> None:
    """A destroy stops at the first object, and goes on once the API is back."""
    session, figures = open_session, Figures(tally, stack, "Kubernetes API lost in destroy")
    session.up()
    with session.cloud.faults.during(_API_LOST) as happened:
        before = len(list(session.cloud))
        assert _UNREACHABLE in session.destroy(status=1).output
        assert len(list(session.cloud)) == before
    figures.injected(len(happened))
    session.destroy()
    figures.converged(len(happened))
    figures.gone(session)


@pytest.mark.parametrize("stack", ["dev"])
def test_the_kubernetes_api_never_comes_back(
    stack: str, open_session: Session, tally: Tally
) -> None:
    """The objects leave the state, the load balancer is deleted by hand, and the rest goes."""
    session, figures = open_session, Figures(tally, stack, "Kubernetes API lost for good")
    session.up()
    with session.cloud.faults.during(_API_LOST) as happened:
        assert _UNREACHABLE in session.destroy(status=1).output
        figures.injected(len(happened))
        forget_objects(session)
        assert sweep(session) == 1
        session.destroy()
    figures.converged(len(happened))
    figures.gone(session)
