"""A process of the engine does not outlive the one that started it."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHILD = """
import os, time
from engine.parent import end_with_parent
end_with_parent()
print(os.getpid(), flush=True)
time.sleep(60)
"""
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {CHILD!r}])"


def _lives(process: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(process, 0)
        return "State:\tZ" not in Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return False


def test_a_child_ends_when_its_parent_is_killed() -> None:
    with subprocess.Popen(  # noqa: S603  this Python
        [sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        assert _lives(child)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        deadline = time.monotonic() + 10
        while _lives(child) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not _lives(child)
