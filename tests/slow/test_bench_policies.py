"""What ``bench.policies`` makes of its measurements; nothing is timed here."""

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from policy_mutants import Deployment
from policy_mutants.running import seen

from bench.large_export import Shape, write_export
from bench.policies import copies, growth
from bench.results import broken_limits
from deployment.export import read
from policy.configuration import Configuration
from policy.evaluation import findings
from policy.view import visible


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


def test_a_large_export_is_one_stack_whose_parts_have_names_of_their_own(tmp_path: Path) -> None:
    small, large = tmp_path / "small.json", tmp_path / "large.json"
    counts = [write_export(small, 1), write_export(large, 200)]
    found = [
        Counter(f.rule.name for f in findings(visible(read(path)), Configuration()) if f.checked)
        for path in (small, large)
    ]
    copies_in_large = (counts[1] - 1) / (counts[0] - 1)
    assert copies_in_large > 1
    # What is wrong with one copy is wrong with each, and no copy is taken for another one.
    assert found[0]
    assert found[1] == Counter({rule: n * copies_in_large for rule, n in found[0].items()})


@pytest.mark.parametrize("shape", Shape)
def test_a_resource_costs_no_more_in_a_large_export(shape: Shape, tmp_path: Path) -> None:
    costs: list[float] = []
    for count in (300, 900):
        path = tmp_path / f"{count}.json"
        write_export(path, count, shape)
        deployment = visible(read(path))
        costs.append(_calls(lambda d=deployment: findings(d, Configuration())) / len(deployment))
    assert costs[1] < 1.2 * costs[0]


def _calls(work: Callable[[], object]) -> int:
    """Returns how many functions are called, which no other load of the machine changes."""
    calls: Counter[str] = Counter()
    sys.setprofile(lambda _frame, event, _argument: calls.update([event]))
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls["call"]
