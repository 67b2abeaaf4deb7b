"""What a command and all that it starts take: time, memory, and one process's own time."""

import os
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_LOOK_SECONDS: Final = 0.1
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
# Places in /proc/PID/stat after the name (https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html).
_PARENT, _USER, _SYSTEM, _RESIDENT = 1, 11, 12, 21


@dataclass(frozen=True, kw_only=True, slots=True)
class Process:
    """A process as the kernel describes it."""

    parent: int
    cpu_seconds: float
    resident: int
    command: str


class Watch:
    """Looks at a process and its descendants until it is stopped.

    :param marked: a part of the command of processes whose own CPU seconds count apart.
    """

    def __init__(self, root: int, marked: str) -> None:
        self._root, self._marked = root, marked
        self._cpu: dict[int, float] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._start = time.monotonic()
        self._thread.start()
        self.peak_mib = 0.0
        self.wall_seconds = 0.0

    @property
    def marked_cpu_seconds(self) -> float:
        """The CPU seconds of the marked processes, as last seen."""
        return sum(self._cpu.values())

    def stop(self) -> None:
        """Ends to look."""
        self.wall_seconds = time.monotonic() - self._start
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            tree = descendants(self._root, _processes())
            resident = sum(process.resident for process in tree.values())
            self.peak_mib = max(self.peak_mib, resident / 2**20)
            for number, process in tree.items():
                if self._marked in process.command:
                    self._cpu[number] = process.cpu_seconds


def descendants(root: int, processes: Mapping[int, Process]) -> dict[int, Process]:
    """Returns a process and all that it started, directly or not."""
    found = {root: processes[root]} if root in processes else {}
    while True:
        more = {
            number: process
            for number, process in processes.items()
            if process.parent in found and number not in found
        }
        if not more:
            return found
        found.update(more)


def _processes() -> dict[int, Process]:
    return dict(_each())


def _each() -> Iterator[tuple[int, Process]]:
    for folder in _PROC.iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            # It has ended in the meantime.
            continue
        yield (
            int(folder.name),
            Process(
                parent=int(fields[_PARENT]),
                cpu_seconds=(int(fields[_USER]) + int(fields[_SYSTEM])) / _TICKS,
                resident=int(fields[_RESIDENT]) * _PAGE,
                command=command,
            ),
        )
