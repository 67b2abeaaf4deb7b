"""What several test modules use."""

import copy
import json
from functools import cache
from typing import Any

import hypothesis
import pytest
from graph_model import Graph
from programs import complete

from offline.deployment import export
from offline.simulation import run_stack
from offline.stacks import PROGRAM

STACKS = ("dev", "prod")

# How long an example takes says nothing on a machine that others use, too.
hypothesis.settings.register_profile("eks-platform", deadline=None)
hypothesis.settings.load_profile("eks-platform")


@cache
def exported_text(stack: str) -> str:
    """Returns a shipped stack's export; the program runs once for each in a test process."""
    return json.dumps(complete(export(run_stack(PROGRAM, stack))))


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
def graph(exported: dict[str, Any]) -> Graph:
    """A shipped stack's graph."""
    return Graph(exported)
