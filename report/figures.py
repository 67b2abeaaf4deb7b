"""Matplotlib figures as SVG whose text stays text; the same figure gives the same file."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure

# The colours of all figures. Ink is black, which in a page must be told from no colour at all.
BAD: Final = "#b3261e"
MUTED: Final = "#7a7a7a"
ACCENT: Final = "#1a73e8"
GOOD: Final = "#1a7037"
_INK: Final = "#010203"
# What they are in a page, which is light or dark.
_IN_PAGE: Final = {
    BAD: "var(--bad)",
    MUTED: "var(--muted)",
    ACCENT: "var(--accent)",
    GOOD: "var(--good)",
    _INK: "var(--ink)",
}
_STYLE: Final[dict[Any, Any]] = {"svg.fonttype": "none", "svg.hashsalt": "eks-platform"}
_PAGE_STYLE: Final[dict[Any, Any]] = {
    **_STYLE,
    "text.color": _INK,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "grid.color": MUTED,
}
FORMATS: Final = (".svg", ".png")
# Matplotlib counts the elements of each figure anew, and a page may hold several.
_IDENTIFIER: Final = re.compile(r'(\bid="|href="#|url\(#)')


def ink() -> str:
    """Returns the colour of texts in the figure that is being drawn."""
    return str(mpl.rcParams["text.color"])


def write(draw: Callable[[], Figure], path: Path) -> None:
    """Writes a figure into a file.

    :param path: a file whose name ends in one of ``FORMATS``.
    """
    with mpl.rc_context(_STYLE):
        metadata = {"Date": None} if path.suffix == ".svg" else {}
        draw().savefig(path, metadata=metadata, dpi=150)


def svg_element(draw: Callable[[], Figure], name: str) -> str:
    """Returns a figure as an ``<svg>`` element in a page's own colours.

    :param name: what begins every identifier in it.
    """
    text = io.StringIO()
    with mpl.rc_context(_PAGE_STYLE):
        draw().savefig(text, format="svg", metadata={"Date": None}, transparent=True)
    _, _, element = text.getvalue().partition("<svg")
    element = _IDENTIFIER.sub(lambda match: f"{match[1]}{name}-", f"<svg{element}")
    for colour, in_page in _IN_PAGE.items():
        element = element.replace(colour, in_page)
    return element
