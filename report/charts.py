"""Charts in the page's own colours, light and dark."""

from collections.abc import Sequence
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from planning.pod_ips.demand import AddressPlan
from planning.shutdown import ShutdownBudget

from .figures import svg_element
from .subnet_plot import Colours, figure_of

# Colours that no chart has by itself, and what they are in the page.
_INK: Final = "#010203"
_ROSE: Final = "#010204"
_GREY: Final = "#010205"
_BLUE: Final = "#010206"
_GREEN: Final = "#010207"
_PAGE: Final = {
    _INK: "var(--ink)",
    _ROSE: "var(--bad)",
    _GREY: "var(--muted)",
    _BLUE: "var(--accent)",
    _GREEN: "var(--good)",
}
_STYLE: Final[dict[Any, Any]] = {
    "text.color": _INK,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "grid.color": _GREY,
}


def capacity_curve(plan: AddressPlan, stack: str) -> str:
    """Returns the curve of addresses against nodes as an SVG element."""
    colours = Colours(full=_ROSE, idle=_GREY, capacity=_BLUE, maximum=_INK)
    with mpl.rc_context(_STYLE):
        return svg_element(figure_of(plan, title=stack, colours=colours), "curve", _PAGE)


def shutdown_timeline(budget: ShutdownBudget, identifier: str) -> str:
    """Returns what happens from the deletion of a pod to its end, as an SVG element.

    :param identifier: what begins every identifier in it.
    """
    lag, longest = budget.propagation_seconds, budget.longest_request_seconds
    pre_stop, grace = budget.pre_stop_seconds, budget.grace_seconds
    rows = [
        ("L  load balancer may still send", 0, lag, _ROSE),
        ("R  longest request, begun last", lag, longest, _BLUE),
        ("D  deregistration delay", 0, budget.deregistration_delay_seconds, _GREY),
        ("P  preStop sleep", 0, pre_stop, _GREEN),
        ("application drains", pre_stop, budget.drain_limit_seconds, _BLUE),
        ("G  grace period", 0, grace, _GREY),
    ]
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(8, 3.2), layout="constrained")
        axes: Axes = figure.subplots()
        for position, (_, begin, length, colour) in enumerate(rows):
            axes.barh(
                position, length, left=begin, height=0.55, color=colour, gid=f"bar-{position}"
            )
            axes.annotate(
                f"{length} s",
                (begin + length, position),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
            )
        axes.axvline(pre_stop, color=_INK, linewidth=1, linestyle="--")
        axes.axvline(grace, color=_ROSE, linewidth=1.5)
        _mark(axes, [(pre_stop, "stop signal"), (grace, "SIGKILL")])
        axes.set_yticks(range(len(rows)), [label for label, *_ in rows])
        axes.invert_yaxis()
        axes.set_xlim(0, max(begin + length for _, begin, length, _ in rows) * 1.1)
        axes.set_xlabel("seconds after the pod is deleted")
        axes.spines[["top", "right"]].set_visible(False)
        return svg_element(figure, identifier, _PAGE)


def _mark(axes: Axes, marks: Sequence[tuple[float, str]]) -> None:
    """Names vertical lines above the chart."""
    for x, text in marks:
        axes.annotate(text, (x, 1), xycoords=("data", "axes fraction"), ha="center", va="bottom")
