"""Changes as people read them in a terminal."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from deployment.verdicts import Change, Update, Verdict

from .changes import Alike, totals
from .console import PlainConsole
from .tables import print_fitted

_STYLES: Final = {
    Verdict.LOST: "bold red",
    Verdict.REFUSED: "bold red",
    Verdict.REPLACED: "yellow",
    Verdict.DELETED: "yellow",
    Verdict.UNKNOWN: "magenta",
    Verdict.LEFT: "magenta",
    Verdict.UPDATED: "cyan",
    Verdict.CREATED: "green",
}
# What a screen of its own leaves out.
_IN_SHORT: Final = frozenset({Verdict.LOST, Verdict.REFUSED, Verdict.REPLACED, Verdict.DELETED})
_MOST_NAMES: Final = 6
_MOST_VALUES: Final = 6


def show(
    update: Update,
    groups: Sequence[Alike],
    stops: Sequence[Change],
    console: PlainConsole,
    *,
    summary: bool = False,
) -> None:
    """Prints the changes, the worst first, their totals, and why they must not be deployed.

    :param summary: whether to leave out what changes in place and what is new.
    """
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for group in groups:
        if not summary or group.verdict in _IN_SHORT:
            verdict = Text(group.verdict.value, style=_STYLES[group.verdict])
            table.add_row(verdict, Group(*_lines(group)))
    console.print(Text(f"\nChanges from {update.name}", style="bold"))
    print_fitted(console, *(Text(line, style="yellow") for line in update.interrupted))
    if table.rows:
        print_fitted(console, table)
    print_fitted(console, Text(totals(update), style="bold"))
    print_fitted(console, *(Text(line, style="red") for line in why_stopped(stops)))


def why_stopped(stops: Sequence[Change]) -> Iterator[str]:
    """Yields a line for each reason why the changes must not be deployed."""
    refused = sum(change.verdict is Verdict.REFUSED for change in stops)
    if refused:
        yield f"{refused} refused: a deployment would fail on its way"
    names = [c.step.resource.name for c in stops if c.verdict is Verdict.LOST]
    if names:
        yield f'{len(names)} lost; if that is meant: MAY_LOSE="{" ".join(sorted(set(names)))}"'


def _lines(group: Alike) -> Iterator[RenderableType]:
    # Each resource whose data are lost is named.
    worst = group.verdict in {Verdict.LOST, Verdict.REFUSED}
    yield Text(group.named(len(group.resources) if worst else _MOST_NAMES))
    texts = [*group.notes, *map(str, group.values[:_MOST_VALUES])]
    if more := len(group.values) - _MOST_VALUES:
        texts += [f"and {more} properties more"] if more > 0 else []
    if group.unknown:
        texts.append(f"a secret, not known whether it changes: {', '.join(group.unknown)}")
    if group.followers:
        kinds = ", ".join(f"{count} {kind}" for kind, count in group.followers)
        texts.append(f"replaced with it, {sum(count for _, count in group.followers)}: {kinds}")
    yield from (Padding(Text(text, style="dim"), (0, 0, 0, 2)) for text in texts)
