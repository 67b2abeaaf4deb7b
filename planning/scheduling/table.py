"""Nodes and pods of a plan as lines of text, for a message that may go through a log."""

from collections.abc import Iterator, Sequence

from planning.text import aligned

from .amounts import Amounts
from .nodes import SchedulingPlan


def lines(plan: SchedulingPlan) -> Iterator[str]:
    """Yields what a node of each group has and what DaemonSets leave of it, then what pods ask for.

    Where what a node has is known only when it runs, both ends are given.
    """
    rows: list[Sequence[str]] = [("node group", "nodes", "pods", "CPU", "memory")]
    for name, group in plan.groups.items():
        taken, (least, most) = plan.on_node(name), (group.each.least, group.each.most)
        rows.append((name, f"{group.count:,}", *_between(least, most)))
        rows.append(("  left of a node", "", *_between(least.minus(taken), most.minus(taken))))
    yield from aligned(rows)
    yield ""
    rows_of_pods = [("pods", "number", "CPU", "memory", "on node groups")]
    for some in plan.workloads:
        _, cpu, memory = some.each.text()
        number = "1 a node" if some.on_every_node else f"{some.count:,}"
        where = ", ".join(plan.groups_of(some)) or "none"
        rows_of_pods.append((some.name, number, cpu, memory, where))
    yield from aligned(rows_of_pods)


def _between(least: Amounts, most: Amounts) -> Iterator[str]:
    """Yields both ends of each amount, or one where they are the same."""
    for low, high in zip(least.text(), most.text(), strict=True):
        yield low if low == high else f"{low.split(' ')[0]} to {high}"
