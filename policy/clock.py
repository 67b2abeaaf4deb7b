"""The day by which exemptions and support end."""

import os
import time
from datetime import UTC, date, datetime
from typing import Final

# The last second that a date can hold.
_LATEST: Final = 253_402_300_799


def today() -> date:
    """Returns the day, the same everywhere, or the one that a reproducible build asks for.

    By https://reproducible-builds.org/specs/source-date-epoch/, in seconds since 1970.
    """
    asked = os.environ.get("SOURCE_DATE_EPOCH", "")
    is_number = asked.isascii() and asked.isdecimal()
    seconds = int(asked) if is_number and len(asked) <= len(str(_LATEST)) else time.time()
    return datetime.fromtimestamp(min(seconds, _LATEST), UTC).date()
