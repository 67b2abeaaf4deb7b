"""Tables for a terminal: narrow enough for any, and nothing in them is cut."""

from collections.abc import Iterable, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from .console import PlainConsole

# The columns of a terminal that nobody has made wider.
_WIDTH: Final = 80


def print_fitted(console: PlainConsole, *parts: RenderableType) -> None:
    """Prints each part as wide as the console, and at most 80 columns."""
    for part in parts:
        # A name with a bracket in it is no markup.
        shown = Text(part) if isinstance(part, str) else part
        console.print(shown, width=min(console.width, _WIDTH))


def table(
    left: Iterable[str],
    right: Iterable[str],
    rows: Iterable[Sequence[RenderableType]],
    *,
    title: str = "",
) -> RenderableType:
    """Returns a table that folds what is too wide for it.

    :param left: the headings of texts.
    :param right: the headings of numbers, after them.
    """
    found = Table(
        *(Column(Text(heading), overflow="fold") for heading in left),
        *(Column(Text(heading), overflow="fold", justify="right") for heading in right),
        box=None,
        pad_edge=False,
    )
    for row in rows:
        found.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in row))
    # A table's own title is folded to the width of the table.
    return Group(Text(title, style="italic"), found) if title else found
