"""Subnets lie where their zone's letter says, whatever else is in the VPC."""

from ipaddress import IPv4Address, IPv4Network
from itertools import combinations

import hypothesis
import pytest
from hypothesis import strategies as st

from planning.subnets import ZONE_LETTERS, ZoneSubnets, plan_subnets, single_addresses

REGION = "ap-northeast-2"


@st.composite
def vpc_blocks(draw: st.DrawFn) -> IPv4Network:
    prefix = draw(st.integers(min_value=16, max_value=24))
    address = draw(st.integers(min_value=int(IPv4Address("10.0.0.0")), max_value=0xDFFF_FFFF))
    return IPv4Network((address, prefix), strict=False)


letters = st.sets(st.sampled_from(ZONE_LETTERS), min_size=1)


def fitting(block: IPv4Network, chosen: set[str]) -> set[str]:
    """Returns the letters that go together: of a small block's quarter the first one alone."""
    small = block.prefixlen > 21
    return {one for one in chosen if not small or chr(ord(one) - 4) not in chosen}


def zones_of(region_letters: set[str] | str) -> list[str]:
    return [f"{REGION}{letter}" for letter in sorted(region_letters)]


def as_texts(subnets: ZoneSubnets) -> tuple[str, str, str]:
    return str(subnets.public), str(subnets.private), str(subnets.control_plane)


def test_the_study_lab_gets_the_subnets_that_it_has_always_had() -> None:
    """Golden figures: whoever changes one of them moves subnets that are in use."""
    plan = plan_subnets(IPv4Network("172.30.0.0/16"), zones_of("ac"))

    assert {zone: as_texts(subnets) for zone, subnets in plan.items()} == {
        "ap-northeast-2a": ("172.30.192.0/22", "172.30.0.0/19", "172.30.196.0/23"),
        "ap-northeast-2c": ("172.30.208.0/22", "172.30.64.0/19", "172.30.212.0/23"),
    }


def test_a_21_holds_all_eight_zones() -> None:
    plan = plan_subnets(IPv4Network("10.0.0.0/21"), zones_of(ZONE_LETTERS))

    assert [as_texts(subnets) for subnets in plan.values()] == [
        ("10.0.6.0/27", "10.0.0.0/24", "10.0.6.32/27"),
        ("10.0.6.64/27", "10.0.1.0/24", "10.0.6.96/27"),
        ("10.0.6.128/27", "10.0.2.0/24", "10.0.6.160/27"),
        ("10.0.6.192/27", "10.0.3.0/24", "10.0.6.224/27"),
        ("10.0.7.0/27", "10.0.4.0/25", "10.0.7.32/27"),
        ("10.0.7.64/27", "10.0.4.128/25", "10.0.7.96/27"),
        ("10.0.7.128/27", "10.0.5.0/25", "10.0.7.160/27"),
        ("10.0.7.192/27", "10.0.5.128/25", "10.0.7.224/27"),
    ]


def test_a_24_holds_four_zones_in_the_smallest_subnets_that_aws_makes() -> None:
    plan = plan_subnets(IPv4Network("10.0.0.0/24"), zones_of("abch"))

    assert {zone[-1]: as_texts(subnets) for zone, subnets in plan.items()} == {
        "a": ("10.0.0.32/28", "10.0.0.0/27", "10.0.0.48/28"),
        "b": ("10.0.0.96/28", "10.0.0.64/27", "10.0.0.112/28"),
        "c": ("10.0.0.160/28", "10.0.0.128/27", "10.0.0.176/28"),
        "h": ("10.0.0.224/28", "10.0.0.192/27", "10.0.0.240/28"),
    }


@pytest.mark.parametrize("prefix", [22, 23, 24])
def test_two_zones_of_one_quarter_of_a_small_block_are_refused(prefix: int) -> None:
    block = IPv4Network(f"10.0.0.0/{prefix}")
    with pytest.raises(
        ValueError,
        match=f"'{REGION}b' and '{REGION}f' have the same quarter of {block}; .* /21 or larger",
    ):
        plan_subnets(block, zones_of("abf"))


