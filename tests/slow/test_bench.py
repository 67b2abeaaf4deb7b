"""What ``bench`` makes of its measurements; nothing is timed here."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from bench.preview import PROGRAM, Run, best_of, imports_code, run, stack_with, superlinearity
from bench.results import broken_limits, publish


@pytest.fixture
def program(tmp_path: Path) -> Path:
    shutil.copy(PROGRAM / "Pulumi.dev.yaml", tmp_path)
    return tmp_path


def test_the_best_run_has_the_least_of_each_figure() -> None:
    runs = [Run(wall_seconds=3.0, peak_mib=200.0), Run(wall_seconds=2.0, peak_mib=210.0)]
    assert best_of(runs) == Run(wall_seconds=2.0, peak_mib=200.0)


def test_linear_growth_is_25_groups_against_24() -> None:
    assert superlinearity([2.01, 2.25, 2.50]) == pytest.approx(25 / 24)


def test_quadratic_growth_breaks_the_limit() -> None:
    figure = superlinearity([2.0 + 0.001 * groups**2 for groups in (1, 25, 50)])
    result = {"benchmark": "growth", "superlinearity": figure, "limit": 1.5}
    assert len(broken_limits([result])) == 1


def test_no_growth_at_all_is_no_measurement() -> None:
    figure = superlinearity([2.0, 2.0, 2.1])
    assert figure is None
    result = {"benchmark": "growth", "superlinearity": figure, "limit": 1.5}
    assert broken_limits([result]) == ["growth: superlinearity could not be measured; run it again"]


@pytest.mark.parametrize(
    ("figure", "lines"), [(2.99, []), (3.0, []), (3.01, ["ratio: wall_ratio 3.01 is above 3.0"])]
)
def test_a_limit_is_broken_above_it(figure: float, lines: list[str]) -> None:
    without_limit = {"benchmark": "preview", "wall_seconds": 9.0}
    result = {"benchmark": "ratio", "wall_ratio": figure, "limit": 3.0}
    assert broken_limits([without_limit, result]) == lines


def test_a_report_may_add_so_many_seconds() -> None:
    result = {"benchmark": "report", "limit": 3.0}
    assert broken_limits([{**result, "added_seconds": 3.0}]) == []
    above = broken_limits([{**result, "added_seconds": 3.1}])
    assert above == ["report: added_seconds 3.1 is above 3.0"]


def test_the_import_baseline_has_each_class_once_and_no_component_of_ours() -> None:
    tokens = [
        "aws:ec2/vpc:Vpc",
        "aws:ec2/vpc:Vpc",
        "kubernetes:core/v1:Namespace",
        "eks-platform:network:Network",
        "pulumi:pulumi:Stack",
    ]
    assert imports_code(tokens).splitlines() == [
        "import pulumi",
        "import pulumi_aws",
        "import pulumi_eks",
        "import pulumi_kubernetes",
        "from pulumi_aws.ec2.vpc import Vpc",
        "from pulumi_kubernetes.core.v1.Namespace import Namespace",
    ]


def test_a_generated_stack_differs_from_dev_in_its_node_groups_alone(program: Path) -> None:
    dev = yaml.safe_load((program / "Pulumi.dev.yaml").read_text(encoding="utf-8"))
    with stack_with(25, program) as stack:
        text = (program / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8")
    generated = yaml.safe_load(text)
    [group] = dev["config"].pop("eks-platform:nodeGroups").values()
    groups = generated["config"].pop("eks-platform:nodeGroups")
    assert len(groups) == 25
    assert all(generated_group == group for generated_group in groups.values())
    assert generated == dev


def test_the_generated_stack_is_removed_when_a_measurement_fails(program: Path) -> None:
    def measured() -> None:
        with stack_with(1, program) as stack:
            assert (program / f"Pulumi.{stack}.yaml").is_file()
            run(["-c", "raise SystemExit(1)"])

    with pytest.raises(ChildProcessError):
        measured()
    assert [path.name for path in program.iterdir()] == ["Pulumi.dev.yaml"]


def test_a_child_that_fails_stops_the_benchmark() -> None:
    with pytest.raises(ChildProcessError, match="exit status 3"):
        run(["-c", "raise SystemExit(3)"])


def test_results_are_printed_with_their_machine_and_a_broken_limit_ends_in_status_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    within = {"benchmark": "max-pods", "seconds": 2.0, "limit": 2.0}
    assert publish([within]) == 0
    assert publish([within, {**within, "seconds": 2.1}]) == 1
    printed = capsys.readouterr()
    lines = [json.loads(line) for line in printed.out.splitlines()]
    assert [line["seconds"] for line in lines] == [2.0, 2.0, 2.1]
    assert all({"python", "cpus"} <= line.keys() for line in lines)
    assert printed.err == "max-pods: seconds 2.1 is above 2.0\n"
