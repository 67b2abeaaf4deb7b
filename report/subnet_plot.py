"""Demand against capacity as nodes are added, as a picture."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from planning.pod_ips.demand import AddressPlan, SubnetDemand

from .figures import STYLE

FORMATS: Final = (".svg", ".png")
# How far past the maximum and the last node that fits the picture goes.
_BEYOND: Final = 1.15
_MOST_POINTS: Final = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Colours:
    """The colours of the picture."""

    full: str = "#b3261e"
    idle: str = "#7a7a7a"
    capacity: str = "#1a73e8"
    maximum: str = "black"


_COLOURS: Final = Colours()


def _addresses(subnet: SubnetDemand) -> int:
    return subnet.addresses_needed


def _prefixes(subnet: SubnetDemand) -> int:
    return subnet.prefixes_needed


def _of_size(plan: AddressPlan, part: float) -> AddressPlan:
    """Returns the plan with a part of each group's nodes, or a multiple."""
    groups = {
        name: replace(group, max_size=round(group.max_size * part))
        for name, group in plan.groups.items()
    }
    return replace(plan, groups=groups)


def _role_of_pods(plan: AddressPlan) -> str:
    return "pods" if plan.mode.custom_networking else "private"


def _most_that_fit(plan: AddressPlan, most: int, subnet: SubnetDemand) -> int:
    """Returns how many nodes of all groups, in their proportion, a subnet is large enough for."""

    def fits(count: int) -> bool:
        return _same_subnet(_of_size(plan, count / most), subnet).fits

    too_many = 1
    while fits(too_many):
        too_many *= 2
    enough = too_many // 2
    while too_many - enough > 1:
        middle = (enough + too_many) // 2
        enough, too_many = (middle, too_many) if fits(middle) else (enough, middle)
    return enough


def _same_subnet(plan: AddressPlan, subnet: SubnetDemand) -> SubnetDemand:
    return next(other for other in plan.subnets if other.block == subnet.block)


def draw(plan: AddressPlan, path: Path, *, title: str) -> None:
    """Draws :func:`figure_of` into a file.

    :param path: a file whose name ends in one of ``FORMATS``.
    """
    with mpl.rc_context(STYLE):
        metadata = {"Date": None} if path.suffix == ".svg" else {}
        figure_of(plan, title=title).savefig(path, metadata=metadata, dpi=150)


def figure_of(plan: AddressPlan, *, title: str, colours: Colours = _COLOURS) -> Figure:
    """Returns the tightest subnet with pods: what it has, and what more and more nodes take of it.

    Groups grow together, in proportion to their maximum. Nodes are full, or run no pod and hold
    what they keep warm. Surge nodes of an update are counted from the start. Where nodes hold
    prefixes, prefixes are drawn.
    """
    here = (subnet for subnet in plan.subnets if subnet.role == _role_of_pods(plan))
    tightest = max(here, key=lambda subnet: subnet.share)
    amount = _prefixes if tightest.prefixes else _addresses
    capacity = tightest.prefixes or tightest.addresses
    most = sum(group.max_size for group in plan.groups.values())
    full = _most_that_fit(plan, most, tightest)
    last = max(most, full) * _BEYOND
    counts = sorted({round(last * step / _MOST_POINTS) for step in range(_MOST_POINTS + 1)})
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes: Axes = figure.subplots()
    for label, colour, pods in (
        ("full nodes", colours.full, None),
        ("nodes without pods", colours.idle, 0),
    ):
        plans = (replace(_of_size(plan, count / most), pods_per_node=pods) for count in counts)
        demand = [amount(_same_subnet(other, tightest)) for other in plans]
        axes.plot(counts, demand, color=colour, label=label)
    axes.axhline(capacity, color=colours.capacity, linestyle="--", label=f"subnet has {capacity:,}")
    axes.axvline(
        full, color=colours.full, linewidth=1, linestyle=":", label=f"full at {full:,} nodes"
    )
    axes.axvline(most, color=colours.maximum, linewidth=1, label=f"maximum of the stack: {most:,}")
    axes.set_xlabel("nodes of all groups, in all zones")
    axes.set_ylabel("/28 prefixes" if tightest.prefixes else "addresses")
    axes.set_title(f"{title}: {tightest.role} subnet {tightest.block} in {tightest.zone}")
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)
    axes.grid(alpha=0.3)
    return figure
