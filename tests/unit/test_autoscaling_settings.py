"""The section autoscaling: what each mode takes, and what does not go with the rest of the file."""

from typing import Any, Final

import pytest
from test_settings import DEV, changed, load, mistakes, row

from planning.durations import seconds
from planning.pools import nodes_within
from planning.shutdown import NodeLimit, broken, derive_budget

AUTOSCALING: Final = "eks-platform:autoscaling"
POOL: Final = f"{AUTOSCALING}.pools.general"
LIMITS: Final = {"cpu": 32, "memoryGiB": 128}
CLUSTER_AUTOSCALER: Final = {"mode": "cluster-autoscaler"}


def pool(**keys: Any) -> dict[str, Any]:
    settings = {"instanceTypes": ["m5.xlarge"], "limits": LIMITS, **keys}
    return {"mode": "karpenter", "pools": {"general": settings}}


@pytest.mark.parametrize(
    "section",
    [
        {},
        {"mode": "none"},
        CLUSTER_AUTOSCALER,
        {**CLUSTER_AUTOSCALER, "expander": "random", "maxGracefulTerminationSeconds": 65},
        pool(),
        pool(capacityTypes=["on-demand", "spot"], zones=["ap-northeast-2c"]),
        pool(image="bottlerocket", imageVersion="v1.46.0", terminationGracePeriod="1m5s"),
        pool(consolidateAfter="Never", expireAfter="Never", consolidation="WhenEmpty"),
        pool(budgets=[{"nodes": "0", "schedule": "0 9 * * mon-fri", "duration": "8h"}]),
    ],
    ids=str,
)
def test_what_a_mode_takes_loads(section: dict[str, Any]) -> None:
    assert load(changed("autoscaling", section, DEV)).autoscaling.mode == section.get(
        "mode", "none"
    )


def of_pool(keys: dict[str, Any], key: str, *words: str) -> Any:
    return row("autoscaling", pool(**keys), f"{POOL}.{key}", *words)


MISTAKES: Final = [
    row("autoscaling", {"mode": "auto"}, f"{AUTOSCALING}.mode", "'cluster-autoscaler'", '"auto"'),
    row("autoscaling", {"expander": "random"}, f"{AUTOSCALING}.expander",
        "has no effect with mode none; it is for mode cluster-autoscaler"),
    row("autoscaling", {**pool(), "maxGracefulTerminationSeconds": 90},
        f"{AUTOSCALING}.maxGracefulTerminationSeconds", "has no effect with mode karpenter"),
    row("autoscaling", {**pool(), "mode": "cluster-autoscaler"}, f"{AUTOSCALING}.pools",
        "it is for mode karpenter"),
    row("autoscaling", {"mode": "karpenter"}, f"{AUTOSCALING}.mode",
        "pools, which the file leaves out: needs at least one pool"),
    row("autoscaling", {**CLUSTER_AUTOSCALER, "expander": "price"}, f"{AUTOSCALING}.expander",
        "'least-waste', 'most-pods' or 'random'"),
    row("autoscaling", {**CLUSTER_AUTOSCALER, "maxGracefulTerminationSeconds": 59},
        f"{AUTOSCALING}.maxGracefulTerminationSeconds", "at least 60, got 59"),
    # The pods of dev have 65 seconds.
    row("autoscaling", {**CLUSTER_AUTOSCALER, "maxGracefulTerminationSeconds": 64},
        "eks-platform:sampleApp.shutdown", "within autoscaling.maxGracefulTerminationSeconds",
        "at most 64, got 65"),
    of_pool({"terminationGracePeriod": "1m4s"}, "terminationGracePeriod",
            "within autoscaling.pools.general.terminationGracePeriod"),
    of_pool({"instanceTypes": []}, "instanceTypes", "at least one instance type"),
    of_pool({"instanceTypes": ["m5.xlarg"]}, "instanceTypes[0]", "'m5.xlarg' is not"),
    of_pool({"instanceTypes": ["p4d.24xlarge"], "limits": {"cpu": 96, "memoryGiB": 1200}},
            "instanceTypes[0]", "ap-northeast-2c"),
    of_pool({"instanceTypes": ["m5.xlarge", "t4g.medium"]}, "instanceTypes", "the same image"),
    of_pool({"instanceTypes": ["hpc6id.32xlarge"], "limits": {"cpu": 64, "memoryGiB": 2000},
             "capacityTypes": ["spot"]}, "instanceTypes[0]", "does not sell", "as spot"),
    of_pool({"limits": {"cpu": 3, "memoryGiB": 128}}, "limits", "room for no node"),
    of_pool({"limits": {"cpu": 32, "memoryGiB": 15}}, "limits", "room for no node"),
    of_pool({"limits": {"cpu": 32}}, "limits.memoryGiB", "is required"),
    of_pool({"zones": ["ap-northeast-2b"]}, "zones[0]", "must be one of network.zones"),
    of_pool({"capacityTypes": []}, "capacityTypes", "needs on-demand, spot or both"),
    of_pool({"image": "windows"}, "image", "'al2023' or 'bottlerocket'"),
    of_pool({"imageVersion": "1.46"}, "imageVersion", "must be latest, or a release"),
    of_pool({"expireAfter": "30d"}, "expireAfter", "a duration such as 720h", "got '30d'"),
    of_pool({"consolidation": "Always"}, "consolidation", "'WhenEmpty'"),
    of_pool({"budgets": [{"nodes": "101%"}]}, "budgets[0].nodes", "got '101%'"),
    of_pool({"budgets": [{"nodes": "1", "schedule": "@daily"}]}, "budgets[0].schedule",
            "goes with duration"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "key", "fragments"), MISTAKES)
