"""What subnets must hold at the node groups' maximum, and what helps where they are too small."""

import re
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Final

import hypothesis
import pulumi
import pytest
from hypothesis import strategies as st
from programs import run_platform, section

from offline.ec2_data import instance_type
from offline.simulation import read_address_plan
from planning.instance_types import InstanceType
from planning.pod_ips.demand import AddressPlan, GroupSize
from planning.pod_ips.limits import CniMode
from planning.pod_ips.remedies import remedies, with_recommended_targets
from planning.pod_ips.targets import WarmTargets, recommend
from planning.subnets import (
    ZONE_LETTERS,
    check_pod_block,
    plan_pod_subnets,
    prefix_reservations,
    single_addresses,
    whole_prefixes,
)
from stackfile.files import PROGRAM

SECONDARY: Final = CniMode()
PREFIX: Final = CniMode(prefix_delegation=True)
CUSTOM: Final = CniMode(custom_networking=True)
CUSTOM_PREFIX: Final = CniMode(custom_networking=True, prefix_delegation=True)


def known(name: str) -> InstanceType:
    kind = instance_type(name)
    assert kind
    return kind


def zones_of(letters: str) -> tuple[str, ...]:
    return tuple(f"us-west-2{letter}" for letter in letters)


def small_plan(mode: CniMode) -> AddressPlan:
    return AddressPlan(
        vpc_block=IPv4Network("10.0.0.0/21"),
        zones=zones_of("ab"),
        pod_block=IPv4Network("100.64.0.0/21") if mode.custom_networking else None,
        groups={"web": GroupSize(kinds=(known("m5.large"),), max_size=3)},
        mode=mode,
        targets=WarmTargets(),
        nat_zones=zones_of("a"),
        private_interfaces=("endpoint sts",),
        public_load_balancers=2,
        internal_load_balancers=1,
    )


subnet_blocks = st.builds(
    lambda number, prefix: IPv4Network((number << 12, prefix), strict=False),
    st.integers(min_value=0xA0000, max_value=0xDFFFF),
    st.integers(min_value=19, max_value=26),
)


@st.composite
def groups(draw: st.DrawFn) -> GroupSize:
    names = st.sampled_from(["t3.micro", "t3.medium", "m5.large", "m5.4xlarge", "m5.16xlarge"])
    kinds = draw(st.lists(names, min_size=1, max_size=2, unique=True))
    return GroupSize(
        kinds=tuple(map(known, kinds)),
        max_size=draw(st.integers(min_value=1, max_value=500)),
        max_unavailable=draw(st.integers(min_value=1, max_value=20)),
    )


@st.composite
def plans(draw: st.DrawFn) -> AddressPlan:
    """Plans as stacks have them, before targets are recommended."""
    mode = draw(st.sampled_from([SECONDARY, PREFIX, CUSTOM, CUSTOM_PREFIX]))
    size = st.integers(min_value=16, max_value=21)
    start = draw(st.sampled_from(["10.0.0.0", "10.40.0.0", "172.30.0.0", "100.64.0.0"]))
    named = [WarmTargets(), WarmTargets(minimum_ip_target=8, warm_ip_target=5)]
    if mode.prefix_delegation:
        named.append(WarmTargets(warm_prefix_target=3))
    letters = draw(st.sets(st.sampled_from(ZONE_LETTERS), min_size=2, max_size=4))
    return AddressPlan(
        vpc_block=IPv4Network(f"{start}/{draw(size)}"),
        zones=zones_of("".join(sorted(letters))),
        pod_block=IPv4Network(f"100.80.0.0/{draw(size)}") if mode.custom_networking else None,
        groups=dict(zip("xyz", draw(st.lists(groups(), min_size=1, max_size=3)), strict=False)),
        mode=mode,
        targets=draw(st.sampled_from(named)),
        private_interfaces=("EFS mount target",) * draw(st.integers(min_value=0, max_value=9)),
        public_load_balancers=draw(st.integers(min_value=0, max_value=2)),
        internal_load_balancers=draw(st.integers(min_value=0, max_value=5)),
    )


# By zone and role: block, addresses and prefixes there are, addresses and prefixes needed.
PUBLIC_AND_CONTROL_PLANE: Final = {
    "a public": ("10.0.6.0/27", 27, 0, 17, 0),
    "a control-plane": ("10.0.6.32/27", 27, 0, 9, 0),
    "b public": ("10.0.6.64/27", 27, 0, 16, 0),
    "b control-plane": ("10.0.6.96/27", 27, 0, 9, 0),
}


