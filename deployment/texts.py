"""Texts of other people's making, as they may be shown.

A name or a value may hold what a terminal takes as a command, or what turns the order of letters
round (https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing).
"""

import json
import re
from typing import Any, Final

# All of ASCII that json.dumps leaves as it is and nobody can see, and all outside of ASCII.
_MAYBE_UNSEEN: Final = re.compile("[^\n -~]")


def printable(text: str) -> str:
    r"""Returns a text as one line: what nobody can see as Python writes it, such as ``\x1b``.

    That is what is neither a space nor printable by :meth:`str.isprintable`: control and format
    characters, other separators, halves of pairs, private use, and what Unicode has not assigned.
    """
    return text if text.isprintable() else "".join(map(_escaped, text))


def printable_lines(text: str) -> str:
    """Returns a text of several lines, each of them printable."""
    return "\n".join(map(printable, text.split("\n")))


def json_text(data: Any, indent: int | None = None) -> str:
    """Returns data as JSON, with what nobody can see as JSON's own escapes."""
    return _MAYBE_UNSEEN.sub(
        lambda found: found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1],
        json.dumps(data, indent=indent, ensure_ascii=False),
    )


def _escaped(character: str) -> str:
    return character if character.isprintable() else ascii(character)[1:-1]
