"""Nodes and pods of a plan as lines of text, for a message that may go through a log."""

from collections.abc import Iterator, Sequence

from planning.text import aligned

from .amounts import DIMENSIONS, between
from .nodes import SchedulingPlan


def lines(plan: SchedulingPlan) -> Iterator[str]:
    """Yields what a node of each group has and what DaemonSets leave of it, then what pods ask for.

    Where what a node has is known only when it runs, both ends are given. Volumes are shown where
    pods have some.
    """
    # Of all that is counted.
    shown = len(DIMENSIONS) if plan.asked.volumes else len(DIMENSIONS) - 1
    rows: list[Sequence[str]] = [("node group", "nodes", *DIMENSIONS[:shown])]
    for name, group in plan.groups.items():
        taken, (least, most) = plan.on_node(name), (group.each.least, group.each.most)
        left = between(least.minus(taken), most.minus(taken))
        rows.append((name, f"{group.count:,}", *between(least, most)[:shown]))
        rows.append(("  left of a node", "", *left[:shown]))
    yield from aligned(rows)
    yield ""
    rows_of_pods: list[Sequence[str]] = [("pods", "number", *DIMENSIONS[1:shown], "on node groups")]
    for some in plan.workloads:
        number = "1 a node" if some.on_every_node else f"{some.count:,}"
        where = ", ".join(plan.groups_of(some)) or "none"
        rows_of_pods.append((some.name, number, *some.takes.text()[1:shown], where))
    yield from aligned(rows_of_pods)