@pytest.mark.parametrize(
    ("mode", "fits", "expected"),
    [
        pytest.param(SECONDARY, True, {
            "a private": ("10.0.0.0/24", 251, 0, 129, 0),
            "b private": ("10.0.1.0/24", 251, 0, 129, 0),
        }, id="secondary-ip"),
        pytest.param(PREFIX, False, {
            "a private": ("10.0.0.0/24", 60, 11, 13, 28),
            "b private": ("10.0.1.0/24", 60, 11, 13, 28),
        }, id="prefix"),
        pytest.param(CUSTOM, True, {
            "a private": ("10.0.0.0/24", 251, 0, 13, 0),
            "a pods": ("100.64.0.0/24", 251, 0, 80, 0),
            "b private": ("10.0.1.0/24", 251, 0, 13, 0),
            "b pods": ("100.64.1.0/24", 251, 0, 80, 0),
        }, id="custom-networking"),
        pytest.param(CUSTOM_PREFIX, False, {
            "a private": ("10.0.0.0/24", 251, 0, 13, 0),
            "a pods": ("100.64.0.0/24", 60, 11, 4, 28),
            "b private": ("10.0.1.0/24", 251, 0, 13, 0),
            "b pods": ("100.64.1.0/24", 60, 11, 4, 28),
        }, id="custom-networking with prefixes"),
    ],
)  # fmt: skip
def test_every_subnet_has_its_demand(
    mode: CniMode, *, fits: bool, expected: dict[str, tuple[object, ...]]
) -> None:
    plan = small_plan(mode)
    found = {
        f"{s.zone[-1]} {s.role}":
            (str(s.block), s.addresses, s.prefixes, s.addresses_needed, s.prefixes_needed)
        for s in plan.subnets
    }  # fmt: skip
    assert found == PUBLIC_AND_CONTROL_PLANE | expected
    assert plan.fits is fits


def test_a_demand_says_what_takes_it() -> None:
    (private,) = (s for s in small_plan(PREFIX).subnets if s.block == IPv4Network("10.0.1.0/24"))

    assert [(use.what, use.addresses, use.prefixes) for use in private.uses] == [
        ("2 web nodes x (1 + 7 x /28)", 2, 14),
        ("2 web surge nodes x (1 + 7 x /28)", 2, 14),
        ("endpoint sts", 1, 0),
        ("load balancers 1 x 8", 8, 0),
    ]
    assert (private.needed, private.available) == (13 + 28 * 16, 60 + 11 * 16)
    assert private.share == 28 / 11


@pytest.mark.parametrize(
    ("letters", "max_unavailable", "expected"),
    [("ab", 1, 2), ("abc", 1, 2), ("ab", 4, 2), ("ab", 5, 3), ("abc", 10, 4)],
)
def test_an_update_needs_two_more_nodes_in_each_zone_or_as_many_as_it_replaces(
    letters: str, max_unavailable: int, expected: int
) -> None:
    web = GroupSize(kinds=(known("m5.large"),), max_size=1, max_unavailable=max_unavailable)
    plan = replace(small_plan(SECONDARY), zones=zones_of(letters), groups={"web": web})
    (private,) = (s for s in plan.subnets if (s.zone, s.role) == ("us-west-2a", "private"))

    assert private.uses[0].addresses == 30
    assert private.uses[1].addresses == 30 * expected


def test_a_group_is_planned_for_its_greediest_type() -> None:
    mixed = GroupSize(kinds=(known("t3.medium"), known("m5.4xlarge")), max_size=2)
    plan = replace(small_plan(SECONDARY), groups={"mixed": mixed})

    assert plan.max_pods("mixed") == 17
    assert plan.node("mixed").subnet_addresses == 30


def test_a_full_node_has_two_pods_less_with_an_address_than_it_runs() -> None:
    group = GroupSize(kinds=(known("m5.4xlarge"),), max_size=2)
    targets = WarmTargets(minimum_ip_target=10, warm_ip_target=1)
    plan = replace(small_plan(SECONDARY), groups={"big": group}, targets=targets)

    assert plan.node("big").addresses == 109
    assert replace(plan, pods_per_node=0).node("big").addresses == 10


def test_a_group_is_planned_for_most_interfaces_and_most_prefixes() -> None:
    """Full nodes of t3.micro have two interfaces and prefixes, those of m5.large one and three."""
    kinds = (known("t3.micro"), known("m5.large"))
    plan = replace(small_plan(PREFIX), groups={"x": GroupSize(kinds=kinds, max_size=2)})
    (node, *_), *_ = (s.uses for s in plan.subnets if s.role == "private")

    assert (node.addresses, node.prefixes) == (2, 3)


