"""One simulated cloud in a folder, so that it outlives the process that serves it."""

import asyncio
import os
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .cloud import Cloud

_FILE: Final = "cloud.pickle"
# What a cloud is: the rest, such as its clock and its faults, belongs to the process.
_PARTS: Final = ("things", "account", "harms", "gated")
# Real seconds between a change and its being written; changes until then are written together.
_DELAY_SECONDS: Final = 0.2


class StoreError(Exception):
    """A folder that holds no cloud that can be read."""


class Store:
    """Writes a cloud into a folder, shortly after each change and at the end.

    The folder must be one's own: what is in it is read with ``pickle``, which does what it is told.

    :param folder: where the cloud is; made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE
        self._planned: asyncio.TimerHandle | None = None

    def load(self, cloud: "Cloud") -> None:
        """Puts what the folder holds into a cloud; an empty folder is an empty cloud.

        :raises StoreError: where the file cannot be read.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if not self._path.exists():
                return
            saved: Mapping[str, Any] = pickle.loads(self._path.read_bytes())  # noqa: S301  our own
            for part in _PARTS:
                setattr(cloud, part, saved[part])
            # Its seconds go on from where they were, so that what is old enough stays so.
            cloud.clock.go_on_from(saved["now"])
        except Exception as error:
            # What pickle raises on a file that is cut off or of another version has no limit.
            raise StoreError(f"{self._path} holds no cloud that can be read: {error}") from error

    def note_change(self, cloud: "Cloud") -> None:
        """Has the cloud written soon; from within a running loop, which alone changes it."""
        if self._planned is None:
            loop = asyncio.get_running_loop()
            self._planned = loop.call_later(_DELAY_SECONDS, self.write, cloud)

    def write(self, cloud: "Cloud") -> None:
        """Writes the cloud as it is now; the file is the old or the new one, and never a part."""
        if self._planned is not None:
            self._planned.cancel()
            self._planned = None
        parts = {part: getattr(cloud, part) for part in _PARTS}
        data = pickle.dumps({**parts, "now": cloud.clock.now()})
        draft = self._path.with_suffix(".draft")
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)
