"""Refuses quotas of teams that nodes could not hold at their maximum."""

from collections.abc import Iterator, Sequence

import pulumi

from planning.scheduling.nodes import SchedulingPlan, Verdict
from planning.scheduling.quotas import Quota, Room, rooms

from .load import stack_file
from .names import full_key, pool_name
from .settings import Settings


class QuotasTooLargeError(pulumi.RunError):
    """Quotas that no nodes are for; Pulumi prints its message without a traceback."""


def quotas_of(settings: Settings) -> list[Quota]:
    """Returns the quota of each namespace of each team, by names as the plan has them."""
    return [
        Quota(
            name=f"{team}: {name}",
            asked=namespace.quota.asked,
            nodes=settings.placement(namespace.nodes).group,
        )
        for team, its in settings.teams.items()
        for name, namespace in its.namespaces.items()
    ]


def check_quotas(
    settings: Settings, maximum: SchedulingPlan, today: SchedulingPlan
) -> Sequence[Room]:
    """Refuses quotas whose sum is more than nodes hold at their maximum, and warns of doubts.

    :param maximum: as many nodes as there may be, and applications at their maximum.
    :param today: ``desiredSize`` nodes, and applications at their maximum.
    :return: the arithmetic, by the nodes that quotas share.
    :raises QuotasTooLargeError: with the arithmetic, and what would help.
    """
    quotas = quotas_of(settings)
    found = rooms(maximum, quotas)
    if refused := [room for room in found if room.verdict is Verdict.IMPOSSIBLE]:
        raise QuotasTooLargeError("\n".join(_refusal(settings, refused)))
    for room in found:
        if room.verdict is Verdict.UNCERTAIN:
            lines = "\n".join(f"  {line}" for line in room.lines())
            pulumi.log.warn(
                f"{stack_file()}: nodes at their maximum may not hold the quotas of teams\n{lines}"
            )
    if settings.autoscaling.mode == "none":
        for room in rooms(today, quotas):
            if room.verdict is Verdict.IMPOSSIBLE:
                pulumi.log.warn(
                    f"{stack_file()}: desiredSize nodes do not hold the quotas of teams, and "
                    f"autoscaling.mode none adds no node: {_missing(room)}"
                )
    return found


def _refusal(settings: Settings, refused: Sequence[Room]) -> Iterator[str]:
    yield f"{stack_file()}: nodes cannot hold the quotas of teams at their maximum"
    for room in refused:
        yield from (f"  {line}" for line in room.lines())
    yield "What is missing:"
    yield from (f"  - {_missing(room)}" for room in refused)
    yield "What helps:"
    for room in refused:
        yield f"  - smaller quotas: {full_key(['teams'])}.TEAM.namespaces.NAME.quota"
        yield from (f"  - more nodes: {_more(settings, room, name)}" for name in room.nodes)


def _missing(room: Room) -> str:
    pods, cpu, memory = room.missing.text()[:3]
    short = {"pods": (pods, room.missing.pods), "CPU": (cpu, room.missing.cpu)}
    short["memory"] = (memory, room.missing.memory)
    listed = ", ".join(f"{text} {what}" for what, (text, amount) in short.items() if amount)
    return f"{listed} on {', '.join(room.nodes) or 'nodes for every pod'}"


def _more(settings: Settings, room: Room, name: str) -> str:
    """Returns what there may be more nodes of a group by."""
    pools = {pool_name(pool): pool for pool in settings.autoscaling.pools}
    if name in pools:
        return f"higher limits of {full_key(['autoscaling', 'pools', pools[name]])}"
    size = "desiredSize" if settings.autoscaling.mode == "karpenter" else "maxSize"
    return f"{full_key(['nodeGroups', name, size])} {room.enough(name) or 'and larger nodes'}"