def test_a_pod_block_and_custom_networking_need_each_other() -> None:
    with pytest.raises(ValueError, match="pod_block: is for custom networking"):
        replace(small_plan(SECONDARY), pod_block=IPv4Network("100.64.0.0/16"))
    with pytest.raises(ValueError, match="pod_block: is for custom networking"):
        replace(small_plan(CUSTOM), pod_block=None)


def applied(plan: AddressPlan, remedy: str) -> AddressPlan:
    """Returns the plan with the stack's file changed as a remedy says, and nothing else."""
    if found := re.fullmatch(r"a larger block: network\.cidr of /(\d+)", remedy):
        return replace(plan, vpc_block=plan.vpc_block.supernet(new_prefix=int(found[1])))
    if found := re.fullmatch(r"a larger block: network\.podCidr of /(\d+)", remedy):
        assert plan.pod_block
        return replace(plan, pod_block=plan.pod_block.supernet(new_prefix=int(found[1])))
    if found := re.fullmatch(r"a lower maximum: nodeGroups\.(\w)\.maxSize at most (\d+)", remedy):
        return resized(plan, found[1], int(found[2]))
    pods = r"(, vpcCni\.prefixDelegation true)? and network\.podCidr (\S+)"
    if found := re.fullmatch(rf"a pod CIDR: vpcCni\.mode custom-networking{pods}", remedy):
        mode = CniMode(custom_networking=True, prefix_delegation=bool(found[1]))
        block = IPv4Network(found[2])
        check_pod_block(block, plan.vpc_block)
        return replace(plan, mode=mode, pod_block=block)
    modes = {
        "another mode: vpcCni.prefixDelegation false, with fewer pods on a node": CUSTOM,
        "another mode: vpcCni.mode secondary-ip, with fewer pods on a node": SECONDARY,
    }
    targets = replace(plan.targets, warm_prefix_target=None)
    return replace(plan, mode=modes[remedy], targets=targets)


def resized(plan: AddressPlan, name: str, max_size: int) -> AddressPlan:
    group = replace(plan.groups[name], max_size=max_size)
    return replace(plan, groups={**plan.groups, name: group})


@hypothesis.given(plan=plans())
@hypothesis.settings(max_examples=300)
def test_every_remedy_makes_the_plan_fit(plan: AddressPlan) -> None:
    with_targets = with_recommended_targets(plan)
    hypothesis.assume(not with_targets.fits)

    for remedy in remedies(with_targets):
        assert with_recommended_targets(applied(plan, remedy)).fits, remedy


@hypothesis.given(plan=plans(), data=st.data())
def test_a_larger_maximum_never_makes_a_plan_fit(plan: AddressPlan, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(plan.groups)))
    more = data.draw(st.integers(min_value=1, max_value=300))
    larger = resized(plan, name, plan.groups[name].max_size + more)

    assert plan.fits or not larger.fits
    for before, after in zip(plan.subnets, larger.subnets, strict=True):
        assert before.needed <= after.needed


def test_the_highest_maximum_that_fits_is_named() -> None:
    plan = replace(read_address_plan(PROGRAM, "dev"), vpc_block=IPv4Network("172.30.0.0/18"))
    large = resized(plan, "default", 400)

    assert not large.fits
    assert replace(large, vpc_block=IPv4Network("172.30.0.0/17")).fits
    assert list(remedies(large)) == [
        "a larger block: network.cidr of /17",
        "a lower maximum: nodeGroups.default.maxSize at most 222",
        "a pod CIDR: vpcCni.mode custom-networking and network.podCidr 100.64.0.0/16",
    ]
    assert resized(large, "default", 222).fits
    assert not resized(large, "default", 223).fits


def test_a_stack_whose_subnets_are_too_small_is_refused() -> None:
    """Ten groups of up to five large nodes need six times what a /24 has."""
    group = {"instanceTypes": ["m5.large"], "minSize": 1, "desiredSize": 1, "maxSize": 5}
    changes = {
        "network": section("network") | {"cidr": "172.30.0.0/21"},
        "nodeGroups": {f"group{number}": group for number in range(10)},
    }
    with pytest.raises(pulumi.RunError, match="the subnets are too small") as refused:
        run_platform(changes)

    assert "172.30.0.0/24    1,501" in str(refused.value)
    assert "\n  - a larger block: network.cidr of /18\n" in str(refused.value)


def test_targets_are_recommended_in_small_subnets_where_none_is_named() -> None:
    plan = resized(small_plan(SECONDARY), "web", 2)
    small = resized(small_plan(SECONDARY), "web", 3)
    named = replace(small, targets=WarmTargets(warm_eni_target=0))

    assert with_recommended_targets(plan).targets == WarmTargets()
    assert with_recommended_targets(small).targets == recommend([known("m5.large")])
    assert with_recommended_targets(named) == named


