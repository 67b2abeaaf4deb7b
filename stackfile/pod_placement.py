"""Refuses a stack whose nodes cannot run its pods, and says what would help."""

import textwrap
from collections.abc import Iterator
from typing import Final

import pulumi

from planning.scheduling.nodes import SchedulingPlan, Verdict
from planning.scheduling.table import lines

from .load import stack_file
from .pod_remedies import remedies
from .section import Cloud
from .settings import Settings

# Of a terminal of 80 columns, in which Pulumi indents.
_WIDTH: Final = 76


class NodesTooSmallError(pulumi.RunError):
    """A stack whose nodes cannot run its pods; Pulumi prints its message without a traceback."""


def check_pods_run(
    settings: Settings,
    cloud: Cloud,
    desired: SchedulingPlan,
    maximum: SchedulingPlan,
    busy: SchedulingPlan,
) -> None:
    """Refuses a stack whose pods cannot all run on ``desiredSize`` nodes, and warns of doubts.

    :param desired: ``desiredSize`` nodes and applications at their minimum.
    :param maximum: as many nodes as there may be, and applications at their maximum.
    :param busy: ``desiredSize`` nodes and applications at their maximum.
    :raises NodesTooSmallError: with nodes, pods, and what would help.
    """
    if desired.verdict is Verdict.IMPOSSIBLE:
        raise NodesTooSmallError(_refusal(settings, cloud, desired))
    grows = settings.autoscaling.mode != "none"
    for line in (*doubts(desired, maximum), *(() if grows else pending(busy, maximum))):
        pulumi.log.warn(f"{stack_file()}: {line}")


def pending(busy: SchedulingPlan, maximum: SchedulingPlan) -> Iterator[str]:
    """Yields that applications outgrow the nodes there are, where nobody adds any."""
    if busy.verdict is not Verdict.FITS and maximum.verdict is Verdict.FITS:
        yield (
            "applications at their maximum may not all run on desiredSize nodes, and "
            f"autoscaling.mode none adds no node: {'; '.join(busy.reasons)}"
        )


def doubts(desired: SchedulingPlan, maximum: SchedulingPlan) -> Iterator[str]:
    """Yields what may keep pods from running, now or later."""
    if desired.verdict is Verdict.UNCERTAIN:
        yield f"desiredSize nodes may not run all pods: {'; '.join(desired.reasons)}"
    for name in desired.may_lose_their_volume:
        yield (
            f"{name} keeps its volume in one zone, and with desiredSize below the number of zones "
            "its next node may be in another"
        )
    if maximum.verdict is not Verdict.FITS:
        yield (
            "maxSize nodes may not run all pods of applications at their maximum: "
            f"{'; '.join(maximum.reasons)}"
        )


def _refusal(settings: Settings, cloud: Cloud, desired: SchedulingPlan) -> str:
    table = "\n".join(f"  {line}".rstrip() for line in lines(desired))
    reasons = "\n".join(map(_item, desired.reasons))
    found = [*map(_item, remedies(settings, cloud))]
    helps = "Any one of these makes it fit:" if found else "No single change makes it fit:"
    ways = "\n".join(found or [_item("more or larger nodes, and fewer or smaller pods")])
    return (
        f"{stack_file()}: desiredSize nodes cannot run all pods, with applications at their "
        f"minimum\n{table}\nWhat is missing:\n{reasons}\n{helps}\n{ways}"
    )


def _item(text: str) -> str:
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent="  - ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
