"""Which requirement has which check."""

from collections.abc import Callable, Iterator
from typing import Final

from graph_model import Graph

Check = Callable[[Graph], Iterator[str]]

CHECKS: Final[dict[int, Check]] = {}


def requirement(number: int) -> Callable[[Check], Check]:
    """Registers the check of a requirement."""

    def register(check: Check) -> Check:
        assert number not in CHECKS, f"requirement {number} has two checks"
        CHECKS[number] = check
        return check

    return register