def test_fragments_at_both_ends_of_a_subnet_are_no_prefixes() -> None:
    """Of the sixteen of a /24 AWS keeps addresses in the first and in the last one."""
    subnet = IPv4Network("10.0.0.0/24")
    assert whole_prefixes(subnet, [subnet]) == 14
    assert list(map(str, prefix_reservations(subnet))) == ["10.0.0.128/25", "10.0.0.64/26"]
    assert whole_prefixes(subnet, prefix_reservations(subnet)) == 11
    assert single_addresses(subnet, prefix_reservations(subnet)) == 60
    assert single_addresses(subnet) == 251


@hypothesis.given(subnet=subnet_blocks)
def test_three_quarters_of_a_subnet_are_kept_for_prefixes(subnet: IPv4Network) -> None:
    parts = prefix_reservations(subnet)

    assert all(part.subnet_of(subnet) for part in parts)
    assert not parts[0].overlaps(parts[1])
    assert 4 * sum(part.num_addresses for part in parts) == 3 * subnet.num_addresses


@hypothesis.given(subnet=subnet_blocks)
def test_no_address_that_aws_keeps_is_counted(subnet: IPv4Network) -> None:
    """Counted one by one: the first four and the last one are AWS's."""
    aws = {*list(subnet)[:4], subnet.broadcast_address}
    parts = prefix_reservations(subnet)
    whole = [
        block
        for part in parts
        for block in part.subnets(new_prefix=28)
        if not any(address in block for address in aws)
    ]
    singles = [a for a in subnet if a not in aws and not any(a in part for part in parts)]

    assert whole_prefixes(subnet, parts) == len(whole)
    assert single_addresses(subnet, parts) == len(singles)


@hypothesis.given(letters=st.sets(st.sampled_from(ZONE_LETTERS), min_size=1), added=st.data())
def test_pod_subnets_lie_where_their_zone_says(letters: set[str], added: st.DataObject) -> None:
    block = IPv4Network("100.64.0.0/16")
    more = letters | added.draw(st.sets(st.sampled_from(ZONE_LETTERS)))
    smaller = plan_pod_subnets(block, zones_of("".join(letters)))
    larger = plan_pod_subnets(block, zones_of("".join(more)))

    assert {zone: larger[zone] for zone in smaller} == smaller
    assert {zone: str(subnet) for zone, subnet in larger.items()} == {
        f"us-west-2{letter}": f"100.64.{32 * ZONE_LETTERS.index(letter)}.0/19"
        for letter in sorted(more)
    }


@pytest.mark.parametrize(
    ("pods", "vpc", "expected"),
    [
        ("100.64.0.0/16", "10.0.0.0/16", None),
        ("100.64.0.0/21", "172.30.0.0/16", None),
        ("10.3.0.0/16", "10.2.0.0/16", None),
        ("192.168.64.0/18", "192.168.0.0/18", None),
        ("100.65.0.0/16", "100.64.0.0/16", None),
        ("100.64.0.0/15", "10.0.0.0/16", "must be between /16 and /21, got 100.64.0.0/15"),
        ("100.64.0.0/22", "10.0.0.0/16", "must be between /16 and /21, got 100.64.0.0/22"),
        ("172.30.0.0/16", "10.0.0.0/16", "must lie in 100.64.0.0/10 or 10.0.0.0/8 beside"),
        ("10.0.0.0/16", "100.64.0.0/16", "must lie in 100.64.0.0/10 beside the VPC's 100.64.0.0"),
        ("10.2.0.0/17", "10.2.0.0/16", "overlaps the VPC's own block 10.2.0.0/16"),
        ("100.64.0.0/16", "100.64.128.0/17", "overlaps the VPC's own block 100.64.128.0/17"),
        ("10.0.0.0/17", "10.1.0.0/16", "AWS refuses 10.0.0.0/16 beside 10.1.0.0/16"),
        ("10.1.0.0/16", "10.0.0.0/16", None),
        ("10.0.0.0/17", "10.2.0.0/16", None),
        ("172.31.0.0/16", "172.30.0.0/16", "AWS refuses 172.31.0.0/16 beside 172.30.0.0/16"),
    ],
)
def test_a_pod_block_is_one_that_aws_takes(pods: str, vpc: str, expected: str | None) -> None:
    if expected is None:
        check_pod_block(IPv4Network(pods), IPv4Network(vpc))
        return
    with pytest.raises(ValueError, match=re.escape(expected)):
        check_pod_block(IPv4Network(pods), IPv4Network(vpc))
