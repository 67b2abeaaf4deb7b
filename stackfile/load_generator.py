"""The section about load: a Locust scenario that runs against an application of the stack."""

from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import Field

from planning.durations import PATTERN, seconds
from planning.quantities import mebibytes, millicores
from planning.scheduling.amounts import Amounts, pod
from planning.scheduling.workloads import LOAD_WORKER

from .checks import Check, not_below, text
from .placed import PlacedSection
from .scenario import scenario_fault, scenario_text
from .types import Cpu, GiB, Memory

_RUN: Final = range(10, 24 * 3600 + 1)
_WORKER: Final = LOAD_WORKER.each


def _run_time_fault(duration: str) -> str | None:
    if seconds(duration) in _RUN:
        return None
    return f"must be 10s to 24h, got {duration!r}"


RunTime = Annotated[
    str, text(PATTERN, "must be a duration such as 5m or 1h30m"), Check(_run_time_fault, {})
]
Scenario = Annotated[str, Check(scenario_fault, {})]
RunName = Annotated[
    str, text("[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?", "must be at most 40 of a-z, 0-9 and '-'")
]


class LoadSettings(PlacedSection):
    """``load``: load on an application of the stack, by Locust; absent: none."""

    scenario: Scenario = Field(examples=["examples/crud-api/load.py"])
    """The scenario: a Python file in the project's folder, with a class of Locust users. It is
    read and not run. Another text starts another run."""
    target: str = Field(examples=["sample-app"])
    """The application under load: sample-app, wordpress, or a name of apps."""
    users: Annotated[int, Field(ge=1, le=1_000_000)] = 10
    """How many users there are at most, workers or more."""
    spawn_rate: Annotated[int, Field(ge=1, le=10_000)] = 1
    """How many of them begin in a second."""
    run_time: RunTime = "5m"
    """How long the run takes, from the first user on: 10s to 24h."""
    run: RunName = "first"
    """What the run is called, and the directory of its results. Another name starts another run,
    and so does any other change of the section."""
    workers: Annotated[int, Field(ge=1, le=100)] = 1
    """Pods that make the load; each keeps one core busy at most."""
    cpu_request: Cpu = _WORKER.cpu_quantity
    """CPU time that a worker is promised."""
    cpu_limit: Annotated[Cpu, not_below("cpu_request", measure=millicores)] = "1"
    """CPU time that a worker gets at most, cpuRequest or more."""
    memory_request: Memory = _WORKER.memory_quantity
    """Memory that a worker is promised."""
    memory_limit: Annotated[Memory, not_below("memory_request", measure=mebibytes)] = "512Mi"
    """Memory that a worker gets at most, memoryRequest or more."""
    storage_class: str | None = None
    """The class of nfs for the results; absent: the default one, or else the first by name."""
    results_gib: GiB = 1
    """What is asked of that class, which NFS does not enforce."""
    allow_in_production: bool = False
    """Load where cluster.deletionProtection is on, or the stack's name is prod or production."""

    @property
    def each(self) -> Amounts:
        """What a worker asks for."""
        return pod(cpu=millicores(self.cpu_request), memory=mebibytes(self.memory_request))

    @property
    def text(self) -> str:
        """The scenario."""
        return scenario_text(self.scenario)

    @property
    def run_seconds(self) -> int:
        """How long the run takes."""
        return seconds(self.run_time)

    def conflicts(self) -> Iterator[tuple[str, str]]:
        """Yields workers without a user."""
        if self.users < self.workers:
            yield "users", f"must be workers {self.workers} or more, got {self.users}"
