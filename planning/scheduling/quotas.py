"""Whether nodes hold all that quotas of namespaces allow, beside what runs already.

Quotas are compared with sums: pods that fit by number may not fit into the gaps of single nodes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from planning.text import aligned

from .amounts import NOTHING, Amounts, between, total
from .nodes import SchedulingPlan, Verdict
from .taints import may_run
from .workloads import Workload

# Pods, CPU and memory, of what :class:`Amounts` counts.
_COUNTED = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Quota:
    """What pods of a namespace may ask for together.

    :param name: whose it is.
    :param nodes: the node group that they run on, as the plan names it; ``None``: on those that
        take every pod.
    """

    name: str
    asked: Amounts
    nodes: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """Nodes that quotas share.

    :param nodes: by group how many there are, and what DaemonSets leave of one for certain.
    :param least: what they have for certain.
    :param most: what they have no more of.
    :param taken: what runs on them already.
    """

    nodes: Mapping[str, tuple[int, Amounts]]
    least: Amounts
    most: Amounts
    taken: Amounts
    quotas: tuple[Quota, ...]

    @property
    def asked(self) -> Amounts:
        """What all quotas allow together."""
        return total(quota.asked for quota in self.quotas)

    @property
    def verdict(self) -> Verdict:
        """Whether the nodes hold it."""
        if self.least.minus(self.taken).holds(self.asked):
            return Verdict.FITS
        if self.most.minus(self.taken).holds(self.asked):
            return Verdict.UNCERTAIN
        return Verdict.IMPOSSIBLE

    @property
    def missing(self) -> Amounts:
        """What the nodes lack at the most that they may have."""
        return Amounts(*(max(0, -left) for left in self.most.minus(self.taken).minus(self.asked)))

    def enough(self, group: str) -> int | None:
        """Returns with how many nodes of a group all quotas fit for certain, if there is a number.

        It counts sums, as the verdict does.
        """
        count, each = self.nodes[group]
        left = self.least.minus(self.taken).minus(self.asked)
        lacking = [(-short, one) for short, one in zip(left, each, strict=True) if short < 0]
        if any(one <= 0 for _, one in lacking):
            return None
        return count + max((-(-short // one) for short, one in lacking), default=0)

    def lines(self) -> Iterator[str]:
        """Yields the arithmetic as a table; where both ends are known, with both."""
        named = ", ".join(f"{count:,} of {name}" for name, (count, _) in self.nodes.items())
        rows: list[Sequence[str]] = [
            ("requests", "pods", "CPU", "memory"),
            (f"nodes: {named or 'none'}", *between(self.least, self.most)[:_COUNTED]),
            ("what the platform runs on them", *_text(self.taken)),
        ]
        left = between(self.least.minus(self.taken), self.most.minus(self.taken))
        rows.append(("left for quotas", *left[:_COUNTED]))
        rows += [(f"quota of {quota.name}", *_text(quota.asked)) for quota in self.quotas]
        rows.append(("all quotas", *_text(self.asked)))
        if self.missing != NOTHING:
            rows.append(("missing", *_text(self.missing)))
        yield from aligned(rows)


def rooms(plan: SchedulingPlan, quotas: Sequence[Quota]) -> list[Room]:
    """Returns the nodes that quotas are for: those that take every pod, and others by name.

    A workload that may run in several counts in the first of them.
    """
    open_groups = [name for name, group in plan.groups.items() if may_run(group.taints, ())]
    shared = {None: open_groups, **{name: [name] for name in plan.groups}}
    by_nodes: dict[str | None, list[Quota]] = {None: []}
    for quota in quotas:
        by_nodes.setdefault(None if quota.nodes in open_groups else quota.nodes, []).append(quota)
    found: list[Room] = []
    counted: set[str] = set()
    for nodes, its in by_nodes.items():
        here = [some for some in plan.free_to_choose if _runs(plan, some, shared[nodes], counted)]
        counted |= {some.name for some in here}
        if its:
            found.append(_room(plan, shared[nodes], here, tuple(its)))
    return found


def _runs(
    plan: SchedulingPlan, workload: Workload, groups: Sequence[str], counted: set[str]
) -> bool:
    return workload.name not in counted and not {*plan.groups_of(workload)}.isdisjoint(groups)


def _room(
    plan: SchedulingPlan, names: Sequence[str], here: Sequence[Workload], quotas: tuple[Quota, ...]
) -> Room:
    groups = {name: plan.groups[name] for name in names}
    daemons = {name: plan.on_node(name) for name in names}
    on_each = [daemons[name].times(group.count) for name, group in groups.items()]
    return Room(
        nodes={
            name: (group.count, group.each.least.minus(daemons[name]))
            for name, group in groups.items()
        },
        least=total(group.each.least.times(group.count) for group in groups.values()),
        most=total(group.each.most.times(group.count) for group in groups.values()),
        taken=total([*on_each, *(some.each.times(some.count) for some in here)]),
        quotas=quotas,
    )


def _text(amounts: Amounts) -> tuple[str, ...]:
    return amounts.text()[:_COUNTED]
