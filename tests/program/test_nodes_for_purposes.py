"""Pods that ask for nodes by one setting: label, selector, taint and toleration come together."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import pulumi
import pytest
from graph_model import Graph
from platforms import broken_rules
from programs import run_of_platform, run_platform, section

from deployment.types import DEPLOYMENT, NODE_GROUP, NODE_POOL, STATEFUL_SET
from planning.plan import Plan
from planning.scheduling.nodes import Verdict
from report.costs import estimate

TAINT: Final = {"key": "for", "value": "apps", "effect": "NO_EXECUTE"}
GROUP: Final[Mapping[str, Any]] = section("nodeGroups")["default"]
APP: Final[Mapping[str, Any]] = section("sampleApp")
SPECIAL: Final = {**GROUP, "taints": [TAINT], "labels": {"team": "a"}}
POOL: Final[Mapping[str, Any]] = {
    "instanceTypes": ["m6i.large"],
    "limits": {"cpu": 8, "memoryGiB": 64},
    "taints": [TAINT],
}
LABEL: Final = "eks-platform/nodes"
GROUPS: Final = {"default": GROUP, "special": SPECIAL, "unasked": GROUP}


def karpenter(**pools: Any) -> dict[str, Any]:
    group = {**GROUP, "instanceTypes": ["m6i.large"]}
    return {"nodeGroups": {"default": group}, "autoscaling": {"mode": "karpenter", "pools": pools}}


ON_GROUP: Final[Mapping[str, Any]] = {
    "nodeGroups": GROUPS,
    "nfs": {"backend": "in-cluster", "nodes": "special"},
    "wordpress": {"nodes": "special"},
    "sampleApp": {**APP, "nodes": "special"},
    "apps": {"anywhere": {}},
}
ON_POOL: Final[Mapping[str, Any]] = {
    **karpenter(special=POOL, other={**POOL, "taints": []}),
    "sampleApp": {**APP, "nodes": "special"},
}


@cache
def graph(name: str) -> Graph:
    return Graph(run_platform({"group": ON_GROUP, "pool": ON_POOL}[name]))


def plan_of(changes: Mapping[str, Any]) -> Plan:
    found = run_of_platform(changes).plan
    assert found
    return found


@pytest.mark.parametrize("kind", ["group", "pool"])
def test_pods_select_nodes_that_have_the_label_and_put_up_with_their_taints(kind: str) -> None:
    tolerated = {"key": "for", "operator": "Equal", "value": "apps", "effect": "NoExecute"}
    asking = {"group": {"nfs-server", "wordpress", "wordpress-mysql", "sample-app"}}
    for made in (*graph(kind).of(DEPLOYMENT), *graph(kind).of(STATEFUL_SET)):
        spec = made.inputs["spec"]["template"]["spec"]
        asks = made.name in asking.get(kind, {"sample-app"})
        assert spec.get("nodeSelector") == ({LABEL: "special"} if asks else None), made.name
        assert spec.get("tolerations") == ([tolerated] if asks else None), made.name


def test_only_nodes_that_somebody_asks_for_have_the_label() -> None:
    labels = {one.name: one.inputs.get("labels") for one in graph("group").of(NODE_GROUP)}
    assert labels == {
        "nodes-default": {},
        "nodes-special": {"team": "a", LABEL: "special"},
        "nodes-unasked": {},
    }
    templates = {one.name: one.inputs["spec"]["template"] for one in graph("pool").of(NODE_POOL)}
    pools = {name: template.get("metadata") for name, template in templates.items()}
    assert pools == {"karpenter-special": {"labels": {LABEL: "special"}}, "karpenter-other": None}


@pytest.mark.parametrize("changes", [ON_GROUP, ON_POOL], ids=["group", "pool"])
def test_no_policy_minds(changes: Mapping[str, Any]) -> None:
    assert broken_rules(run_platform(changes)) == []


def test_volumes_of_claims_are_priced_with_their_component() -> None:
    lines = [line for line in estimate(graph("group")).lines if line.price.key == "gp3"]
    found = {(one.component, one.units) for one in lines if "root" not in one.what}
    assert found == {("nfs-server", 20), ("wordpress", 10)}


def test_karpenter_starts_as_many_nodes_of_a_pool_as_its_pods_need() -> None:
    """Two pods in two zones; what may run elsewhere counts on no node of a pool."""
    plan = plan_of(ON_POOL)
    desired = plan.pods_at_desired_size
    assert {name: group.count for name, group in desired.groups.items()} == {
        "default": 2,
        "karpenter/special": 2,
    }
    assert desired.verdict is Verdict.FITS
    assert plan.pods_at_maximum.groups["karpenter/special"].count == 4
    # Each of 1.4 cores fills a node of two.
    large = {**APP, "nodes": "special", "cpuRequest": "1400m", "cpuLimit": "2", "minReplicas": 4}
    desired = plan_of({**ON_POOL, "sampleApp": large}).pods_at_desired_size
    assert desired.groups["karpenter/special"].count == 4


def refusal(changes: Mapping[str, Any]) -> str:
    with pytest.raises(pulumi.RunError) as refused:
        run_of_platform(changes)
    return " ".join(str(refused.value).split())


def test_what_helps_is_said_of_the_nodes_that_pods_ask_for() -> None:
    """More of the other nodes would not help."""
    app = {**APP, "nodes": "special", "minReplicas": 6, "cpuRequest": "900m", "cpuLimit": "1"}
    one = {"minSize": 1, "desiredSize": 1}
    groups = {"default": GROUP, "special": {**SPECIAL, **one}}
    message = refusal({"nodeGroups": groups, "sampleApp": app})
    assert "sample-app: 6 of them, and nodes have room for 1" in message
    assert "nodeGroups.special.desiredSize" in message
    assert "nodeGroups.default" not in message
    message = refusal({**ON_POOL, "sampleApp": {**app, "minReplicas": 5, "cpuRequest": "1"}})
    assert "a larger pool: autoscaling.pools.special.limits cpu 10, memoryGiB 64" in message


def test_spot_nodes_count_for_those_pods_alone_that_run_on_them() -> None:
    slow = {"propagationSeconds": 60, "longestRequestSeconds": 120}
    spot = {**SPECIAL, "capacityType": "SPOT", "taints": []}
    groups = {"default": GROUP, "spot": spot}

    def faults(nodes: str | None) -> str:
        app = {**APP, "shutdown": slow, **({"nodes": nodes} if nodes else {})}
        try:
            run_of_platform({"nodeGroups": groups, "sampleApp": app})
        except pulumi.RunError as error:
            return str(error)
        return ""

    assert "spot" in faults("spot")
    assert "spot" in faults(None)
    assert faults("default") == ""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"sampleApp": {**APP, "nodes": "gpu"}},
            ["sampleApp.nodes: must be a node group or a pool of Karpenter (default), got 'gpu'"],
        ),
        (
            {**karpenter(batch=POOL), "apps": {"shop": {"nodes": "gpu"}}},
            ["apps.shop.nodes", "(default, batch (pool)), got 'gpu'"],
        ),
        (
            {**karpenter(default=POOL), "apps": {"shop": {"nodes": "default"}}},
            ["apps.shop.nodes", "nodeGroups.default and autoscaling.pools.default both"],
        ),
        ({"nfs": {"nodes": "default"}}, ["nfs.nodes", "for backend in-cluster only"]),
        (
            {"nodeGroups": {"default": {**GROUP, "labels": {LABEL: "a"}}}},
            ["nodeGroups.default.labels", "platform's own label"],
        ),
    ],
    ids=["no such nodes", "no such pool", "two of one name", "of efs", "the label"],
)
def test_wrong_names_of_nodes_are_refused(changes: Mapping[str, Any], words: list[str]) -> None:
    message = refusal(json.loads(json.dumps(changes)))
    for word in words:
        assert word in message
