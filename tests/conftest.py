"""What several test modules use. What is slow to import is imported where it is used."""

import copy
import json
import os
from functools import cache
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

if TYPE_CHECKING:
    from graph_model import Graph

STACKS = ("dev", "prod")
# And stacks that switch on what those leave off (tests/support/platforms.py).
LARGER_STACKS = (
    *STACKS,
    "efs",
    "in-cluster",
    "external",
    "arm and spot",
    "custom networking",
    "prefixes",
    "brought",
)

# The day of 2026-11-29, for processes of tests as well: what ends by a date would end tests, too.
os.environ["SOURCE_DATE_EPOCH"] = "1795910400"

# How long an example takes says nothing on a machine that others use, too.
hypothesis.settings.register_profile("eks-platform", deadline=None)
# `make fuzz`: thousands of cases, which need no replay from a folder.
hypothesis.settings.register_profile(
    "fuzz",
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=list(hypothesis.HealthCheck),
)
hypothesis.settings.load_profile("eks-platform")


@cache
def exported_text(stack: str) -> str:
    """Returns a shipped stack's export; the program runs once for each in a test process."""
    from programs import complete

    from deployment.export import export
    from offline.simulation import run_stack
    from stackfile.files import PROGRAM

    return json.dumps(complete(export(run_stack(PROGRAM, stack).resources)))


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest) -> str:
    """The name of each shipped stack in turn."""
    return str(request.param)


@pytest.fixture
def exported(stack: str) -> dict[str, Any]:
    """A shipped stack's export, which the test may change."""
    data: dict[str, Any] = json.loads(exported_text(stack))
    return copy.deepcopy(data)


@pytest.fixture
def graph(exported: dict[str, Any]) -> "Graph":
    """A shipped stack's graph."""
    from graph_model import Graph

    return Graph(exported)


@pytest.fixture(params=LARGER_STACKS)
def whole_platform(request: pytest.FixtureRequest) -> "Graph":
    """The graph of each shipped stack, and of stacks with more; tests leave it as it is."""
    from platforms import platform_graph

    return platform_graph(str(request.param))


@pytest.fixture(params=(*LARGER_STACKS, "yaml example"))
def platform(request: pytest.FixtureRequest) -> "Graph":
    """The same, and the example in YAML, which has no storage and no plan."""
    from platforms import platform_graph

    return platform_graph(str(request.param))
