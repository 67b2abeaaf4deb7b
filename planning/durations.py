"""Durations as Go writes them, of whole hours, minutes and seconds."""

import re
from typing import Final

PATTERN: Final = "([0-9]+(s|m|h))+"
_PART: Final = re.compile("([0-9]+)(s|m|h)")
_UNITS: Final = {"h": 3600, "m": 60, "s": 1}


def seconds(duration: str) -> int:
    """Returns the seconds of a duration such as ``1m30s``.

    :raises ValueError: for another text.
    """
    if not re.fullmatch(PATTERN, duration):
        raise ValueError(f"must be a duration such as 30m or 1h30m, got {duration!r}")
    return sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(duration))
