"""The one console that results are printed on."""

import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType  # noqa: TID251  the one place
from rich.segment import Segment
from rich.text import Span, Text

from deployment.texts import printable_lines


class PlainConsole(Console):
    """A console that takes texts for texts: no markup, and no control characters from data."""

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        """Returns a text with its control characters made visible."""
        return super().render_str(printable_lines(text), **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Renders a text, or whatever texts are in, with its control characters made visible."""
        if isinstance(renderable, Text):
            renderable = _printable(renderable)
        return super().render(renderable, options)


def result_console() -> PlainConsole:
    """Returns a console on the output; what is no terminal does not cut lines to its width."""
    return PlainConsole(width=None if sys.stdout.isatty() else 200)


def _printable(text: Text) -> Text:
    plain = text.plain
    shown = printable_lines(plain)
    if shown == plain:
        return text
    made = text.blank_copy(shown)

    def moved(offset: int) -> int:
        return len(printable_lines(plain[:offset]))

    made.spans = [Span(moved(span.start), moved(span.end), span.style) for span in text.spans]
    return made