def test_a_mistake_is_said_with_its_key(
    path: str, value: object, key: str, fragments: tuple[str, ...]
) -> None:
    lines = mistakes(changed(path, value, DEV))

    assert all(any(words in line for line in lines) for words in fragments), lines
    if "grace" not in "".join(fragments).lower():
        assert any(line.startswith(f"{key}: ") for line in lines), lines


@pytest.mark.parametrize(
    ("group", "section", "words"),
    [
        ({"minSize": 2, "maxSize": 2}, CLUSTER_AUTOSCALER, "maxSize above minSize"),
        ({"minSize": 1, "desiredSize": 1}, pool(), "needs 2 nodes of nodeGroups without taints"),
    ],
)
def test_an_autoscaler_needs_node_groups_to_scale_or_to_run_on(
    group: dict[str, Any], section: dict[str, Any], words: str
) -> None:
    sections = changed("autoscaling", section, DEV)
    for key, value in group.items():
        sections = changed(f"nodeGroups/default/{key}", value, sections)

    lines = mistakes(sections)

    assert any(line.startswith(f"{AUTOSCALING}.mode: ") and words in line for line in lines), lines


@pytest.mark.parametrize("section", [CLUSTER_AUTOSCALER, pool()], ids=["groups", "pools"])
def test_an_autoscaler_needs_the_internet(section: dict[str, Any]) -> None:
    sections = changed("network/nat", "none", changed("autoscaling", section, DEV))

    lines = mistakes(sections)

    assert any(
        line.startswith(f"{AUTOSCALING}.mode: ") and "not for network.nat none" in line
        for line in lines
    ), lines


def test_pods_may_run_on_the_spot_nodes_of_a_pool() -> None:
    sections = changed("sampleApp/shutdown", {"graceSeconds": 150}, DEV)

    assert load(changed("autoscaling", pool(), sections))
    lines = mistakes(changed("autoscaling", pool(capacityTypes=["spot"]), sections))
    assert any("must be below 120 on spot nodes" in line for line in lines), lines
    taints = [{"key": "batch", "effect": "NO_SCHEDULE"}]
    assert load(changed("autoscaling", pool(capacityTypes=["spot"], taints=taints), sections))


def test_limits_allow_as_many_nodes_as_the_smallest_type_has_room_for() -> None:
    found = load(changed("autoscaling", pool(), DEV)).autoscaling.pools["general"]

    assert (found.limits.cpu, found.limits.memory_gib) == (32, 128)
    assert nodes_within([], 32, 128) == 0


@pytest.mark.parametrize(("text", "expected"), [("1m30s", 90), ("2h", 7200), ("0s", 0)])
def test_durations_are_those_of_go(text: str, expected: int) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "30", "1d", "Never", "1m 30s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a duration"):
        seconds(text)


@pytest.mark.parametrize(("waits", "fields"), [(64, ["grace_seconds"]), (65, [])])
def test_a_pod_ends_while_its_node_waits(waits: int, fields: list[str]) -> None:
    budget = derive_budget(propagation_seconds=20, longest_request_seconds=20)
    limit = NodeLimit(seconds=waits, key="autoscaling.x")

    assert budget.grace_seconds == 65
    assert [verdict.field for verdict in broken(budget, limits=[limit])] == fields
