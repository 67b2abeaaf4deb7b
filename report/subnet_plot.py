"""Demand against capacity as nodes are added, as a picture."""

from bisect import bisect_left
from dataclasses import replace
from operator import attrgetter
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from planning.pod_ips.demand import AddressPlan, SubnetDemand

from .figures import ACCENT, BAD, MUTED, ink

# How far past the stack's maximum the picture goes; a subnet that is full by then is seen to be so.
_BEYOND: Final = 1.5
# Of the highest demand, for the texts above the lines.
_HEADROOM: Final = 1.25
_MOST_POINTS: Final = 60
# More nodes than any VPC has addresses for.
_TOO_MANY_NODES: Final = 2**20


def subnet_figure(plan: AddressPlan, *, title: str) -> Figure:
    """Returns the tightest subnet with pods: what it has, and what more and more nodes take of it.

    Groups grow together, in proportion to their maximum. Nodes are full, or run no pod and hold
    what they keep warm. Surge nodes of an update are counted from the start. Where nodes hold
    prefixes, prefixes are drawn.
    """
    role = "pods" if plan.mode.custom_networking else "private"
    here = (subnet for subnet in plan.subnets if subnet.role == role)
    tightest = max(here, key=lambda subnet: subnet.share)
    unit, amount = "addresses", attrgetter("addresses_needed")
    if tightest.prefixes:
        unit, amount = "/28 prefixes", attrgetter("prefixes_needed")
    capacity = tightest.prefixes or tightest.addresses
    most = sum(group.max_size for group in plan.groups.values())

    def demand(count: int, pods: int | None = None) -> SubnetDemand:
        grown = replace(_of_size(plan, count / most), pods_per_node=pods)
        return next(subnet for subnet in grown.subnets if subnet.block == tightest.block)

    counts_to_try = range(1, _TOO_MANY_NODES)
    full = bisect_left(counts_to_try, True, key=lambda count: not demand(count).fits)  # noqa: FBT003
    last = most * _BEYOND
    if full <= last:
        last = max(most, full) * _HEADROOM
    counts = sorted({round(last * step / _MOST_POINTS) for step in range(_MOST_POINTS + 1)})
    figure = Figure(figsize=(10, 4.5), layout="constrained")
    axes: Axes = figure.subplots()
    highest = 0
    for label, colour, pods in (("full nodes", BAD, None), ("nodes without pods", MUTED, 0)):
        amounts = [amount(demand(n, pods)) for n in counts]
        axes.plot(counts, amounts, color=colour, label=label)
        highest = max(highest, *amounts)
    axes.axvline(most, color=ink(), linewidth=1, label=f"maximum of the stack: {most:,}")
    top, beyond = highest * _HEADROOM, "" if full <= last else ", beyond this picture"
    if capacity <= top:
        axes.axhline(capacity, color=ACCENT, linestyle="--", label=f"subnet has {capacity:,}")
    else:
        axes.plot([], [], color=ACCENT, linestyle="--", label=f"subnet has {capacity:,}{beyond}")
    if full <= last:
        axes.axvline(full, color=BAD, linewidth=1, linestyle=":", label=f"full at {full:,} nodes")
    else:
        axes.plot([], [], color=BAD, linestyle=":", label=f"full at {full:,} nodes{beyond}")
    axes.set_xlabel("nodes of all groups, in all zones")
    axes.set_ylabel(unit)
    axes.set_title(f"{title}: {tightest.role} subnet {tightest.block} in {tightest.zone}")
    axes.set_xlim(0, max(counts))
    axes.set_ylim(0, max(top, 1))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(frameon=False, loc="upper left")
    axes.grid(alpha=0.3)
    return figure


def _of_size(plan: AddressPlan, part: float) -> AddressPlan:
    """Returns the plan with a part of each group's nodes, or a multiple."""
    groups = {
        name: replace(group, max_size=round(group.max_size * part))
        for name, group in plan.groups.items()
    }
    return replace(plan, groups=groups)
