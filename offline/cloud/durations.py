"""How long operations typically take: measured by others, or else assumed."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).with_name("durations.json")
# The lists of measured durations in the file, by operation.
_MEASURED: Final = {"create": "durations", "update": "updates", "delete": "deletes"}
# A call of an API that waits for nothing.
_CALL_SECONDS: Final = 1.0


def duration(operation: str, token: str) -> float:
    """Returns the typical seconds of an operation on a resource type.

    :param operation: ``create``, ``update`` or ``delete``.
    """
    return _durations().get((operation, token), _CALL_SECONDS)


@cache
def _durations() -> Mapping[tuple[str, str], float]:
    data = json.loads(_FILE.read_text(encoding="utf-8"))
    assumed = {(entry["operation"], entry["type"]): entry["seconds"] for entry in data["assumed"]}
    measured = {
        (operation, entry["type"]): entry["seconds"]
        for operation, entries in _MEASURED.items()
        for entry in data[entries]
    }
    return {**assumed, **measured}
