"""Cases by their kind, what came of them, and where `make reliability` reads it."""

import json
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from random import Random
from typing import Final

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from engine.reliability import FUZZ

# Of the cases that `make fuzz` tries, what `make test` tries.
_SHARE: Final = 0.005
# Of the processor, also with what is imported in the first case.
_LONGEST_SECONDS: Final = 30


def is_whole() -> bool:
    """Returns whether this is the whole fuzz."""
    return settings.get_current_profile_name() == "fuzz"


def cases(number: int) -> int:
    """Returns how many cases to try of a kind of which the whole fuzz tries a number."""
    return number if is_whole() else max(int(number * _SHARE), 3)


@contextmanager
def _counted(kind: str) -> Generator[Counter[str]]:
    path = FUZZ / f"{kind}.json"
    path.unlink(missing_ok=True)
    begin, tally = time.monotonic(), Counter[str]()
    yield tally
    if is_whole():
        counts = {key: tally[key] for key in ("accepted", "refused", "whole runs")}
        # Not those that could not be written at all.
        read = tally["accepted"] + tally["refused"]
        row = {
            "kind": kind,
            "cases": read,
            **counts,
            "findings": 0,
            "seconds": round(time.monotonic() - begin),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(row), encoding="utf-8")


def fuzz(kind: str, number: int, check: Callable[[Random, Counter[str]], None]) -> None:
    """Tries a check with so many sources of chance, and writes down how it went.

    :param check: takes the source, and what it counts.
    """
    with _counted(kind) as tally:

        @settings(
            max_examples=cases(number),
            phases=(Phase.generate, Phase.shrink),
            derandomize=not is_whole(),
        )
        @given(st.randoms(use_true_random=False))
        def attempt(random: Random) -> None:
            begin = time.process_time()
            tally["cases"] += 1
            check(random, tally)
            assert time.process_time() - begin < _LONGEST_SECONDS, "a case hangs"

        attempt()
