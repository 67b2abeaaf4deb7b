"""Every edge that only orders: without it, the simulated cloud refuses, harms or leaks.

Edges that differ only by a zone, a block or a name are of one kind, of which one is tried in each
stack. ``edges.json`` has the verdict on each kind that may go without hurting anything.
"""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from tally import EDGES_IMPLIED, EDGES_NEEDLESS, EDGES_PROVEN, Tally

from engine.install import BUILD
from engine.replay.graph import Edge, Graph, graph_of
from engine.replay.kinds import Sort, kinds, sort_of
from engine.replay.trial import SCALE, End, Outcome, Workspace
from offline.cloud.clock import Clock
from offline.cloud.cloud import Cloud
from offline.simulation import run_stack
from stackfile.files import PROGRAM

# The stack with most sections, claims on shared and on block storage among them.
LAB: Final = "lab"
# So many scenarios share its edges, which are too many for one.
PARTS: Final = 4
_TABLE: Final = Path(__file__).with_name("edges.json")
_MISSING: Final = "physics missing: "
_REMOVED: Final = "needless: removed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """What came of a stack without one edge of a kind."""

    kind: str
    edges: int
    outcome: Outcome


@cache
def graph(stack: str) -> Graph:
    """Returns the graph of a stack."""
    return graph_of(run_stack(PROGRAM, stack).resources)


def workspace(stack: str, tools: Path, what: str) -> Workspace:
    """Returns an empty workspace, whose files stay where the test fails."""
    folder = BUILD / "e2e" / "logs" / f"edges-{stack}-{what}"
    shutil.rmtree(folder, ignore_errors=True)
    return Workspace(folder, tools, stack)


def trials(stack: str, place: Workspace, wanted: Mapping[str, Sequence[Edge]]) -> Iterator[Trial]:
    """Tries a stack without an edge of each kind and yields what came of it."""

    def attempt(number: int, kind: str) -> Trial:
        whole, edge = graph(stack), wanted[kind][0]
        alike = [other for other in wanted[kind] if other.later == edge.later]
        # Late is all that the edge's later end waits for by this edge alone; or its other end; or
        # those of all edges of the kind, of which one may do what another one does.
        ways = {
            whole.lost_with(edge): [edge],
            frozenset({edge.earlier}): [edge],
            frozenset(other.earlier for other in alike): alike,
        }
        outcome = Outcome(end=End.WELL)
        for way, (late, removed) in enumerate(ways.items()):
            if outcome.end is End.WELL:
                outcome = place.run_worst(whole.without(*removed), late, f"{number}-{way}")
        return Trial(kind=kind, edges=len(wanted[kind]), outcome=outcome)

    with ThreadPoolExecutor(2) as threads:
        yield from threads.map(attempt, range(len(wanted)), wanted)


def own_kinds(stack: str) -> Mapping[str, Sequence[Edge]]:
    """Returns the kinds that are tried in a stack: in the largest those that no other one has."""
    of_others = {kind for name in ("dev", "prod") if stack == LAB for kind in kinds(graph(name))}
    return {kind: edges for kind, edges in kinds(graph(stack)).items() if kind not in of_others}


def verdicts() -> Mapping[str, Mapping[str, Any]]:
    """Returns the reviewed verdicts by kind."""
    return json.loads(_TABLE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("stack", ["dev", "prod", LAB])
def test_a_replayed_graph_is_the_stack(stack: str, tools: Path) -> None:
    place, cloud, whole = workspace(stack, tools, "whole"), Cloud(Clock(SCALE)), graph(stack)
    assert place.run(whole.program(), cloud, "whole") == Outcome(end=End.WELL)
    shutil.rmtree(place.folder)


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_worst_order_hurts_nothing_while_all_edges_are_there(stack: str, tools: Path) -> None:
    place, whole = workspace(stack, tools, "worst"), graph(stack)
    for number, (edge, *_) in enumerate(list(kinds(whole).values())[::8]):
        late = frozenset({edge.earlier})
        assert place.run_worst(whole, late, str(number)) == Outcome(end=End.WELL), edge
    shutil.rmtree(place.folder)


@pytest.mark.parametrize(
    ("stack", "part"), [("dev", 0), ("prod", 0), *((LAB, part) for part in range(PARTS))]
)
def test_every_edge_is_needed_or_has_a_verdict(
    stack: str, part: int, tools: Path, tally: Tally
) -> None:
    places = {name: workspace(name, tools, f"of-{stack}-{part}") for name in {stack, LAB}}
    wanted = list(own_kinds(stack).items())
    found = list(
        trials(stack, places[stack], dict(wanted[part::PARTS] if stack == LAB else wanted))
    )
    harmless = {trial.kind for trial in found if trial.outcome.end is End.WELL}
    # Whether storage works shows only where something claims it.
    in_lab = {
        kind: edges
        for kind, edges in kinds(graph(LAB)).items()
        if kind in harmless and stack != LAB
    }
    proven_in_lab = {
        trial.kind: trial
        for trial in trials(LAB, places[LAB], in_lab)
        if trial.outcome.end is not End.WELL
    }
    found = [proven_in_lab.get(trial.kind, trial) for trial in found]
    for trial in found:
        tally.record("edges", _row(stack, trial))
        tally.add(EDGES_PROVEN, trial.edges * (trial.outcome.end is not End.WELL))
    if not part:
        sorts = [sort_of(graph(stack), edge) for edge in graph(stack).edges]
        tally.add(EDGES_IMPLIED, sorts.count(Sort.IMPLIED))

    assert _mistakes(found) == []
    for place in places.values():
        shutil.rmtree(place.folder)


def test_what_is_needless_is_removed(tally: Tally) -> None:
    there = {kind for stack in ("dev", "prod", LAB) for kind in kinds(graph(stack))}
    removed = {kind for kind, entry in verdicts().items() if entry["verdict"] == _REMOVED}
    tally.add(EDGES_NEEDLESS, len(removed))
    assert removed & there == set()


def test_every_verdict_has_a_form_and_a_reason() -> None:
    for kind, entry in verdicts().items():
        assert entry["verdict"] == _REMOVED or entry["verdict"].startswith(_MISSING), kind
        assert len(entry["reason"]) > len("because"), kind


def _row(stack: str, trial: Trial) -> dict[str, Any]:
    return {
        "stack": stack,
        "kind": trial.kind,
        "edges": trial.edges,
        "without it": trial.outcome.end.value,
        "detail": trial.outcome.detail,
    }


def _mistakes(found: list[Trial]) -> list[str]:
    """Returns a line for each kind that needs a verdict, or has one that is no longer true."""
    known = {kind for kind, entry in verdicts().items() if entry["verdict"].startswith(_MISSING)}
    lines: list[str] = []
    for trial in found:
        if trial.outcome.end is End.WELL and trial.kind not in known:
            lines.append(f"{trial.kind}: nothing happens without it, and it has no verdict")
        elif trial.outcome.end is not End.WELL and trial.kind in known:
            lines.append(f"{trial.kind}: has a verdict, and {trial.outcome.end.value} without it")
    return lines
