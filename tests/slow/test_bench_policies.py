"""What ``bench.policies`` makes of its measurements; nothing is timed here."""

import pytest
from policy_mutants import Deployment
from policy_mutants.running import seen

from bench.policies import copies, growth
from bench.results import broken_limits
from policy.configuration import Configuration
from policy.evaluation import findings


def test_linear_growth_is_1_and_quadratic_is_10() -> None:
    assert growth([200, 2000], [0.2, 2.0]) == pytest.approx(1)
    assert growth([200, 2000], [0.2, 20.0]) == pytest.approx(10)


@pytest.mark.parametrize(
    ("figure", "lines"), [(1.5, []), (1.51, ["policies: growth 1.51 is above 1.5"])]
)
def test_a_limit_is_broken_above_it(figure: float, lines: list[str]) -> None:
    assert broken_limits([{"benchmark": "policies", "growth": figure, "limit": 1.5}]) == lines


def test_copies_have_nothing_in_common_and_break_no_other_rule() -> None:
    one = seen(Deployment("dev"))
    many = copies(one, 3)
    assert len({resource.urn for resource in many}) == 3 * len(one)
    found = [findings(graph, Configuration()) for graph in (one, many)]
    assert len(found[1]) == 3 * len(found[0])
