"""``python -m bench.preview``: what the offline preview costs, one JSON object a line.

Exit status: 0 within the limits; 1 a limit is broken, with the reason on the error stream.
"""

import gc
import io
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml

from .results import publish

PROGRAM: Final = Path(__file__).resolve().parent.parent
SDKS: Final = ("pulumi", "pulumi_aws", "pulumi_eks", "pulumi_kubernetes")
RUNS: Final = 5
# Two differences of small figures need more than one figure does.
GROWTH_RUNS: Final = 20
NODE_GROUPS: Final = (1, 25, 50)
WALL_RATIO_LIMIT: Final = 3.0
# 25 groups after the 25th cost what 24 before it do: linear is 1.04, quadratic is 3.0.
SUPERLINEARITY_LIMIT: Final = 2.0

_NODE_GROUPS_KEY: Final = "eks-platform:nodeGroups"

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """What one process took."""

    wall_seconds: float
    peak_mib: float


def best_of(runs: Iterable[Run]) -> Run:
    """Returns the least of each figure: what others on the machine do only adds to it."""
    listed = list(runs)
    return Run(
        wall_seconds=min(run.wall_seconds for run in listed),
        peak_mib=min(run.peak_mib for run in listed),
    )


def superlinearity(seconds: Sequence[float]) -> float | None:
    """Returns the growth of the second half over that of the first, or ``None`` without growth."""
    first, middle, last = seconds
    return (last - middle) / (middle - first) if middle > first else None


def imports_code(tokens: Sequence[str]) -> str:
    """Returns Python code that imports the SDKs and their classes of these resource types."""
    for name in SDKS:
        import_module(name)
    schema = import_module("offline.schema")
    lines = [f"import {name}" for name in SDKS]
    for token in sorted(set(tokens)):
        try:
            found: type = schema.resource_class(token)
        except schema.UnknownResourceTypeError:
            # Our own components and Pulumi's providers, which no SDK has.
            continue
        lines.append(f"from {found.__module__} import {found.__name__}")
    return "\n".join(lines)


@contextmanager
def stack_with(node_groups: int, program: Path = PROGRAM) -> Generator[str]:
    """Makes a stack file like dev's with that many node groups; gives the stack's name."""
    stack = f"bench-{os.getpid()}-{node_groups}"
    data = yaml.safe_load((program / "Pulumi.dev.yaml").read_text(encoding="utf-8"))
    group = next(iter(data["config"][_NODE_GROUPS_KEY].values()))
    data["config"][_NODE_GROUPS_KEY] = {f"bench-{index}": group for index in range(node_groups)}
    path = program / f"Pulumi.{stack}.yaml"
    try:
        path.write_text(yaml.safe_dump(data), encoding="utf-8")
        yield stack
    finally:
        path.unlink(missing_ok=True)


def run(arguments: Sequence[str]) -> Run:
    """Runs this Python with the arguments, its output thrown away, and returns what it took.

    :raises ChildProcessError: where it ends with an error, which it has told on the error stream.
    """
    # Imports without their bytecode would be all that is measured.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    discard = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
    start = time.perf_counter()
    process = os.posix_spawn(
        sys.executable, [sys.executable, *arguments], environment, file_actions=[discard]
    )
    _, status, usage = os.wait4(process, 0)
    wall_seconds = time.perf_counter() - start
    if status:
        raise ChildProcessError(
            f"exit status {os.waitstatus_to_exitcode(status)} of {' '.join(arguments)}"
        )
    # Linux counts ru_maxrss in KiB.
    return Run(wall_seconds=wall_seconds, peak_mib=usage.ru_maxrss / 1024)


def interleaved(commands: Sequence[Sequence[str]], runs: int = RUNS) -> list[Run]:
    """Returns the best of each command's runs, taken in turns so that all see the same machine."""
    for arguments in commands:
        run(arguments)
    rounds = [[run(arguments) for arguments in commands] for _ in range(runs)]
    return [best_of(of_one) for of_one in zip(*rounds, strict=True)]


def _types(stack: str) -> list[str]:
    """Returns the type of each resource of a stack."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graph.json"
        run(["-m", "cli", "graph", "--stack", stack, "--out", str(path)])
        graph = json.loads(path.read_text(encoding="utf-8"))
    return [resource["type"] for resource in graph["deployment"]["resources"]]


def warm_previews(stacks: Sequence[str]) -> tuple[list[float], list[int]]:
    """Returns the least seconds of each stack's preview without its imports, and its resources.

    What does not grow with the stack, two seconds of imports, varies by more than what does.
    """
    simulation, report = import_module("offline.simulation"), import_module("report.terminal")
    export, shown = import_module("deployment.export").export, import_module("report.shown").shown
    console = import_module("report.console").PlainConsole(file=io.StringIO(), width=200)

    def timed(stack: str) -> tuple[float, int]:
        gc.collect()
        start = time.perf_counter()
        run = simulation.run_stack(PROGRAM, stack)
        report.show(shown(export(run.resources)), console)
        return time.perf_counter() - start, len(run.resources)

    gc.disable()  # as the preview does
    for stack in stacks:
        timed(stack)
    rounds = [[timed(stack) for stack in stacks] for _ in range(GROWTH_RUNS)]
    best = [min(of_one) for of_one in zip(*rounds, strict=True)]
    return [seconds for seconds, _ in best], [resources for _, resources in best]


def _in_new_process(function: Callable[[Sequence[str]], T], names: Sequence[str]) -> T:
    # A child's peak memory begins at that of the process that starts it: the SDKs stay out of this.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as helper:
        return helper.submit(function, names).result()


def measure() -> Iterator[dict[str, Any]]:
    """Yields the result of each benchmark."""
    types = _types("dev")
    code = _in_new_process(imports_code, types)
    preview, imports = interleaved([["-m", "cli", "preview", "--stack", "dev"], ["-c", code]])
    for name, best in {"preview": preview, "imports": imports}.items():
        seconds, mib = round(best.wall_seconds, 3), round(best.peak_mib, 1)
        yield {"benchmark": name, "stack": "dev", "wall_seconds": seconds, "peak_mib": mib}
    ratio = round(preview.wall_seconds / imports.wall_seconds, 2)
    yield {"benchmark": "ratio", "stack": "dev", "wall_ratio": ratio, "limit": WALL_RATIO_LIMIT}

    with ExitStack() as stacks:
        names = [stacks.enter_context(stack_with(count)) for count in NODE_GROUPS]
        warm, resources = _in_new_process(warm_previews, names)
    growth = superlinearity(warm)
    extra = (warm[-1] - warm[0]) / (resources[-1] - resources[0])
    beyond_imports = (preview.wall_seconds - imports.wall_seconds) / len(types)
    yield {
        "benchmark": "growth",
        "node_groups": NODE_GROUPS,
        "wall_seconds": [round(value, 3) for value in warm],
        "resources": resources,
        "milliseconds_per_extra_resource": round(extra * 1000, 2),
        "milliseconds_per_dev_resource": round(beyond_imports * 1000, 2),
        "superlinearity": None if growth is None else round(growth, 2),
        "limit": SUPERLINEARITY_LIMIT,
    }


def main() -> int:
    """Prints the results as they come; returns the exit status."""
    # Being told to stop is no reason to leave stack files behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    return publish(measure())


if __name__ == "__main__":
    sys.exit(main())
