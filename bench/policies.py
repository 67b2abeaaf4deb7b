"""``python -m bench.policies``: what the policy pack costs, one JSON object a line.

Exit status: 0 within the limit; 1 the limit is broken, with the reason on the error stream.
"""

import gc
import json
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from deployment.deployment import Deployment
from deployment.export import export, read
from deployment.resource import Resource
from offline.engine import run_program
from offline.monitor import RecordingMonitor
from offline.simulation import factories
from policy.analyzer import Analyzer, analyzer
from policy.configuration import Configuration, configuration_of
from policy.evaluation import findings
from policy.rules import RULES
from policy.view import visible
from stackfile.files import PROGRAM
from stackfile.files import configuration as stack_file

from .large_export import Shape, write_export
from .results import publish

T = TypeVar("T")

PROJECT: Final = "eks-platform"
# With these dev has about 200 resources; ten copies of it have 2,000.
APPS: Final = 9
COPIES: Final = 10
RUNS: Final = 3
# Resources of a small and of a large export.
EXPORTS: Final = (3_000, 30_000)
# Seconds for each resource of the large graph over those of the small one: linear is 1, quadratic
# is 10.
GROWTH_LIMIT: Final = 1.5


def small_graph() -> Deployment:
    """Returns dev's graph with more applications, about 200 resources in all."""
    config = dict(stack_file(PROGRAM, "dev"))
    app = json.loads(config[f"{PROJECT}:sampleApp"])
    config[f"{PROJECT}:apps"] = json.dumps({f"app-{index}": app for index in range(APPS)})
    monitor = RecordingMonitor(PROJECT, "dev", config, factories(PROJECT, config))
    recorded = run_program(PROGRAM, monitor).resources
    return visible(export(recorded))


def copies(resources: Deployment, count: int) -> Deployment:
    """Returns that many copies of a graph, each with names and IDs of its own."""
    own = {str(r.outputs["id"]) for r in resources if "id" in r.outputs}
    own.add("urn:pulumi:dev")
    longest_first = sorted(map(re.escape, own), key=len, reverse=True)
    pattern = re.compile(rf"\b({'|'.join(longest_first)})\b")
    text = json.dumps([resource.to_data() for resource in resources])
    return Deployment(
        Resource.from_data(data)
        for number in range(count)
        for data in json.loads(pattern.sub(rf"\g<1>-{number}", text))
    )


def growth(resources: Sequence[int], seconds: Sequence[float]) -> float:
    """Returns what a resource costs in the large graph over what it costs in the small one."""
    small, large = (spent / count for spent, count in zip(seconds, resources, strict=True))
    return large / small


def measure() -> Iterator[dict[str, Any]]:
    """Yields the result of the rules by direct call and behind Pulumi's analyzer protocol."""
    gc.disable()  # as the preview does
    small = small_graph()
    deployments = [copies(small, 1), copies(small, COPIES)]
    configured = configuration_of("dev")
    yield _result(
        "policies, direct call", deployments, lambda deployment: findings(deployment, configured)
    )
    with analyzer() as pack:
        yield _result(
            "policies, analyzer", deployments, lambda deployment: _analyzed(pack, deployment)
        )
    yield from map(_of_exports, Shape)


def _of_exports(shape: Shape) -> dict[str, Any]:
    """Returns what it takes to read and to judge two exports of one stack each."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{count}.json" for count in EXPORTS]
        counts = [write_export(*each, shape) for each in zip(files, EXPORTS, strict=True)]
        seconds = [_seconds(_judged, file) for file in files]
    return {
        "benchmark": f"policies, export of {shape}",
        "rules": len(RULES),
        "resources": counts,
        "wall_seconds": [round(value, 2) for value in seconds],
        "growth": round(growth(counts, seconds), 2),
        "limit": GROWTH_LIMIT,
    }


def _judged(file: Path) -> object:
    return findings(visible(read(file)), Configuration())


def _analyzed(pack: Analyzer, deployment: Deployment) -> object:
    return pack.findings(deployment, configuration_of("dev"))


def _result(
    name: str, deployments: Sequence[Deployment], judge: Callable[[Deployment], object]
) -> dict[str, Any]:
    # In turns, so that all see the same machine; the best, as others on it only add.
    rounds = [[_seconds(judge, deployment) for deployment in deployments] for _ in range(RUNS)]
    seconds = [min(of_one) for of_one in zip(*rounds, strict=True)]
    resources = [len(deployment) for deployment in deployments]
    return {
        "benchmark": name,
        "rules": len(RULES),
        "resources": resources,
        "wall_seconds": [round(value, 3) for value in seconds],
        "growth": round(growth(resources, seconds), 2),
        "limit": GROWTH_LIMIT,
    }


def _seconds(judge: Callable[[T], object], deployment: T) -> float:
    gc.collect()
    start = time.perf_counter()
    judge(deployment)
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(publish(measure()))
