"""The first screen says which stack it is, and the verdict in five figures."""

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from commands import run
from conftest import exported_text
from reports import platform, shipped

from deployment.deployment import Deployment
from planning.shutdown import ShutdownBudget, check
from policy.catalogue import Level
from policy.evaluation import Finding
from policy.rules import RULES
from policy.unknown import Why
from report.costs import estimate
from report.critical_path import critical_path
from report.document import Content, render
from report.first_screen import Figure, facts, verdict
from report.shown import shown

Change = Callable[[dict[str, Any]], object]


def with_plan(change: Change) -> Deployment:
    """Returns dev with its plan changed."""
    data: dict[str, Any] = json.loads(exported_text("dev"))
    (stack,) = (r for r in data["deployment"]["resources"] if r["type"] == "pulumi:pulumi:Stack")
    change(stack["outputs"]["plan"])
    return shown(data)


def figures(deployment: Deployment, *findings: Finding) -> dict[str, Figure]:
    budgets = deployment.plan.get("shutdown", {})
    rules = {name: check(ShutdownBudget.from_data(data)) for name, data in budgets.items()}
    path, costs = critical_path(deployment), estimate(deployment)
    return {found.section: found for found in verdict(deployment, findings, rules, costs, path)}


def finding(level: Level, *, checked: bool = True) -> Finding:
    rule, urn = RULES["keys-rotate"], "urn:pulumi:s::p::a:b:C::key"
    why = None if checked else Why.LATER
    return Finding(rule=rule, urn=urn, message="is wrong", level=level, why=why)


def test_a_stack_that_is_in_order_has_good_figures() -> None:
    found = figures(shipped("dev"))
    assert {section: figure.state for section, figure in found.items()} == {
        "policies": "good",
        "capacity": "good",
        "shutdown": "good",
        "costs": "",
        "dependencies": "",
    }
    assert found["policies"].value == "0 violations"
    assert (found["capacity"].value, found["capacity"].text) == (
        "2%",
        "control-plane 172.30.196.0/23: 9 of 507 addresses",
    )
    assert found["shutdown"].value == "6 of 6 rules"
    assert found["costs"].value == f"${estimate(shipped('dev')).total:,.0f} a month"
    seconds = sum(step.seconds for step in critical_path(shipped("dev")))
    assert found["dependencies"].value == f"{seconds // 60} min {seconds % 60} s"


def test_each_figure_says_when_something_is_to_be_done() -> None:
    mandatory, advisory = finding(Level.MANDATORY), finding(Level.ADVISORY)
    unseen = finding(Level.ADVISORY, checked=False)
    dev = shipped("dev")
    assert figures(dev, mandatory, advisory)["policies"].value == "1 violation"
    assert figures(dev, mandatory)["policies"].state == "bad"
    assert figures(dev, advisory)["policies"].state == "warn"
    assert figures(dev, unseen)["policies"].text.endswith("0 advisory, 1 not checked")

    # Prefixes may be too few where addresses are left.
    small = figures(with_plan(lambda plan: plan["subnets"][1].update(fits=False)))["capacity"]
    assert (small.value, small.state) == ("too small", "bad")
    assert small.text.startswith("private 172.30.0.0/19: ")

    cut = figures(with_plan(lambda plan: plan["shutdown"]["sample-app"].update(graceSeconds=40)))
    assert (cut["shutdown"].value, cut["shutdown"].state) == ("4 of 6 rules", "bad")


def test_a_figure_of_what_is_not_there_says_so() -> None:
    found = figures(with_plan(lambda plan: plan.clear()))
    assert found["capacity"].text == "the stack exports no plan"
    assert found["shutdown"].text == "no application"
    page = render(Content(deployment=with_plan(lambda plan: plan.clear())))
    assert page.count("data-figure=") == 5
    assert 'href="#shutdown"' not in page


def test_the_header_has_project_region_date_and_versions() -> None:
    found = dict(facts(platform("arm and spot"), "us-east-1", date(2027, 1, 2)))
    assert found["Project"] == "eks-platform"
    assert (found["Region"], found["Date"]) == ("us-east-1", "2027-01-02")
    assert found["Kubernetes"] == "1.36, in standard support until 2027-08-02"
    assert re.fullmatch(r"aws [\d.]+, eks [\d.]+, kubernetes [\d.]+", found["Providers"])


def test_the_day_is_that_of_a_reproducible_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages: list[str] = []
    for seconds in ("1767225600", "1767225601"):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", seconds)
        out = tmp_path / f"{seconds}.html"
        assert run("report", "--out", str(out)).returncode == 0
        pages.append(out.read_text(encoding="utf-8"))
    assert "<dd>2026-01-01</dd>" in pages[0]
    assert pages[0] == pages[1]
