"""What commands show on a terminal, and keep from everything else."""

import os
import pty
import subprocess
import sys
from collections.abc import Mapping

import pytest

from stackfile.files import PROGRAM

CYAN = "\x1b[36m"


def on_terminal(*arguments: str, environment: Mapping[str, str] | None = None) -> tuple[str, str]:
    """Runs a command with a terminal for both streams; returns what each shows."""
    streams = [pty.openpty() for _ in range(2)]
    (_, out), (_, err) = streams
    process = subprocess.Popen(  # noqa: S603  the project's own command
        [sys.executable, "-m", "cli", *arguments],
        cwd=PROGRAM,
        stdout=out,
        stderr=err,
        env={**os.environ, "TERM": "xterm-256color", **(environment or {})},
    )
    for _, inner in streams:
        os.close(inner)
    shown = [_everything(outer) for outer, _ in streams]
    assert process.wait() == 0
    return shown[0], shown[1]


def _everything(descriptor: int) -> str:
    found = b""
    while True:
        try:
            part = os.read(descriptor, 65536)
        except OSError:
            # How Linux says that nobody writes to the terminal any more.
            part = b""
        if not part:
            os.close(descriptor)
            return found.decode()
        found += part


def test_progress_is_on_the_error_stream_of_a_terminal() -> None:
    out, err = on_terminal("preview", "--json")
    assert "Previewing dev" in err
    assert out.startswith("{")


@pytest.mark.parametrize("no_color", [False, True])
def test_colours_are_for_terminals_that_want_them(*, no_color: bool) -> None:
    out, _ = on_terminal("preview", environment={"NO_COLOR": "1"} if no_color else None)
    assert (CYAN in out) != no_color
