"""The requirements, by number, on the graphs of both shipped stacks."""

import pytest
from graph_model import Graph
from requirement_checks import CHECKS

# Requirement 12 is about two files (test_load_balancer_policy.py), 13's stability about two plans
# (test_subnets.py), 38 about the run (test_offline_engine.py); 40 has no check yet: it comes with
# the real engine.
CHECKED_HERE = {*range(1, 12), *range(13, 38), 39}


def test_every_requirement_has_its_check() -> None:
    assert set(CHECKS) == CHECKED_HERE


@pytest.mark.parametrize("number", sorted(CHECKED_HERE))
def test_requirement_holds(number: int, graph: Graph) -> None:
    assert list(CHECKS[number](graph)) == []
