"""``python -m bench.engine``: what a deployment takes under the real engine, in JSON lines.

In a simulated cloud whose operations take their typical time, ten times faster, it measures

- how long ``up`` takes, from the first request to the last answer, against the longest chain of
  operations that AWS needs; beside it, the same resources in the order of terraform-aws-eks and of
  pulumi-eks. All of it is in seconds of the cloud;
- what the engine and the program themselves take for a preview, an ``up``, an ``up`` that changes
  nothing and a ``destroy``: wall time, memory of all processes, and the program's share.

Exit status: 0 within the limits; 1 a limit is broken, with the reason on the error stream.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import yaml

from bench.orders import (
    TERRAFORM_SLEEP_SECONDS,
    as_pulumi_eks,
    as_terraform,
    longest_chain,
    seconds_to_delete,
)
from deployment.types import NODE_GROUP
from engine.install import tools_folder
from engine.reliability import MEASUREMENTS
from engine.replay.graph import Graph, graph_of
from engine.replay.trial import End, Workspace
from engine.session import ServedCloud, Session
from offline.cloud.clock import Clock
from offline.cloud.cloud import Cloud, Thing
from offline.simulation import run_stack
from stackfile.files import PROGRAM

from .processes import Watch
from .results import publish

STACKS: Final = ("dev", "prod")
# Real seconds for each second of the cloud: a quarter of an hour takes a minute and a half, and
# 100 ms of the engine between two operations count as one second.
SCALE: Final = 1 / 10
# For what the engine itself takes: the cloud answers at once.
FAST: Final = 0.0001
UP_RATIO_LIMIT: Final = 1.05
# How a graph becomes what others make of it, and how long a type sleeps there.
ORDERS: Final[Mapping[str, tuple[Callable[[Graph], Graph], Mapping[str, float]]]] = {
    "this project, replayed": (lambda graph: graph, {}),
    "terraform-aws-eks": (as_terraform, {NODE_GROUP: TERRAFORM_SLEEP_SECONDS}),
    "pulumi-eks": (as_pulumi_eks, {}),
}
# What runs at the same time: it waits for the cloud nearly all the time.
_AT_ONCE: Final = 4
_PROGRAM: Final = "engine.run_program"


class TimedCloud(Cloud):
    """A cloud that knows when it was first asked for something and when it was done.

    :param sleeps: seconds that the creation of a type waits in addition.
    """

    def __init__(self, clock: Clock, sleeps: Mapping[str, float] | None = None) -> None:
        super().__init__(clock)
        self._sleeps = sleeps or {}
        self._times: list[float] = []

    def take_seconds(self) -> float:
        """Returns the seconds from the first request to the last answer, and forgets them."""
        times, self._times = self._times, []
        return max(times) - min(times)

    async def create(self, thing: Thing) -> None:
        """Creates a resource."""
        self._times.append(self.clock.now())
        await self.clock.sleep(self._sleeps.get(thing.token, 0.0))
        await super().create(thing)
        self._times.append(self.clock.now())

    async def delete(self, token: str, identifier: str) -> None:
        """Deletes a resource."""
        self._times.append(self.clock.now())
        await super().delete(token, identifier)
        self._times.append(self.clock.now())


def up_and_destroy(
    tools: Path, stack: str, graph: Graph, overhead: float
) -> Iterator[dict[str, Any]]:
    """Yields how long the program's own ``up`` and ``destroy`` take in the cloud.

    What is more than the longest chain is of two kinds. The engine, the program and the simulated
    cloud take real seconds, as many in a slow cloud as in a fast one: at AWS's own speed they count
    as they are. Whatever is more in the slow cloud is a wait that no edge says, and counts in full.

    :param overhead: the real seconds that ``up`` takes where the cloud answers at once.
    """
    chain = longest_chain(graph)
    needed = chain[-1].begins + chain[-1].seconds
    cloud = TimedCloud(Clock(SCALE))
    with session_of(stack, tools, cloud) as session:
        session.up()
        more = (cloud.take_seconds() - needed) * SCALE
        seconds = needed + min(more, overhead) + max(more - overhead, 0) / SCALE
        yield {
            "benchmark": "engine-up",
            "stack": stack,
            "order": "this project",
            "cloud_seconds": round(needed + more / SCALE),
            "raw_ratio": round(1 + more / SCALE / needed, 3),
            "at_real_speed": round(seconds, 1),
            "needed_seconds": round(needed),
            "wall_ratio": round(seconds / needed, 3),
            "limit": UP_RATIO_LIMIT,
        }
        for step in chain:
            yield {
                "benchmark": "engine-chain",
                "stack": stack,
                "resource": step.name,
                "waits_for_the_one_before_by": step.edge,
                "begins_at_second": round(step.begins),
                "takes_seconds": round(step.seconds),
            }
        session.destroy()
        yield {
            "benchmark": "engine-destroy",
            "stack": stack,
            "order": "this project",
            "cloud_seconds": round(cloud.take_seconds()),
            "needed_seconds": round(seconds_to_delete(graph)),
        }


def in_other_order(tools: Path, stack: str, name: str, graph: Graph) -> Iterator[dict[str, Any]]:
    """Yields how long the same resources take in an order of :data:`ORDERS`."""
    reordered, sleeps = ORDERS[name]
    with tempfile.TemporaryDirectory() as folder:
        place = Workspace(Path(folder) / "replay", tools, stack)
        cloud = TimedCloud(Clock(SCALE), sleeps)
        outcome = place.run(reordered(graph).program(), cloud, "up", up_only=True)
        seconds = cloud.take_seconds()
    yield {
        "benchmark": "engine-up",
        "stack": stack,
        "order": name,
        "cloud_seconds": round(seconds) if outcome.end is End.WELL else None,
        "failure": outcome.detail,
    }


def engine_itself(tools: Path, stack: str, overheads: dict[str, float]) -> Iterator[dict[str, Any]]:
    """Yields what each command takes where the cloud takes no time.

    :param overheads: takes the real seconds of ``up`` from its first request to the last answer.
    """
    cloud = TimedCloud(Clock(FAST))
    with session_of(stack, tools, cloud) as session:
        up = ("up", "--yes", "--skip-preview", "--non-interactive")
        yield _watched(session, stack, "preview", "preview", "--non-interactive")
        yield _watched(session, stack, "up", *up)
        overheads[stack] = cloud.take_seconds() * FAST
        yield _watched(session, stack, "up with no change", *up)
        destroy = ("destroy", "--yes", "--skip-preview", "--non-interactive")
        yield _watched(session, stack, "destroy", *destroy)


def _watched(session: Session, stack: str, name: str, *command: str) -> dict[str, Any]:
    running = session.start(*command)
    watch = Watch(running.process.pid, _PROGRAM)
    outcome = running.wait()
    watch.stop()
    if outcome.status:
        raise ChildProcessError(f"exit status {outcome.status}: {outcome.output[-2000:]}")
    return {
        "benchmark": "engine",
        "stack": stack,
        "command": name,
        "wall_seconds": round(watch.wall_seconds, 2),
        "peak_mib": round(watch.peak_mib),
        "program_cpu_seconds": round(watch.marked_cpu_seconds, 2),
        "program_share": round(watch.marked_cpu_seconds / watch.wall_seconds, 2),
    }


@contextmanager
def session_of(stack: str, tools: Path, cloud: Cloud) -> Generator[Session]:
    """Gives a session of a stack that exists, has deployed nothing, and may be destroyed."""
    config = yaml.safe_load((PROGRAM / f"Pulumi.{stack}.yaml").read_text())["config"]
    region, version = config["aws:region"], config["eks-platform:cluster"]["version"]
    with (
        tempfile.TemporaryDirectory() as folder,
        ServedCloud(region, version, cloud=cloud) as served,
    ):
        place = Path(folder)
        session = Session(
            stack, served=served, tools=tools, folder=place / "stack", logs=place / "logs"
        )
        session.init()
        session.set("cluster.deletionProtection", value=False)
        yield session


def measure() -> Iterator[dict[str, Any]]:
    """Yields the result of each benchmark."""
    tools = tools_folder()
    overheads: dict[str, float] = {}
    for stack in STACKS:
        yield from engine_itself(tools, stack, overheads)
    graphs = {stack: graph_of(run_stack(PROGRAM, stack).resources) for stack in STACKS}
    work = [
        *(
            partial(up_and_destroy, tools, stack, graph, overheads[stack])
            for stack, graph in graphs.items()
        ),
        *(
            partial(in_other_order, tools, stack, name, graph)
            for name in ORDERS
            for stack, graph in graphs.items()
        ),
    ]
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for results in threads.map(lambda one: list(one()), work):
            yield from results


def kept(results: Iterable[dict[str, Any]], path: Path) -> Iterator[dict[str, Any]]:
    """Yields results, and leaves them in a file, one JSON object a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        for result in results:
            file.write(json.dumps(result) + "\n")
            yield result


if __name__ == "__main__":
    sys.exit(publish(kept(measure(), MEASUREMENTS)))
