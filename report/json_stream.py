"""Reads a JSON object that is too large to be held in memory, member by member."""

import json
import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any, Final, TextIO

_CHUNK: Final = 1 << 20
# A member larger than this is no product and no term of a price list.
_LONGEST: Final = 1 << 24
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_DECODER: Final = json.JSONDecoder()


class NotThisFormError(Exception):
    """The text is no JSON object, or has too large members."""


def members(text: TextIO, opened: AbstractSet[tuple[str, ...]]) -> Iterator[tuple[list[str], Any]]:
    """Yields path and value of each member.

    :param opened: paths of the objects that are read member by member, ``()`` for the outermost.
    :raises NotThisFormError: if an opened path holds no object, or the text ends before its end.
    """
    reader = _Reader(text)
    yield from _object(reader, (), opened)
    if reader.next():
        raise NotThisFormError


def _object(
    reader: "_Reader", path: tuple[str, ...], opened: AbstractSet[tuple[str, ...]]
) -> Iterator[tuple[list[str], Any]]:
    reader.take("{")
    if reader.next() == "}":
        reader.take("}")
        return
    while True:
        inner = (*path, str(reader.value()))
        reader.take(":")
        if inner in opened:
            yield from _object(reader, inner, opened)
        else:
            yield list(inner), reader.value()
        if reader.take(",", "}") == "}":
            return


class _Reader:
    def __init__(self, text: TextIO) -> None:
        self._text, self._held, self._at = text, "", 0

    def next(self) -> str:
        """Returns the next character that is no space, or nothing at the end."""
        while True:
            space = _SPACE.match(self._held, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._held) or not self._more():
                return self._held[self._at : self._at + 1]

    def take(self, *allowed: str) -> str:
        """Returns the next character and goes past it."""
        if (found := self.next()) not in allowed:
            raise NotThisFormError
        self._at += 1
        return found

    def value(self) -> Any:
        """Returns the next value and goes past it."""
        self.next()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._held, self._at)
            except (ValueError, RecursionError):
                if len(self._held) - self._at > _LONGEST or not self._more():
                    raise NotThisFormError from None
                continue
            length = end - self._at
            # A number may go on in the next part, as 4 with ".5" or "e+5".
            if end + 2 < len(self._held) or not self._more():
                break
        self._at += length
        return value

    def _more(self) -> bool:
        more = self._text.read(_CHUNK)
        self._held, self._at = self._held[self._at :] + more, 0
        return bool(more)
