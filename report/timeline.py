"""What happens from the deletion of a pod to its end, as a picture."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from planning.shutdown import ShutdownBudget

from .figures import ACCENT, BAD, GOOD, MUTED, ink


def shutdown_figure(budget: ShutdownBudget) -> Figure:
    """Returns a bar for each number of a budget, from its first second to its last."""
    lag, longest = budget.propagation_seconds, budget.longest_request_seconds
    pre_stop, grace = budget.pre_stop_seconds, budget.grace_seconds
    rows = [
        ("L  load balancer may still send", 0, lag, BAD),
        ("R  longest request, begun last", lag, longest, ACCENT),
        ("D  deregistration delay", 0, budget.deregistration_delay_seconds, MUTED),
        ("P  preStop sleep", 0, pre_stop, GOOD),
        ("application drains", pre_stop, budget.drain_limit_seconds, ACCENT),
        ("G  grace period", 0, grace, MUTED),
    ]
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    axes: Axes = figure.subplots()
    for position, (_, begin, length, colour) in enumerate(rows):
        bar = f"bar-{position}"
        axes.barh(position, length, left=begin, height=0.55, color=colour, gid=bar)
        end, beside = (begin + length, position), "offset points"
        axes.annotate(f"{length} s", end, xytext=(4, 0), textcoords=beside, va="center")
    axes.axvline(pre_stop, color=ink(), linewidth=1, linestyle="--")
    axes.axvline(grace, color=BAD, linewidth=1.5)
    for x, text in ((pre_stop, "stop signal"), (grace, "SIGKILL")):
        above = ("data", "axes fraction")
        axes.annotate(text, (x, 1), xycoords=above, ha="center", va="bottom")
    axes.set_yticks(range(len(rows)), [label for label, *_ in rows])
    axes.invert_yaxis()
    axes.set_xlim(0, max(begin + length for _, begin, length, _ in rows) * 1.1)
    axes.set_xlabel("seconds after the pod is deleted")
    axes.spines[["top", "right"]].set_visible(False)
    return figure
