"""The subnets of a plan as lines of text, for a message that may go through a log."""

from collections.abc import Iterator, Sequence

from .demand import SubnetDemand


def lines(subnets: Sequence[SubnetDemand]) -> Iterator[str]:
    """Yields a heading and a line for each subnet: needed, available, and what takes them."""
    rows = [("zone", "role", "block", "needed", "available", "", "taken by")]
    rows += [
        (
            subnet.zone,
            subnet.role,
            str(subnet.block),
            needed(subnet),
            available(subnet),
            "" if subnet.fits else "TOO SMALL",
            taken_by(subnet),
        )
        for subnet in subnets
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = zip(row, widths, strict=True)
        yield "  ".join(cell.ljust(width) for cell, width in cells).rstrip()


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
