"""The subnets of a plan as lines of text, for a message that may go through a log."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from planning.text import aligned

from .demand import SubnetDemand

# Of a message that is indented in a terminal of 80 columns.
_WIDTH: Final = 76


def lines(subnets: Sequence[SubnetDemand]) -> Iterator[str]:
    """Yields a heading and a line for each subnet, and what takes them, in 76 columns."""
    rows = [("zone", "block", "needed", "available")]
    for role in dict.fromkeys(subnet.role for subnet in subnets):
        rows.append((role, "", "", ""))
        rows += [
            (
                f"{' ' if subnet.fits else '!'} {subnet.zone}",
                str(subnet.block),
                needed(subnet),
                available(subnet),
            )
            for subnet in subnets
            if subnet.role == role
        ]
    yield from aligned(rows)
    if not all(subnet.fits for subnet in subnets):
        yield "! TOO SMALL"
    yield "taken by"
    for place, text in taken_by_place((s.role, s.zone, taken_by(s)) for s in subnets):
        yield from textwrap.wrap(
            f"{place}: {text}",
            _WIDTH,
            initial_indent="  ",
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        )


def taken_by_place(uses: Iterable[tuple[str, str, str]]) -> Iterator[tuple[str, str]]:
    """Yields each place with what takes its addresses: the zones of a role that are alike in one.

    :param uses: role, zone, and what takes the addresses of a subnet there.
    """
    zones: dict[str, dict[str, list[str]]] = {}
    for role, zone, what in uses:
        zones.setdefault(role, {}).setdefault(what, []).append(zone)
    for role, by_use in zones.items():
        for what, alike in by_use.items():
            yield role if len(by_use) == 1 else f"{role} {', '.join(alike)}", what


def needed(subnet: SubnetDemand) -> str:
    """Returns what a subnet must have."""
    return amount(subnet.addresses_needed, subnet.prefixes_needed)


def available(subnet: SubnetDemand) -> str:
    """Returns what a subnet has."""
    return amount(subnet.addresses, subnet.prefixes)


def taken_by(subnet: SubnetDemand) -> str:
    """Returns what takes a subnet's addresses."""
    return "; ".join(f"{use.what} = {amount(use.addresses, use.prefixes)}" for use in subnet.uses)


def amount(addresses: int, prefixes: int) -> str:
    """Returns single addresses and /28 prefixes as text."""
    return f"{addresses:,} + {prefixes:,} x /28" if prefixes else f"{addresses:,}"
