"""Ctrl-C and its like: a command puts away what it made, says nothing, and ends by the signal."""

import os
import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SECONDS: Final = 0.2


class Interrupted(SystemExit):
    """A signal has come; a ``SystemExit``, since event loops and Typer let nothing else through."""


@contextmanager
def ending_in_order() -> Generator[None]:
    """Has a signal leave the block by its ``finally`` clauses; a second one ends at once.

    The process then ends by the signal: a shell sees the status 128 + its number. Where the
    exception is lost on its way, as in a destructor or a callback, another one follows.
    """
    came: list[int] = []

    def leave(number: int, _: FrameType | None) -> None:
        came.append(number)
        _handle(signal.SIG_DFL)
        # What loses the exception would say so.
        sys.unraisablehook = lambda _: None
        signal.signal(signal.SIGALRM, leave_again)
        signal.setitimer(signal.ITIMER_REAL, _SECONDS, _SECONDS)
        raise Interrupted(128 + number)

    def leave_again(_: int, __: FrameType | None) -> None:
        if not _on_its_way(sys.exception()):
            raise Interrupted(128 + came[0])

    _handle(leave)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        _handle(signal.SIG_DFL)
        if came:
            os.kill(os.getpid(), came[0])


def _on_its_way(error: BaseException | None) -> bool:
    """Tells whether clauses that put things away are at work, and not to be disturbed."""
    while error and not isinstance(error, Interrupted):
        error = error.__context__
    return error is not None


def _handle(handler: Callable[[int, FrameType | None], Any] | signal.Handlers) -> None:
    for number in _SIGNALS:
        # What whoever started the process ignores stays ignored, as under nohup.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)
