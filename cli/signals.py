"""Ctrl-C and its like: a command puts away what it made, says nothing, and ends by the signal."""

import os
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(SystemExit):
    """A signal has come; a ``SystemExit``, since event loops and Typer let nothing else through."""


@contextmanager
def ending_in_order() -> Generator[None]:
    """Has a signal leave the block by its ``finally`` clauses; a second one ends at once.

    The process then ends by the signal: a shell sees the status 128 + its number.
    """
    came: list[int] = []

    def leave(number: int, _: FrameType | None) -> None:
        came.append(number)
        _handle(signal.SIG_DFL)
        raise Interrupted(128 + number)

    _handle(leave)
    try:
        yield
    finally:
        _handle(signal.SIG_DFL)
        if came:
            os.kill(os.getpid(), came[0])


def _handle(handler: Callable[[int, FrameType | None], Any] | signal.Handlers) -> None:
    for number in _SIGNALS:
        # What whoever started the process ignores stays ignored, as under nohup.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)
