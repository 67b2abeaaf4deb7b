"""The critical path is the longest way through the graph, and components wait as resources do."""

from itertools import pairwise
from typing import Any

import pytest
from reports import boxes, picture, shipped

from deployment.deployment import Deployment
from report import critical_path as durations
from report.components import components, rows
from report.critical_path import critical_path, types_without_duration
from report.document import Content, render
from report.shown import shown

STACK = "urn:pulumi:s::p::pulumi:pulumi:Stack::p-s"
SECONDS = {"a:b:Slow": 100, "a:b:Quick": 10}


def urn(token: str, name: str) -> str:
    return f"urn:pulumi:s::p::{token}::{name}"


def resource(token: str, name: str, *after: str, parent: str = STACK) -> dict[str, Any]:
    return {
        "urn": urn(token, name),
        "type": token,
        "custom": True,
        "parent": parent,
        "dependencies": list(after),
    }


def deployment(*resources: dict[str, Any]) -> Deployment:
    stack = {"urn": STACK, "type": "pulumi:pulumi:Stack"}
    return shown({"deployment": {"resources": [stack, *resources]}})


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = {t: {"type": t, "seconds": s, "source": "https://x"} for t, s in SECONDS.items()}
    monkeypatch.setattr(durations, "durations", lambda: entries)


@pytest.mark.usefixtures("known")
def test_the_path_is_the_longest_by_time_and_not_by_steps() -> None:
    chain = [urn("a:b:Quick", name) for name in ("one", "two", "three")]
    found = critical_path(
        deployment(
            resource("a:b:Quick", "one"),
            resource("a:b:Quick", "two", chain[0]),
            resource("a:b:Quick", "three", chain[1]),
            resource("a:b:Slow", "slow"),
            resource("a:b:Quick", "end", urn("a:b:Slow", "slow"), chain[2]),
        )
    )
    assert [(s.resource.name, s.begins, s.seconds) for s in found] == [
        ("slow", 0, 100),
        ("end", 100, 10),
    ]


@pytest.mark.usefixtures("known")
def test_a_type_without_a_report_counts_as_nothing_and_is_named() -> None:
    stack = deployment(resource("a:b:Odd", "odd"), resource("a:b:Slow", "x", urn("a:b:Odd", "odd")))
    path = critical_path(stack)
    assert sum(step.seconds for step in path) == 100
    assert types_without_duration(stack) == ["a:b:Odd"]


@pytest.mark.usefixtures("known")
def test_waits_by_property_and_provider_count() -> None:
    slow = resource("a:b:Slow", "slow")
    by_property = resource("a:b:Quick", "one")
    by_property["propertyDependencies"] = {"x": [slow["urn"]]}
    by_provider = resource("a:b:Quick", "two")
    by_provider["provider"] = f"{by_property['urn']}::id"
    path = critical_path(deployment(slow, by_property, by_provider))
    assert [step.resource.name for step in path] == ["slow", "one", "two"]


def test_the_control_plane_and_a_node_group_are_critical(stack: str) -> None:
    path = critical_path(shipped(stack))
    types = [step.resource.type for step in path]
    assert types.index("aws:eks/cluster:Cluster") < types.index("aws:eks/nodeGroup:NodeGroup")
    assert all(a.begins + a.seconds == b.begins for a, b in pairwise(path))


def test_components_wait_as_their_resources_do() -> None:
    found = {row.component.name: row.waits_for for row in rows(shipped("dev"))}
    assert "cluster" in found["vpc-cni"]
    assert "vpc-cni" in found["nodes-default"]
    assert found["network"] == []
    assert "load-balancer-controller" in found["sample-app"]


def test_rows_come_after_what_they_wait_for(stack: str) -> None:
    names: list[str] = []
    for row in rows(shipped(stack)):
        assert set(row.waits_for) <= set(names)
        names.append(row.component.name)


def test_components_that_wait_for_each_other_are_drawn_beside_each_other() -> None:
    one, two = (
        {"urn": urn("c:d:E", name), "type": "c:d:E", "parent": STACK} for name in ("one", "two")
    )
    first = resource("a:b:Odd", "first", parent=one["urn"])
    second = resource("a:b:Odd", "second", first["urn"], parent=two["urn"])
    third = resource("a:b:Odd", "third", second["urn"], parent=one["urn"])
    drawn = picture(
        render(Content(deployment=deployment(one, two, first, second, third))), "dependency-diagram"
    )
    tops = {box.find("{*}rect").get("y") for box in boxes(drawn, "component")}  # type: ignore[union-attr]
    assert len(tops) == 1


def test_every_component_is_in_the_picture(stack: str) -> None:
    found = shipped(stack)
    drawn = picture(render(Content(deployment=found)), "dependency-diagram")
    assert {box.get("data-urn") for box in boxes(drawn, "component")} == set(components(found))
