"""``python -m cli pod-ips``: what it prints, and how it ends where it cannot."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any, Final

import pytest
from commands import run, run_in_a_process
from graph_model import Graph

SIMULATE: Final = "simulate --instance-type c5.large"


def pod_ips(line: str, *more: str) -> tuple[int, str, str]:
    """Returns exit status, output and errors of a command line."""
    ended = run("pod-ips", *line.split(), *more)
    return ended.returncode, ended.stdout, ended.stderr


def as_json(line: str) -> dict[str, Any]:
    status, output, errors = pod_ips(line, "--json")
    assert (status, errors) == (0, "")
    data: dict[str, Any] = json.loads(output)
    return data


def test_the_command_answers_in_json() -> None:
    ended = run_in_a_process("pod-ips", *f"{SIMULATE} --pods 2 --json".split())

    assert (ended.returncode, ended.stderr) == (0, "")
    assert json.loads(ended.stdout) == {
        "instance_type": "c5.large",
        "pods": 2,
        "enis": 2,
        "addresses": 18,
        "prefixes": 0,
        "unused": 16,
        "per_eni": [9, 9],
        "pods_without_address": 0,
        "node_subnet_addresses": 20,
        "pod_subnet_addresses": 0,
        "subnet_addresses": 20,
        "max_pods": 29,
    }


def test_the_command_refuses_in_one_line() -> None:
    ended = run_in_a_process("pod-ips", "max-pods", "--instance-type", "c5.huge")

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "'c5.huge' is not an EC2 instance type\n"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("--pods 0", {"per_eni": [9], "unused": 9}),
        ("--pods 2 --minimum-ip-target 5 --warm-ip-target 2", {"per_eni": [5], "unused": 3}),
        ("--pods 2 --warm-eni-target 2", {"per_eni": [9, 9, 9], "subnet_addresses": 30}),
        ("--pods 2 --prefix-delegation", {"per_eni": [32], "prefixes": 2, "max_pods": 110}),
        ("--pods 2 --prefix-delegation --warm-prefix-target 3", {"per_eni": [64], "prefixes": 4}),
        ("--pods 2 --custom-networking",
         {"per_eni": [0, 9, 9], "pod_subnet_addresses": 20, "node_subnet_addresses": 1}),
    ],
)  # fmt: skip
def test_the_options_of_a_simulation_count(options: str, expected: dict[str, Any]) -> None:
    found = as_json(f"{SIMULATE} {options}")
    assert {key: found[key] for key in expected} == expected


def test_pods_that_have_gone_count() -> None:
    """The CNI keeps an interface for its warm addresses, even one without a prefix."""
    targets = "--prefix-delegation --minimum-ip-target 12 --warm-ip-target 7"
    line = f"simulate --instance-type t3.micro --pods 3 {targets}"

    assert as_json(line)["per_eni"] == [16]
    assert as_json(f"{line} --peak 14")["per_eni"] == [16, 0]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("m5.4xlarge", {"max_pods": 110, "enis": 8, "pod_enis": 8, "addresses_per_eni": 30,
                        "vcpus": 16, "cap": 110}),
        ("m5.16xlarge", {"max_pods": 250, "enis": 15, "pod_enis": 15, "addresses_per_eni": 50,
                         "vcpus": 64, "cap": 250}),
        ("m5.large --custom-networking", {"max_pods": 20, "enis": 3, "pod_enis": 2,
                                          "addresses_per_eni": 10, "vcpus": 2, "cap": 110}),
        ("t2.medium --prefix-delegation", {
            "max_pods": 17, "enis": 3, "pod_enis": 3, "addresses_per_eni": 6, "vcpus": 2,
            "cap": 110,
            "note": "t2.medium is not built on Nitro: the CNI falls back to single addresses",
        }),
    ],
)  # fmt: skip
def test_a_limit_comes_with_its_reasons(options: str, expected: dict[str, Any]) -> None:
    found = as_json(f"max-pods --instance-type {options}")
    assert found == {"instance_type": options.split(maxsplit=1)[0], **expected}


def test_text_has_a_line_for_each_figure() -> None:
    status, output, errors = pod_ips(f"{SIMULATE} --pods 2")

    assert (status, errors) == (0, "")
    rows = dict(line.split("  ", maxsplit=1) for line in output.splitlines())
    assert rows["instance type"].strip() == "c5.large"
    assert rows["per eni"].strip() == "9, 9"
    assert rows["subnet addresses"].strip() == "20"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("simulate --instance-type c5.huge --pods 2", "'c5.huge' is not an EC2 instance type"),
        ("table --instance-types m5.large,nope", "'nope' is not an EC2 instance type"),
        (f"{SIMULATE} --pods -2", "Invalid value for '--pods'"),
        (f"{SIMULATE} --pods two", "Invalid value for '--pods'"),
        (f"{SIMULATE} --pods 2 --warm-ip-target -1", "Invalid value for '--warm-ip-target'"),
        (f"{SIMULATE} --pods 30", "--pods: c5.large runs at most 29 pods, got 30"),
        (f"{SIMULATE} --pods 2 --peak 30", "--peak: c5.large runs at most 29 pods, got 30"),
        (f"{SIMULATE} --pods 2 --warm-ip-target 2", "--warm-ip-target: alone makes a call"),
        (f"{SIMULATE} --pods 2 --minimum-ip-target 5 --warm-eni-target 1",
         "--warm-eni-target: has no effect beside --minimum-ip-target; remove"),
        (f"{SIMULATE} --pods 2 --warm-prefix-target 1", "--warm-prefix-target: has no effect"),
        (f"{SIMULATE}", "Missing option '--pods'"),
        (f"{SIMULATE} --pods 2 --colour", "No such option: --colour"),
        ("table --pods 10,x", "--pods: must be whole numbers with commas between, got '10,x'"),
        ("plan --plot demand.pdf", "--plot: demand.pdf must end in .svg or .png"),
        ("plan --plot no/such/folder/demand.svg", "cannot be written: No such file or directory"),
        ("draw", "No such command 'draw'"),
    ],
)  # fmt: skip
def test_a_wrong_command_line_ends_with_its_reason_in_one_line(line: str, expected: str) -> None:
    status, output, errors = pod_ips(line)

    assert (status, output) == (2, "")
    assert expected in errors
    assert errors.count("\n") == 1


def test_an_unknown_stack_is_status_1() -> None:
    status, output, errors = pod_ips("plan --stack nowhere")

    assert (status, output) == (1, "")
    assert errors.startswith("Pulumi.nowhere.yaml is not there; stacks with a file: ")
    assert errors.count("\n") == 1


def test_a_plan_has_the_subnets_that_the_stack_exports(
    stack: str, exported: dict[str, Any]
) -> None:
    found = as_json(f"plan --stack {stack}")
    outputs = Graph(exported).one("pulumi:pulumi:Stack").outputs

    assert found["subnets"] == outputs["plan"]["subnets"]
    assert (found["stack"], found["fits"], found["remedies"]) == (stack, True, [])


def test_a_plan_has_a_line_for_each_subnet() -> None:
    status, output, errors = pod_ips("plan --stack dev")
    heading, *rows, last = output.splitlines()

    assert (status, errors) == (0, "")
    assert heading.split() == ["zone", "block", "needed", "available"]
    assert rows[3] == "private"
    assert rows[4].split() == ["ap-northeast-2a", "172.30.0.0/19", "73", "8,187"]
    assert max(map(len, rows)) <= 76
    assert last == "every subnet is large enough"


def test_a_picture_of_a_plan_is_the_same_each_time(tmp_path: Path) -> None:
    pictures = [tmp_path / "first.svg", tmp_path / "second.svg"]
    for picture in pictures:
        status, output, errors = pod_ips("plan --stack dev --plot", str(picture))
        assert (status, errors) == (0, "")
        assert output.endswith(f"{picture}: written\n")

    first, second = (picture.read_bytes() for picture in pictures)
    assert first == second
    texts = [text.text for text in ET.fromstring(first).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314  our own
    assert "dev: private subnet 172.30.0.0/19 in ap-northeast-2a" in texts
    assert {"full nodes", "subnet has 8,187, beyond this picture"} <= {*texts}
    assert "maximum of the stack: 4" in texts


def test_a_picture_may_be_a_png(tmp_path: Path) -> None:
    picture = tmp_path / "demand.png"
    status, _, errors = pod_ips("plan --stack prod --plot", str(picture))

    assert (status, errors) == (0, "")
    assert picture.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_a_table_has_a_row_for_each_type_and_mode() -> None:
    status, output, errors = pod_ips("table --instance-types c5.large,t2.medium --pods 0,20")

    assert (status, errors) == (0, "")
    assert output.splitlines() == [
        "| instance type | mode | max pods | 0 pods | 20 pods |",
        "|---|---|---:|---:|---:|",
        "| c5.large | secondary-ip | 29 | 10 → 10 | 30 → 23 (7 saved) |",
        "| c5.large | prefix | 110 | 17 → 17 | 49 → 33 (16 saved) |",
        "| c5.large | custom-networking | 20 | 11 → 11 | 21 → 21 |",
        "| c5.large | custom-networking, prefixes | 110 | 18 → 18 | 50 → 34 (16 saved) |",
        "| t2.medium | secondary-ip | 17 | 6 → 6 | none |",
        "| t2.medium | prefix | 17 | 6 → 6 | none |",
        "| t2.medium | custom-networking | 12 | 7 → 7 | none |",
        "| t2.medium | custom-networking, prefixes | 12 | 7 → 7 | none |",
    ]
