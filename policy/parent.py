"""Processes that end with the one that started them, whatever ends that."""

import os
import time
from collections.abc import Callable, Mapping
from threading import Thread
from typing import Final

# How soon a process notices that it is alone.
_LOOK_SECONDS: Final = 1.0
# Tells a process who has started it: while Python starts, that one may have ended already.
_PARENT: Final = "EKS_PLATFORM_PARENT"


def as_parent() -> Mapping[str, str]:
    """Returns the environment for a process that this one starts and that ends with it."""
    return {**os.environ, _PARENT: str(os.getpid())}


def end_with_parent(last: Callable[[], None] = lambda: None) -> None:
    """Ends this process soon after its parent has ended, even by a signal that nobody can catch.

    :param last: what to do before the end.
    """
    parent = int(os.environ.pop(_PARENT, os.getppid()))

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_SECONDS)
        last()
        os._exit(1)

    Thread(target=watch, daemon=True).start()