def test_aws_keeps_five_addresses_of_each_subnet() -> None:
    plan = plan_subnets(IPv4Network("172.30.0.0/16"), zones_of("ae"))

    assert single_addresses(plan["ap-northeast-2a"].private) == 8_187
    assert single_addresses(plan["ap-northeast-2e"].private) == 4_091


@hypothesis.given(block=vpc_blocks())
@hypothesis.settings(deadline=None)
def test_no_two_subnets_overlap(block: IPv4Network) -> None:
    """Requirement 13."""
    plan = plan_subnets(block, zones_of(fitting(block, set(ZONE_LETTERS))))
    subnets = [subnet for zone in plan.values() for subnet in zone.all()]

    assert len(subnets) == 3 * (8 if block.prefixlen <= 21 else 4)
    assert [pair for pair in combinations(subnets, 2) if pair[0].overlaps(pair[1])] == []


@hypothesis.given(block=vpc_blocks(), zones=letters)
@hypothesis.settings(deadline=None)
def test_every_subnet_lies_in_the_vpc(block: IPv4Network, zones: set[str]) -> None:
    zones = fitting(block, zones)
    plan = plan_subnets(block, zones_of(zones))

    assert [*plan] == zones_of(zones)
    assert all(subnet.subnet_of(block) for zone in plan.values() for subnet in zone.all())


@hypothesis.given(block=vpc_blocks(), zones=letters, added=letters)
@hypothesis.settings(deadline=None)
def test_adding_or_removing_a_zone_moves_no_subnet(
    block: IPv4Network, zones: set[str], added: set[str]
) -> None:
    """Requirement 13: read forwards the plan grows, read backwards it shrinks."""
    more = fitting(block, zones | added)
    smaller, larger = (
        plan_subnets(block, zones_of(zones & more)),
        plan_subnets(block, zones_of(more)),
    )

    assert {zone: larger[zone] for zone in smaller} == smaller


@hypothesis.given(block=vpc_blocks(), zones=letters, data=st.data())
@hypothesis.settings(deadline=None)
def test_the_order_of_the_zones_moves_no_subnet(
    block: IPv4Network, zones: set[str], data: st.DataObject
) -> None:
    """Requirement 13; the order of the result is that of the names, too."""
    drawn = data.draw(st.permutations(zones_of(fitting(block, zones))))

    assert [*plan_subnets(block, drawn).items()] == [*plan_subnets(block, sorted(drawn)).items()]


@hypothesis.given(block=vpc_blocks(), letter=st.sampled_from(ZONE_LETTERS))
@hypothesis.settings(deadline=None)
def test_every_subnet_is_large_enough_for_what_it_holds(block: IPv4Network, letter: str) -> None:
    """Requirement 14: room for load balancers, and for the control plane's interfaces."""
    (subnets,) = plan_subnets(block, zones_of(letter)).values()

    small = block.prefixlen > 21
    # EKS needs 6, with an upgrade 9, and recommends 16. A load balancer needs 8, NAT 1.
    assert single_addresses(subnets.control_plane) >= (9 if small else 16)
    assert single_addresses(subnets.public) >= (9 if small else 16)
    assert subnets.private.num_addresses > subnets.public.num_addresses


@pytest.mark.parametrize("block", ["10.0.0.0/15", "10.0.0.0/25"])
def test_a_vpc_block_out_of_range_is_refused(block: str) -> None:
    with pytest.raises(ValueError, match=f"must be between /16 and /24 .*, got {block}"):
        plan_subnets(IPv4Network(block), zones_of("ac"))


@pytest.mark.parametrize("zone", ["ap-northeast-2i", "ap-northeast-2", "AP-NORTHEAST-2A", ""])
def test_a_zone_without_a_letter_from_a_to_h_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match=f"zone '{zone}' does not end in a letter from a to h"):
        plan_subnets(IPv4Network("10.0.0.0/16"), ["ap-northeast-2a", zone])


def test_two_zones_with_one_letter_are_refused() -> None:
    zones = ["us-west-2a", "us-west-2-lax-1a"]
    with pytest.raises(
        ValueError, match="zones 'us-west-2-lax-1a' and 'us-west-2a' share the letter 'a'"
    ):
        plan_subnets(IPv4Network("10.0.0.0/16"), zones)
