"""The page has its sections, says what the plan says, and takes no text for markup."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from commands import run
from conftest import exported_text
from reports import SVG, boxes, full_report, other_file, picture, shipped

from planning.shutdown import broken, check, derive_budget
from policy.catalogue import Level
from policy.evaluation import Finding
from policy.rules import RULES
from policy.unknown import Why
from report.document import Content, render
from report.findings import as_data, ordered
from report.shown import shown

SECTIONS = (
    "architecture",
    "resources",
    "capacity",
    "shutdown",
    "policies",
    "dependencies",
    "costs",
    "differences",
)
# Quotes, markup and an entity; in JSON the quote needs its backslash.
HOSTILE = "x\\\"><script>alert(1)</script>&amp;'"


def test_every_section_is_there_and_linked(stack: str) -> None:
    page = full_report(stack)
    for name in SECTIONS:
        assert f'<section id="{name}">' in page
        assert f'<a href="#{name}">' in page


def test_sections_without_content_are_left_out() -> None:
    page = render(Content(deployment=shipped("dev")))
    assert 'id="differences"' not in page
    assert "curve-" not in page


def test_nothing_is_loaded_from_elsewhere(stack: str) -> None:
    page = full_report(stack)
    assert "default-src 'none'" in page
    for loading in ("<link rel=stylesheet", "<iframe", "<img", "@import", 'src="', "url(http"):
        assert loading not in page


def test_hostile_names_are_text() -> None:
    text = exported_text("dev").replace("sample-app", HOSTILE)
    hostile = shown(json.loads(text))
    told = replace(other_file("dev", "prod"), after=hostile)
    told = replace(told, update=replace(told.update, name="<b>other</b>"))
    page = render(Content(deployment=hostile, changes=told))
    assert "<script>alert" not in page
    assert "<b>other</b>" not in page
    drawn = picture(page, "architecture-diagram")
    names = {box.get("data-name") for box in boxes(drawn, "pods")}
    assert names == {"x\"><script>alert(1)</script>&amp;'"}
    assert all("<" not in (element.get("id") or "") for element in drawn.iter(f"{SVG}g"))


def test_subnet_bars_have_the_figures_of_the_plan() -> None:
    page = render(Content(deployment=shipped("dev")))
    assert 'data-cidr="172.30.0.0/19" data-role="private" data-zone="ap-northeast-2a" ' in page
    assert 'data-needed="73" data-usable="8187"' in page
    assert "width: 0.89%" in page


def test_a_subnet_that_is_too_small_is_said_to_be() -> None:
    data: dict[str, Any] = json.loads(exported_text("dev"))
    (stack,) = (r for r in data["deployment"]["resources"] if r["type"] == "pulumi:pulumi:Stack")
    stack["outputs"]["plan"]["subnets"][0] |= {"fits": False, "neededAddresses": 2000}
    page = render(Content(deployment=shown(data)))
    assert page.count('<strong class="bad">too small') == 1
    assert 'style="width: 100%"' in page


def test_broken_rules_are_said_with_their_consequence() -> None:
    data: dict[str, Any] = json.loads(exported_text("dev"))
    (stack,) = (r for r in data["deployment"]["resources"] if r["type"] == "pulumi:pulumi:Stack")
    stack["outputs"]["plan"]["shutdown"]["sample-app"]["preStopSeconds"] = 5
    page = render(Content(deployment=shown(data)))
    assert page.count('data-holds="false"') == 1
    assert "5 s, at least 21 s, or the pod stops while the load balancer still sends" in page


@pytest.mark.parametrize("pre_stop", [5, 30])
@pytest.mark.parametrize("grace", [40, 65, 130])
@pytest.mark.parametrize("drain", [10, 20, 60])
@pytest.mark.parametrize("on_spot", [False, True])
def test_rules_hold_where_nothing_is_broken(
    pre_stop: int, grace: int, drain: int, *, on_spot: bool
) -> None:
    budget = derive_budget(
        propagation_seconds=20,
        longest_request_seconds=20,
        pre_stop_seconds=pre_stop,
        grace_seconds=grace,
        drain_limit_seconds=drain,
    )
    hold = all(verdict.holds for verdict in check(budget, on_spot=on_spot))
    assert hold == (not broken(budget, on_spot=on_spot))


def test_policy_results_come_with_remediation_and_the_worst_first() -> None:
    def finding(rule: str, level: Level, why: Why | None = None) -> Finding:
        urn = "urn:pulumi:s::p::a:b:C::vpc"
        return Finding(rule=RULES[rule], urn=urn, message="is wrong", level=level, why=why)

    found = [
        finding("probes", Level.ADVISORY, Why.LATER),
        finding("keys-rotate", Level.ADVISORY),
        finding("vpc-flow-logs", Level.MANDATORY),
    ]
    results = ordered(found)
    assert [(result.rule.name, result.kind) for result in results] == [
        ("vpc-flow-logs", "mandatory"),
        ("keys-rotate", "advisory"),
        ("probes", "not checked"),
    ]
    assert (results[0].resource, results[0].message) == ("vpc", "is wrong")
    assert [result["level"] for result in as_data(found)] == [result.kind for result in results]
    assert as_data(found)[0]["remediation"] == results[0].remediation


_VPC = "urn:pulumi:dev::p::aws:ec2/vpc:Vpc::vpc"


@pytest.mark.parametrize(
    ("export", "reason"),
    [
        ({"version": 3, "deployment": {"resources": [{"urn": "a"}]}}, "resource 1 (a): urn must"),
        (
            {"version": 3, "deployment": {"resources": [{"urn": _VPC, "type": "aws:ec2/vpc:Vpc"}]}},
            "no stack",
        ),
        ({}, "is no deployment"),
    ],
)
def test_a_file_that_is_no_export_ends_in_one_line(
    tmp_path: Path, export: dict[str, Any], reason: str
) -> None:
    (tmp_path / "other.json").write_text(json.dumps(export), encoding="utf-8")
    ended = run("report", "--against", str(tmp_path / "other.json"), "--out", str(tmp_path / "r"))
    assert ended.returncode == 2
    assert reason in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert not (tmp_path / "r").exists()


def test_the_command_writes_one_file(tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    ended = run("report", "--stack", "prod", "--against", "dev", "--out", str(out))
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    page = out.read_text(encoding="utf-8")
    assert '<section id="differences">' in page
    assert "curve-" in page


def test_a_preview_as_data_is_one_object() -> None:
    ended = run("preview", "--json")
    data = json.loads(ended.stdout)
    assert data["stack"] == "dev"
    assert data["totals"]["resources"] == sum(data["totals"]["packages"].values())
    assert data["plan"]["kubernetesVersion"] == "1.36"
    assert ended.stderr == ""


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_a_summary_fits_one_screen(stack: str) -> None:
    ended = run("preview", "--stack", stack, "--summary")
    lines = ended.stdout.splitlines()
    assert len(lines) <= 24
    assert "\x1b" not in ended.stdout
    assert "resources to create" in ended.stdout
    assert lines[-2].startswith("Policies: ")
    assert lines[-1].startswith("  advisory  load-balancers-")
    assert "all 6 rules hold" in ended.stdout


def test_one_screen_or_data_and_not_both() -> None:
    ended = run("preview", "--summary", "--json")
    assert ended.returncode == 2
    assert "exclude each other" in ended.stderr
