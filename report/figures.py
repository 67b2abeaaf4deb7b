"""Matplotlib figures as SVG whose text stays text; the same figure gives the same file."""

import io
import re
from collections.abc import Mapping
from typing import Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure

STYLE: Final[dict[Any, Any]] = {"svg.fonttype": "none", "svg.hashsalt": "eks-platform"}
# Matplotlib counts the elements of each figure anew, and a page may hold several.
_IDENTIFIER: Final = re.compile(r'(\bid="|href="#|url\(#)')


def svg_element(figure: Figure, name: str, colours: Mapping[str, str]) -> str:
    """Returns a figure as an ``<svg>`` element for a page.

    :param name: what begins every identifier in it.
    :param colours: what stands in the page for each colour of the figure, such as ``var(--ink)``.
    """
    text = io.StringIO()
    with mpl.rc_context(STYLE):
        figure.savefig(text, format="svg", metadata={"Date": None}, transparent=True)
    _, _, element = text.getvalue().partition("<svg")
    element = _IDENTIFIER.sub(lambda match: f"{match[1]}{name}-", f"<svg{element}")
    for colour, replacement in colours.items():
        element = element.replace(colour, replacement)
    return element
