"""How many pods a node gives addresses to, and what its pool holds as pods come and go."""

from dataclasses import dataclass
from typing import Final

import hypothesis
import pytest
from hypothesis import strategies as st

from offline.ec2_data import instance_type, instance_type_data
from planning.instance_types import InstanceType
from planning.pod_ips.limits import (
    CniMode,
    address_capacity,
    max_pods,
    max_pods_of_group,
    slots_per_interface,
    uses_prefixes,
)
from planning.pod_ips.targets import WarmTargets, mistakes, recommend
from planning.pod_ips.warm_pool import NodeAddresses, WarmPool

SECONDARY: Final = CniMode()
PREFIX: Final = CniMode(prefix_delegation=True)
CUSTOM: Final = CniMode(custom_networking=True)
CUSTOM_PREFIX: Final = CniMode(custom_networking=True, prefix_delegation=True)
MODES: Final = (SECONDARY, PREFIX, CUSTOM, CUSTOM_PREFIX)
AWS_DEFAULTS: Final = WarmTargets()


def known(name: str) -> InstanceType:
    kind = instance_type(name)
    assert kind
    return kind


def targets(minimum: int | None = None, warm: int | None = None) -> WarmTargets:
    return WarmTargets(minimum_ip_target=minimum, warm_ip_target=warm)


