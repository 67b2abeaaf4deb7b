"""Processes that end with the one that started them, whatever ends that."""

import os
import time
from collections.abc import Callable
from threading import Thread
from typing import Final

# How soon a process notices that it is alone.
_LOOK_SECONDS: Final = 1.0


def end_with_parent(last: Callable[[], None] = lambda: None) -> None:
    """Ends this process soon after its parent has ended, even by a signal that nobody can catch.

    :param last: what to do before the end.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_SECONDS)
        last()
        os._exit(1)

    Thread(target=watch, daemon=True).start()
