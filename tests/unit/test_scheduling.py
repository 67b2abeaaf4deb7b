"""What a node has for pods, and whether nodes run them all."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Final

import hypothesis
import pytest
from hypothesis import strategies as st

from offline.ec2_data import instance_type
from planning.instance_types import InstanceType
from planning.scheduling.allocatable import Allocatable, allocatable, reserved_cpu, reserved_memory
from planning.scheduling.amounts import Amounts, pod
from planning.scheduling.nodes import NodeGroup, SchedulingPlan, Verdict
from planning.scheduling.packing import Node, Pods, obstacles, placed
from planning.scheduling.taints import EVERY_TAINT, Taint, Toleration
from planning.scheduling.workloads import Workload

FITS, UNCERTAIN, IMPOSSIBLE = Verdict.FITS, Verdict.UNCERTAIN, Verdict.IMPOSSIBLE
LETTERS: Final = "abcdef"


def known(name: str) -> InstanceType:
    kind = instance_type(name)
    assert kind
    return kind


@pytest.mark.parametrize(
    ("vcpus", "expected"), [(1, 60), (2, 70), (4, 80), (8, 90), (16, 110), (96, 310)]
)
def test_kubelet_and_runtime_keep_a_part_of_the_cores(vcpus: int, expected: int) -> None:
    """Of 96 cores a p6-b200 node has 95690m (https://github.com/aws-samples/aws-do-eks/pull/48)."""
    assert reserved_cpu(vcpus) == expected


def test_they_keep_memory_for_each_pod() -> None:
    assert reserved_memory(17) == 255 + 11 * 17 + 100


@pytest.mark.parametrize(
    ("kind", "max_pods", "kibibytes"),
    [
        # https://github.com/aws/karpenter-provider-aws/issues/3937
        ("t4g.small", 11, 1_408_312)
    ],
)
def test_what_a_real_node_has_lies_between_least_and_most(
    kind: str, max_pods: int, kibibytes: int
) -> None:
    found = allocatable([known(kind)], max_pods)
    assert found.least.memory <= kibibytes // 1024 <= found.most.memory
    assert found.least.pods == found.most.pods == max_pods


def test_memory_is_kept_for_the_pods_of_the_type_whatever_max_pods_is() -> None:
    """Nodeadm counts 29 of m5.large, as for single addresses, where prefixes allow 110."""
    small, large = allocatable([known("m5.large")], 29), allocatable([known("m5.large")], 110)
    assert small.most.memory == large.most.memory == 8192 - (255 + 11 * 29 + 100)
    assert small.least.memory - large.least.memory == 11 * (110 - 29)


def test_bottlerocket_keeps_memory_for_max_pods() -> None:
    kinds = [known("m5.large")]
    small, large = (allocatable(kinds, pods, "Bottlerocket") for pods in (29, 110))

    # Its system has a volume of its own.
    assert small == Allocatable(
        least=small.least._replace(volumes=23), most=small.most._replace(volumes=25)
    )
    assert allocatable(kinds, 29).least == small.least._replace(volumes=24)
    assert allocatable(kinds, 29).most == small.most._replace(volumes=26)
    assert small.least.memory - large.least.memory == 11 * (110 - 29)
    assert small.most.memory - large.most.memory == 11 * (110 - 29)


def test_a_node_of_a_mixed_group_has_what_each_of_its_types_has() -> None:
    kinds = [known("c5.large"), known("r5.xlarge")]
    found = allocatable(kinds, 29)
    assert found.least == allocatable(kinds[:1], 29).least._replace(volumes=23)
    assert found.most == allocatable(kinds[1:], 29).most


# Of everything a little, so that every amount decides now and then.
small_amounts = st.builds(
    Amounts,
    st.integers(min_value=1, max_value=4),
    st.integers(min_value=0, max_value=6),
    st.integers(min_value=0, max_value=6),
    st.integers(min_value=0, max_value=2),
)


@st.composite
def all_nodes(draw: st.DrawFn) -> list[Node]:
    shape = st.tuples(st.sampled_from(LETTERS[:2]), st.integers(min_value=0, max_value=1))
    frees = {letter: draw(small_amounts) for letter in LETTERS[:2]}
    shapes = draw(st.lists(shape, max_size=4))
    return [Node(group=group, zone=zone, free=frees[group]) for group, zone in shapes]


@st.composite
def all_pods(draw: st.DrawFn) -> list[Pods]:
    groups = st.sets(st.sampled_from(LETTERS[:2]), min_size=1).map(frozenset)
    count = st.integers(min_value=0, max_value=3)
    each = st.builds(
        lambda cpu, memory, volumes: Amounts(1, cpu, memory, volumes),
        st.integers(min_value=0, max_value=4),
        st.integers(min_value=0, max_value=4),
        st.integers(min_value=0, max_value=1),
    )
    counts = draw(st.lists(count, max_size=4).filter(lambda found: sum(found) <= 5))
    return [
        Pods(
            name=LETTERS[index],
            count=number,
            each=draw(each),
            groups=draw(groups),
            spread=draw(st.booleans()),
            apart=draw(st.booleans()),
        )
        for index, number in enumerate(counts)
    ]


def ways(nodes: Sequence[Node], pods: Sequence[Pods]) -> Iterator[list[Counter[str]]]:
    """Yields every way to put pods on nodes, whether it is one that works or not."""
    names = [some.name for some in pods for _ in range(some.count)]
    for places in product(range(len(nodes)), repeat=len(names)):
        here: list[Counter[str]] = [Counter() for _ in nodes]
        for name, place in zip(names, places, strict=True):
            here[place][name] += 1
        yield here


def works(nodes: Sequence[Node], pods: Sequence[Pods], here: Sequence[Counter[str]]) -> bool:
    """Returns whether a way is one that the scheduler could come to."""
    for some in pods:
        if sum(counter[some.name] for counter in here) != some.count:
            return False
        zones = {node.zone: 0 for node in nodes if node.group in some.groups}
        for node, counter in zip(nodes, here, strict=True):
            if counter[some.name] and node.group not in some.groups:
                return False
            if node.group in some.groups:
                zones[node.zone] += counter[some.name]
        if some.apart and any(counter[some.name] > 1 for counter in here):
            return False
        if some.spread and zones and max(zones.values()) - min(zones.values()) > 1:
            return False
    return all(
        node.free.holds(
            Amounts(
                *(sum(some.each[index] * counter[some.name] for some in pods) for index in range(4))
            )
        )
        for node, counter in zip(nodes, here, strict=True)
    )


def there_is_a_way(nodes: Sequence[Node], pods: Sequence[Pods]) -> bool:
    return any(works(nodes, pods, here) for here in ways(nodes, pods))


@hypothesis.given(all_nodes(), all_pods())
def test_a_way_that_is_found_works_and_none_is_ruled_out_that_does(
    nodes: list[Node], pods: list[Pods]
) -> None:
    found = placed(nodes, pods)
    assert found is None or works(nodes, pods, found)
    assert found == placed(nodes, pods)
    # Few pods and nodes are decided always, and rightly.
    assert (obstacles(nodes, pods) == []) == there_is_a_way(nodes, pods)


@hypothesis.given(all_nodes(), all_pods(), st.data())
def test_more_room_never_rules_a_way_out(
    nodes: list[Node], pods: list[Pods], data: st.DataObject
) -> None:
    """Smaller requests, one more pod on each node, and another node beside one of its zone."""
    changed: list[tuple[list[Node], list[Pods]]] = [
        (nodes, [replace(some, each=pod(cpu=some.each.cpu // 2, memory=0)) for some in pods]),
        ([replace(node, free=node.free.plus(Amounts(1, 0, 0))) for node in nodes], pods),
    ]
    if nodes:
        changed.append(([*nodes, data.draw(st.sampled_from(nodes))], pods))
    if not obstacles(nodes, pods):
        assert [obstacles(*roomier) for roomier in changed] == [[]] * len(changed)


@pytest.mark.parametrize(
    ("groups", "spread", "expected"),
    [("a", False, None), ("ab", False, [0, 3]), ("b", False, [0, 3]), ("b", True, None)],
)
def test_pods_go_where_they_may_and_evenly_where_they_must(
    groups: str, expected: list[int] | None, *, spread: bool
) -> None:
    """Only the node of group b in zone 1 has room."""
    nodes = [
        Node(group="a", zone=0, free=Amounts(0, 9, 9)),
        Node(group="b", zone=1, free=Amounts(9, 9, 9)),
        Node(group="b", zone=0, free=Amounts(0, 9, 9)),
    ]
    pods = [
        Pods(name="x", count=3, each=pod(cpu=1, memory=1), groups=frozenset(groups), spread=spread)
    ]
    found = placed(nodes, pods)
    assert (found and [counter["x"] for counter in found[:2]]) == expected
    assert bool(obstacles(nodes, pods)) == (expected is None)


@pytest.mark.parametrize(("count", "expected"), [(2, [1, 1]), (3, None)])
def test_pods_that_are_to_be_apart_share_no_node(count: int, expected: list[int] | None) -> None:
    nodes = [Node(group="a", zone=zone, free=Amounts(9, 9, 9)) for zone in range(2)]
    pods = [
        Pods(name="x", count=count, each=pod(cpu=1, memory=1), groups=frozenset("a"), apart=True)
    ]

    found = placed(nodes, pods)

    assert (found and [counter["x"] for counter in found]) == expected
    reasons = ["x: 3 of them, and nodes have room for 2, one on each"]
    assert obstacles(nodes, pods) == (reasons if expected is None else [])


def test_pods_together_may_keep_others_from_spreading() -> None:
    """The large pod leaves zone 1 alone to both of the others, where sums and each kind fit."""
    nodes = [
        Node(group="a", zone=0, free=Amounts(9, 3, 0)),
        Node(group="a", zone=1, free=Amounts(9, 2, 0)),
    ]
    groups = frozenset("a")
    large = Pods(name="large", count=1, each=pod(cpu=3, memory=0), groups=groups)
    others = Pods(name="others", count=2, each=pod(cpu=1, memory=0), groups=groups)
    assert obstacles(nodes, [large, others]) == []
    assert "no way to place" in obstacles(nodes, [large, replace(others, spread=True)])[0]


def test_large_numbers_are_placed_without_trying_every_way() -> None:
    nodes = [
        Node(group="a", zone=index % 3, free=Amounts(110, 8000, 30_000)) for index in range(900)
    ]
    pods = [
        Pods(
            name=str(index),
            count=1000,
            each=pod(cpu=50 + index, memory=100),
            groups=frozenset("a"),
            spread=True,
        )
        for index in range(50)
    ]
    found = placed(nodes, pods)
    assert found
    assert sum(counter.total() for counter in found) == 50_000


ONE_EACH: Final = Amounts(10, 1000, 1000, 20)
APP: Final = Workload(name="app", each=pod(cpu=400, memory=100), count=2, spread=True)
AGENT: Final = Workload(
    name="agent", each=pod(cpu=300, memory=0), tolerations=EVERY_TAINT, on_every_node=True
)
CRITICAL: Final = Workload(
    name="dns", each=pod(cpu=10, memory=10), tolerations=(Toleration(key="CriticalAddonsOnly"),)
)
DATABASE: Final = Workload(
    name="data", each=pod(cpu=10, memory=10), stays_in_zone=True, volumes_gib=(20,)
)


def group(
    count: int, *taints: tuple[str, str], least: Amounts = ONE_EACH, most: Amounts | None = None
) -> NodeGroup:
    return NodeGroup(
        count=count,
        each=Allocatable(least=least, most=most or least),
        taints=tuple(Taint(key=key, effect=effect) for key, effect in taints),
    )


@pytest.mark.parametrize(
    ("groups", "workloads", "verdict", "reason"),
    [
        pytest.param({"a": group(2)}, [APP, AGENT], FITS, "", id="one on each node"),
        pytest.param({"a": group(1)}, [APP, AGENT], IMPOSSIBLE, "CPU", id="agents need room"),
        pytest.param({"a": group(0)}, [APP], IMPOSSIBLE, "no node", id="no nodes"),
        pytest.param(
            {"a": group(2, ("x", "NO_SCHEDULE"))}, [APP], IMPOSSIBLE, "no node", id="tainted nodes"
        ),
        pytest.param({"a": group(2, ("x", "PREFER_NO_SCHEDULE"))}, [APP], FITS, "", id="soft"),
        pytest.param(
            {"a": group(2, ("CriticalAddonsOnly", "NO_EXECUTE"))},
            [CRITICAL, AGENT],
            FITS,
            "",
            id="tolerated nodes",
        ),
        pytest.param(
            {"a": group(2, ("x", "NO_EXECUTE"))},
            [CRITICAL, AGENT],
            IMPOSSIBLE,
            "no node",
            id="another taint than the tolerated one",
        ),
        pytest.param(
            {"a": group(1), "b": group(1, ("CriticalAddonsOnly", "NO_SCHEDULE"))},
            [APP, CRITICAL.counted(90), AGENT],
            IMPOSSIBLE,
            "a, b",
            id="all that share nodes",
        ),
        # Beside a zone with nodes that it may not run on, an application has one zone fewer.
        pytest.param(
            {"a": group(1), "b": group(3, ("x", "NO_SCHEDULE"))},
            [replace(APP, each=pod(cpu=100, memory=0), count=7)],
            FITS,
            "",
            id="zones of tainted nodes do not count",
        ),
        pytest.param(
            {"a": group(2), "b": group(2, least=Amounts(1, 100, 100))},
            [APP.counted(3)],
            FITS,
            "",
            id="every zone has a large node",
        ),
        # In a zone with the small node alone, the second pod finds no room.
        pytest.param(
            {"a": group(1), "b": group(1, least=Amounts(1, 100, 100))},
            [APP],
            UNCERTAIN,
            "spread evenly over 2 zones",
            id="it hangs on which zones the nodes are in",
        ),
        pytest.param(
            {"a": group(2, most=Amounts(10, 1000, 1500))},
            [replace(APP, each=pod(cpu=10, memory=1200))],
            UNCERTAIN,
            "1,200 MiB memory",
            id="it hangs on the memory that a node turns out to have",
        ),
        pytest.param(
            {"a": group(1, least=Amounts(10, 200, 1000))},
            [AGENT],
            IMPOSSIBLE,
            "every node",
            id="agents find no room",
        ),
        pytest.param(
            {"a": group(1, least=Amounts(10, 200, 1000), most=Amounts(10, 400, 1000))},
            [AGENT],
            UNCERTAIN,
            "every node",
            id="agents may find no room",
        ),
        pytest.param(
            {"a": group(1), "b": group(1, ("x", "NO_SCHEDULE"))},
            [replace(APP, only_on="b", tolerations=(Toleration(key="x"),))],
            FITS,
            "",
            id="pods on nodes that are kept for them",
        ),
        pytest.param(
            {"a": group(3), "b": group(1)},
            [replace(APP, only_on="b", count=3)],
            IMPOSSIBLE,
            "app: 3 of them, and nodes have room for 2",
            id="room on other nodes than their own does not help",
        ),
        pytest.param(
            {"a": group(1)}, [replace(APP, only_on="b")], IMPOSSIBLE, "no node", id="nodes missing"
        ),
        pytest.param(
            {"a": group(2, least=Amounts(10, 1000, 1000, 1))},
            [DATABASE.counted(2)],
            FITS,
            "",
            id="a volume on each node",
        ),
        pytest.param(
            {"a": group(2, least=Amounts(10, 1000, 1000, 1))},
            [DATABASE.counted(3)],
            IMPOSSIBLE,
            "volumes: 3 needed of node groups a, 2 left",
            id="more volumes than nodes attach",
        ),
        # 1.2 of 2 cores, but no node has 600m twice.
        pytest.param(
            {"a": group(2)},
            [replace(APP, name=name, each=pod(cpu=600, memory=0), count=1) for name in "xyz"],
            IMPOSSIBLE,
            "no way to place",
            id="whole pods do not fit where their sum does",
        ),
    ],
)
def test_whether_all_pods_run(
    groups: dict[str, NodeGroup], workloads: list[Workload], verdict: Verdict, reason: str
) -> None:
    plan = SchedulingPlan(zones=2, groups=groups, workloads=workloads)
    assert plan.verdict is verdict
    assert reason in "; ".join(plan.reasons)
    assert bool(plan.reasons) == (verdict is not FITS)


@pytest.mark.parametrize(("count", "expected"), [(2, []), (1, ["data"])])
def test_a_volume_needs_a_node_in_its_zone(count: int, expected: list[str]) -> None:
    plan = SchedulingPlan(zones=2, groups={"a": group(count)}, workloads=[DATABASE, AGENT])
    assert plan.may_lose_their_volume == expected


@pytest.mark.parametrize(
    ("zones", "count", "expected"), [((1,), 1, []), ((0, 2), 1, ["data"]), ((0, 2), 2, [])]
)
def test_a_group_in_some_zones_keeps_a_node_in_each_of_these(
    zones: tuple[int, ...], count: int, expected: list[str]
) -> None:
    groups = {"a": replace(group(count), zones=zones)}
    plan = SchedulingPlan(zones=3, groups=groups, workloads=[DATABASE, AGENT])

    assert plan.may_lose_their_volume == expected


def test_a_node_that_is_started_by_demand_is_in_the_zone_of_the_volume() -> None:
    groups = {"a": replace(group(1), by_demand=True)}
    plan = SchedulingPlan(zones=2, groups=groups, workloads=[DATABASE])

    assert plan.may_lose_their_volume == []


@pytest.mark.parametrize(
    ("large", "small", "verdict"),
    [
        # In a zone with the small node alone, no pod finds room.
        ((0,), (1,), IMPOSSIBLE),
        ((0,), (0,), FITS),
        ((0,), (), UNCERTAIN),
        ((), (1,), UNCERTAIN),
        ((), (), UNCERTAIN),
    ],
)
def test_pods_spread_over_the_zones_where_their_nodes_are(
    large: tuple[int, ...], small: tuple[int, ...], verdict: Verdict
) -> None:
    groups = {
        "large": replace(group(1), zones=large),
        "small": replace(group(1, least=Amounts(10, 300, 1000)), zones=small),
    }
    plan = SchedulingPlan(zones=2, groups=groups, workloads=[APP])

    assert plan.verdict is verdict, plan.reasons


@hypothesis.given(
    st.lists(st.integers(min_value=0, max_value=4), min_size=1, max_size=3),
    st.lists(st.integers(min_value=0, max_value=4), min_size=1, max_size=3),
    st.integers(min_value=1, max_value=3),
)
def test_what_fits_asks_for_no_more_than_there_is(
    sizes: list[int], counts: list[int], zones: int
) -> None:
    plan = SchedulingPlan(
        zones=zones,
        groups={LETTERS[index]: group(size) for index, size in enumerate(sizes)},
        workloads=[
            AGENT,
            *(replace(APP, name=str(index), count=count) for index, count in enumerate(counts)),
        ],
    )
    assert plan.verdict is not FITS or plan.had.holds(plan.asked)
    again = SchedulingPlan(zones=zones, groups=plan.groups, workloads=plan.workloads)
    assert (again.verdict, again.reasons) == (plan.verdict, plan.reasons)