# Few and many interfaces, small and large ones, both caps, two without Nitro, several cards.
KINDS: Final = [
    known(name)
    for name in (
        "t3.micro", "t3.medium", "t2.medium", "t2.nano", "c5.large", "m5.large", "m5.4xlarge",
        "m5.16xlarge", "p5.48xlarge",
    )
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Node:
    """A node that a stack may have."""

    kind: InstanceType
    mode: CniMode
    targets: WarmTargets = AWS_DEFAULTS

    @property
    def prefixes(self) -> bool:
        """Whether it holds prefixes."""
        return uses_prefixes(self.kind, self.mode)

    @property
    def most_pods(self) -> int:
        """Pods with an address of their own: the two of the host's network have none."""
        return max_pods(self.kind, self.mode) - 2

    def is_full(self, held: NodeAddresses) -> bool:
        """Whether the CNI would add nothing, whatever its targets."""
        enough = held.addresses >= max_pods(self.kind, self.mode)
        return enough or held.addresses == address_capacity(self.kind, self.mode)

    def after(self, *pod_counts: int) -> NodeAddresses:
        """Returns what it holds after so many pods have run, one number after another."""
        pool = WarmPool(self.kind, self.mode, self.targets)
        for pods in pod_counts:
            pool.run(pods)
        return pool.held()


@st.composite
def nodes(draw: st.DrawFn) -> Node:
    """Nodes whose targets are accepted; each is unset as often as not."""
    kind, mode = draw(st.sampled_from(KINDS)), draw(st.sampled_from(MODES))
    wanted = WarmTargets(
        minimum_ip_target=draw(st.none() | st.integers(min_value=0, max_value=60)),
        warm_ip_target=draw(st.none() | st.integers(min_value=0, max_value=40)),
        warm_eni_target=draw(st.none() | st.integers(min_value=0, max_value=3)),
        warm_prefix_target=draw(st.none() | st.integers(min_value=0, max_value=4)),
    )
    refused = {field for field, _ in mistakes(wanted, prefixes=uses_prefixes(kind, mode), key=str)}
    kept = {
        field: getattr(wanted, field) for field in WarmTargets.__slots__ if field not in refused
    }
    return Node(kind=kind, mode=mode, targets=WarmTargets(**kept))


pod_parts = st.floats(min_value=0, max_value=1)


def pods_of(node: Node, *parts: float) -> list[int]:
    return [round(node.most_pods * part) for part in parts]


@pytest.mark.parametrize(
    ("name", "mode", "expected"),
    [
        ("t3.medium", SECONDARY, 17),
        ("m5.large", SECONDARY, 29),
        ("m5.xlarge", SECONDARY, 58),
        # 234 by the formula, with 16 vCPUs and with 32.
        ("m5.4xlarge", SECONDARY, 110),
        ("m5.8xlarge", SECONDARY, 234),
        ("m5.16xlarge", SECONDARY, 250),
        # It has 32 network cards, and pods are on the first one alone.
        ("p5.48xlarge", SECONDARY, 100),
        ("m5.large", PREFIX, 110),
        # Not built on Nitro: single addresses.
        ("t2.medium", PREFIX, 17),
        ("m5.large", CUSTOM, 20),
        ("t3.medium", CUSTOM, 12),
        ("t3.nano", CUSTOM_PREFIX, 18),
    ],
)
def test_a_node_runs_as_many_pods_as_eks_says(name: str, mode: CniMode, expected: int) -> None:
    assert max_pods(known(name), mode) == expected


def test_a_mixed_group_runs_as_many_pods_as_its_smallest_type() -> None:
    kinds = [known("m5.xlarge"), known("t3.medium"), known("m5.large")]
    assert max_pods_of_group(kinds, SECONDARY) == 17
    with pytest.raises(ValueError, match="empty"):
        max_pods_of_group([], SECONDARY)


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_every_instance_type_of_ec2_has_a_limit(mode: CniMode) -> None:
    """Custom networking leaves one type without an interface for pods, and nano ones with one."""
    limits = {name: (max_pods(kind, mode), kind) for name, kind in every_type().items()}

    assert len(limits) == 1_395
    assert [name for name, (most, kind) in limits.items() if most > high_cap(kind)] == []
    lowest = {name: most for name, (most, _) in limits.items() if most < 4}
    if mode.custom_networking:
        assert lowest.pop("hpc6id.32xlarge") == 2
        assert set(lowest.values()) == {3}
        assert {name.partition(".")[2] for name in lowest} == {"micro", "nano"}
    else:
        assert lowest == {}


def every_type() -> dict[str, InstanceType]:
    return {name: known(name) for name in instance_type_data()}


def high_cap(kind: InstanceType) -> int:
    return 250 if kind.vcpus > 30 else 110


def test_three_nodes_with_two_coredns_pods_hold_what_the_eks_guide_says() -> None:
    """https://docs.aws.amazon.com/eks/latest/best-practices/vpc-cni.html: 50, 43 of them warm."""
    node = Node(kind=known("c5.large"), mode=SECONDARY)
    held = [node.after(pods) for pods in (1, 1, 0)]

    assert [each.subnet_addresses for each in held] == [20, 20, 10]
    assert sum(each.unused for each in held) == 43


# The tables of docs/eni-and-ip-target.md and docs/prefix-and-ip-target.md in
# https://github.com/aws/amazon-vpc-cni-k8s: pods, then addresses by interface. Not taken over: rows
# that contradict themselves. Where a row has a partly filled interface before a full one, the order
# is turned.
@pytest.mark.parametrize(
    ("name", "mode", "wanted", "rows"),
    [
        ("t3.small", SECONDARY, AWS_DEFAULTS, {0: (3,), 5: (3, 3, 3), 9: (3, 3, 3)}),
        ("t3.small", SECONDARY, targets(1, 1), {0: (1,), 5: (3, 3), 9: (3, 3, 3)}),
        ("t3.small", SECONDARY, targets(5, 2), {0: (3, 2), 5: (3, 3, 1), 9: (3, 3, 3)}),
        ("p3dn.24xlarge", SECONDARY, AWS_DEFAULTS, {0: (49,), 3: (49, 49), 95: (49, 49, 49)}),
        ("p3dn.24xlarge", SECONDARY, targets(10, 5), {0: (10,), 7: (12,), 15: (20,), 45: (49, 1)}),
        ("t3.small", PREFIX, AWS_DEFAULTS, {0: (16,), 5: (32,), 16: (32,), 17: (48,)}),
        ("t3.small", PREFIX, AWS_DEFAULTS, {58: (48, 32)}),
        ("t3.small", PREFIX, targets(1, 1), {0: (16,), 5: (16,), 17: (32,), 58: (48, 16)}),
        ("t3.small", PREFIX, targets(20, 7), {5: (32,), 17: (32,), 58: (48, 32)}),
        ("p3dn.24xlarge", PREFIX, targets(10, 5), {0: (16,), 7: (16,), 15: (32,)}),
        ("m5.large", CUSTOM, AWS_DEFAULTS, {0: (0, 9), 1: (0, 9, 9), 18: (0, 9, 9)}),
        ("m5.large", SECONDARY, WarmTargets(warm_eni_target=0), {0: (9,), 8: (9,), 9: (9, 9)}),
        ("m5.4xlarge", SECONDARY, AWS_DEFAULTS, {58: (29,) * 3, 108: (29,) * 4}),
        ("m5.large", PREFIX, AWS_DEFAULTS, {96: (112,), 108: (112,)}),
        ("m5.large", PREFIX, WarmTargets(warm_prefix_target=2), {0: (32,), 16: (48,), 17: (64,)}),
    ],
)  # fmt: skip
def test_a_node_holds_what_the_cni_documents(
    name: str, mode: CniMode, wanted: WarmTargets, rows: dict[int, tuple[int, ...]]
) -> None:
    node = Node(kind=known(name), mode=mode, targets=wanted)
    for pods, per_eni in rows.items():
        held = node.after(pods)
        assert held.per_eni == per_eni
        assert (held.enis, held.addresses) == (len(per_eni), sum(per_eni))
        assert held.unused == sum(per_eni) - pods
        assert held.prefixes == (sum(per_eni) // 16 if mode.prefix_delegation else 0)


def test_with_custom_networking_the_first_interface_stays_in_the_nodes_subnet() -> None:
    held = Node(kind=known("m5.large"), mode=CUSTOM).after(18)
    assert (held.node_subnet_addresses, held.pod_subnet_addresses) == (1, 20)
    assert held.subnet_addresses == 21


@hypothesis.given(node=nodes(), parts=st.tuples(pod_parts, pod_parts))
def test_more_pods_never_need_fewer_interfaces_or_addresses(
    node: Node, parts: tuple[float, float]
) -> None:
    few, many = map(node.after, pods_of(node, *sorted(parts)))
    assert few.enis <= many.enis
    assert few.addresses <= many.addresses


@hypothesis.given(node=nodes(), parts=st.lists(pod_parts, min_size=1, max_size=4))
def test_a_pool_keeps_its_targets_and_its_limits_as_pods_come_and_go(
    node: Node, parts: list[float]
) -> None:
    counts = pods_of(node, *parts)
    held = node.after(*counts)

    assert held.enis <= node.kind.network_interfaces
    assert max(held.per_eni) <= slots_per_interface(node.kind) * (16 if node.prefixes else 1)
    assert held.addresses <= address_capacity(node.kind, node.mode)
    assert held.unused == held.addresses - counts[-1] + held.pods_without_address
    if node.is_full(held):
        return
    wanted = node.targets
    if wanted.count_addresses:
        assert held.addresses >= wanted.minimum
        assert held.unused >= wanted.warm
    elif node.prefixes:
        assert held.unused >= 16 * wanted.warm_prefixes
    else:
        assert held.unused >= max(slots_per_interface(node.kind) * wanted.warm_enis, 1)


@hypothesis.given(node=nodes(), parts=st.lists(pod_parts, min_size=1, max_size=3))
def test_the_same_number_of_pods_again_changes_nothing(node: Node, parts: list[float]) -> None:
    counts = pods_of(node, *parts)
    assert node.after(*counts, counts[-1]) == node.after(*counts)


@hypothesis.given(node=nodes(), parts=st.tuples(pod_parts, pod_parts))
def test_a_node_that_had_more_pods_holds_no_less(node: Node, parts: tuple[float, float]) -> None:
    few, many = pods_of(node, *sorted(parts))
    assert node.after(many, few).addresses >= node.after(few).addresses
    assert node.after(many, few).enis >= node.after(few).enis


def test_interfaces_and_addresses_go_back_when_pods_have_gone() -> None:
    kind = known("c5.large")
    assert Node(kind=kind, mode=SECONDARY).after(27, 2).per_eni == (9, 9)
    assert Node(kind=kind, mode=PREFIX).after(108, 2).per_eni == (32,)
    assert Node(kind=kind, mode=SECONDARY, targets=targets(6, 2)).after(27, 2).per_eni == (6,)
    # An interface stays for the warm addresses that another one has already.
    small = Node(kind=known("t3.micro"), mode=PREFIX, targets=targets(12, 7))
    assert (small.after(3).per_eni, small.after(14, 3).per_eni) == ((16,), (16, 0))


@hypothesis.given(node=nodes(), parts=st.lists(pod_parts, min_size=1, max_size=3))
def test_no_pod_waits_up_to_the_limit(node: Node, parts: list[float]) -> None:
    hypothesis.assume(node.targets.warm or not node.targets.minimum)
    assert node.after(*pods_of(node, *parts)).pods_without_address == 0
    assert node.after(node.most_pods).pods_without_address == 0


@pytest.mark.parametrize("wanted", [targets(6), targets(6, 0)])
def test_a_minimum_that_leaves_pods_without_addresses_is_refused(wanted: WarmTargets) -> None:
    assert Node(kind=known("m5.large"), mode=SECONDARY, targets=wanted).after(
        27
    ).pods_without_address == 0 or [*mistakes(wanted, prefixes=False, key=str)]


def test_pods_past_the_limit_wait_until_others_go() -> None:
    pool = WarmPool(known("t3.medium"), SECONDARY, AWS_DEFAULTS)
    pool.run(20)
    assert pool.held().pods_without_address == 5
    pool.run(15)
    assert (pool.held().pods_without_address, pool.held().unused) == (0, 0)
    with pytest.raises(ValueError, match="pods: must be at least 0, got -1"):
        pool.run(-1)


@hypothesis.given(node=nodes(), parts=st.lists(pod_parts, min_size=1, max_size=3))
def test_recommended_targets_never_hold_more_than_the_defaults(
    node: Node, parts: list[float]
) -> None:
    counts = pods_of(node, *parts)
    usual = Node(kind=node.kind, mode=node.mode).after(*counts)
    held = Node(kind=node.kind, mode=node.mode, targets=recommend([node.kind])).after(*counts)
    assert held.enis <= usual.enis
    assert held.addresses <= usual.addresses
    assert held.pods_without_address == 0


def test_recommended_targets_fit_the_smallest_type() -> None:
    assert recommend([known("m5.large")]) == targets(9, 2)
    assert recommend([known("m5.4xlarge"), known("m5.xlarge")]) == targets(10, 2)
    assert recommend([known("m5.large"), known("t3.nano")]) == targets(1, 1)


@pytest.mark.parametrize(
    ("wanted", "prefixes", "expected"),
    [
        (targets(0, 2), False, {"minimum_ip_target": "0 is the same as none",
                                "warm_ip_target": "alone makes a call to EC2"}),
        (targets(None, 2), True, {"warm_ip_target": "set KEY minimum_ip_target, too"}),
        (targets(None, 0), False, {"warm_ip_target": "0 alone is the same as none"}),
        (WarmTargets(minimum_ip_target=5, warm_ip_target=2, warm_eni_target=1), False,
         {"warm_eni_target": "beside KEY minimum_ip_target and KEY warm_ip_target; remove"}),
        (WarmTargets(warm_eni_target=1), True,
         {"warm_eni_target": "has no effect with prefixes; set KEY warm_prefix_target"}),
        (WarmTargets(warm_prefix_target=1), False,
         {"warm_prefix_target": "has no effect without prefixes"}),
        (WarmTargets(minimum_ip_target=5, warm_ip_target=2, warm_prefix_target=1), True,
         {"warm_prefix_target": "beside KEY minimum_ip_target and KEY warm_ip_target; remove"}),
        (WarmTargets(warm_prefix_target=0), True, {"warm_prefix_target": "0 leaves pods waiting"}),
        (AWS_DEFAULTS, False, {}),
        (AWS_DEFAULTS, True, {}),
        (targets(5, 2), False, {}),
        (targets(5, 2), True, {}),
        (WarmTargets(warm_eni_target=0), False, {}),
        (WarmTargets(warm_eni_target=3), False, {}),
        (WarmTargets(warm_prefix_target=1), True, {}),
    ],
)  # fmt: skip
def test_targets_that_do_nothing_or_harm_are_refused(
    wanted: WarmTargets, *, prefixes: bool, expected: dict[str, str]
) -> None:
    found = dict(mistakes(wanted, prefixes=prefixes, key="KEY {}".format))
    assert [*found] == [*expected]
    assert [words for field, words in expected.items() if words not in found[field]] == []
