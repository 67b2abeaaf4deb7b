"""Processes do not outlive the one that started them."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHILD = """
import os, time
from policy.parent import end_with_parent
end_with_parent()
print(os.getpid(), flush=True)
time.sleep(60)
"""
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {CHILD!r}])"
ANALYZING = """
import time
from policy.analyzer import analyzer
with analyzer():
    print("serves", flush=True)
    time.sleep(60)
"""


def _lives(process: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(process, 0)
        return "State:\tZ" not in Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return False


def _ends(process: int) -> bool:
    deadline = time.monotonic() + 20
    while _lives(process) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not _lives(process)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_child_ends_when_its_parent_is_killed(number: signal.Signals) -> None:
    with subprocess.Popen(  # noqa: S603  this Python
        [sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        assert _lives(child)
        parent.send_signal(number)
        parent.wait()
        assert _ends(child)


# The second one falls while the analyzer's Python still starts.
@pytest.mark.parametrize("started", [True, False])
def test_the_analyzer_ends_when_its_parent_is_killed(started: bool) -> None:  # noqa: FBT001  a parameter
    with subprocess.Popen(  # noqa: S603  this Python
        [sys.executable, "-c", ANALYZING], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
        while not (found := children.read_text(encoding="utf-8").split()):
            time.sleep(0.01)
        if started:
            assert parent.stdout.readline() == "serves\n"
        parent.send_signal(signal.SIGTERM)
        parent.wait()
        assert all(_ends(int(child)) for child in found)
