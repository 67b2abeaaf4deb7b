"""However a command ends, it says so in one line and by its status, and never in a traceback."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, TextIO

import pytest

from stackfile.files import PROGRAM

COMMAND: Final = (sys.executable, "-m", "cli")
# As `make` starts it: https://www.gnu.org/software/coreutils/manual/html_node/env-invocation.html
HELD_BACK: Final = ("env", "--block-signal=INT", *COMMAND)
WRITING: Final = (("preview",), ("preview", "--json"), ("policy",), ("--help",))


def _run(
    *arguments: str,
    environ: Mapping[str, str] | None = None,
    stdout: int | TextIO = subprocess.PIPE,
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  the project's own command
        [*COMMAND, *arguments],
        cwd=PROGRAM,
        env={**os.environ, **(environ or {})},
        check=False,
        text=True,
        timeout=100,
        stdout=stdout,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_command_at_any_time_and_without_a_word(number: signal.Signals) -> None:
    for seconds in (0.0, 0.2, 0.6, 1.2):
        with subprocess.Popen(  # noqa: S603  the project's own command
            [*HELD_BACK, "policy"], cwd=PROGRAM, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            # Before `env` has run, there is nothing that holds the signal back.
            _wait_for_python(process.pid)
            time.sleep(seconds)
            process.send_signal(number)
            _, errors = process.communicate(timeout=60)
        assert (errors, process.returncode) in ((b"", -number), (b"", 0)), seconds


# By a signal that no shell has the jobs in its background ignore.
LOST: Final = """
import os, signal, time
from cli.signals import ending_in_order

class Lost:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)

with ending_in_order():
    try:
        Lost()
        time.sleep(60)
    finally:
        time.sleep(0.5)
        print("put away")
"""


def test_a_signal_that_a_destructor_swallows_comes_again() -> None:
    ended = subprocess.run(  # noqa: S603  this Python
        [sys.executable, "-c", LOST], cwd=PROGRAM, capture_output=True, check=False, timeout=30
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (-signal.SIGTERM, b"put away\n", b"")


def _wait_for_python(process: int) -> None:
    deadline = time.monotonic() + 30
    command = Path(f"/proc/{process}/cmdline")
    while not command.read_bytes().startswith(sys.executable.encode()):
        assert time.monotonic() < deadline
        time.sleep(0.001)


BROKEN: Final[Mapping[str, tuple[str | None, int, str]]] = {
    "a syntax error": ("x = (\n", 3, "SyntaxError: '(' was never closed, {main}, line 1"),
    "an exception": ("\nraise KeyError('x')\n", 3, "KeyError: 'x', {main}, line 2"),
    "lines": ("raise ValueError('a\\nb')\n", 3, "ValueError: a b, {main}, line 1"),
    "no module": ("import nope\n", 3, "No module named 'nope', {main}, line 1"),
    "no such argument": (
        "import pulumi_aws as aws\naws.ec2.Vpc('x', nope=3)\n", 3, "'nope', {main}, line 2",
    ),
    "an error in an output": (
        "import pulumi\npulumi.export('x', pulumi.Output.from_input(0).apply(lambda x: 1 / x))\n",
        3, "ZeroDivisionError: division by zero, {main}, line 2",
    ),
    "its own end": ("import sys\nsys.exit(7)\n", 1, "the program ended itself with status 7"),
    "no program": (None, 2, "{main} cannot be used: No such file or directory"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_program_is_one_line(tmp_path: Path, case: str) -> None:
    text, status, expected = BROKEN[case]
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml"):
        shutil.copy(PROGRAM / name, tmp_path)
    main = tmp_path / "__main__.py"
    if text:
        main.write_text(text, encoding="utf-8")
    ended = _run("preview", "--program", str(tmp_path))
    assert (ended.returncode, ended.stdout) == (status, "")
    (line,) = ended.stderr.splitlines()
    assert expected.format(main=main) in line


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    ended = _run("preview", "--program", str(tmp_path / "nope"))
    expected = f"{tmp_path}/nope/Pulumi.yaml cannot be used: No such file or directory\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", expected)


def test_whoever_asks_sees_the_traceback(tmp_path: Path) -> None:
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml"):
        shutil.copy(PROGRAM / name, tmp_path)
    (tmp_path / "__main__.py").write_text("{}['x']\n", encoding="utf-8")
    ended = _run("preview", "--program", str(tmp_path), environ={"EKS_PLATFORM_DEBUG": "1"})
    assert ended.returncode == 3
    assert ended.stderr.startswith("Traceback (most recent call last):\n")
    assert ended.stderr.splitlines()[-1].startswith("KeyError: 'x', ")


@pytest.mark.parametrize("arguments", WRITING, ids=" ".join)
def test_an_output_that_cannot_be_written_is_one_line(arguments: Sequence[str]) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        ended = _run(*arguments, stdout=full)
    assert ended.returncode == 2
    assert ended.stderr == "the output cannot be used: No space left on device\n"


@pytest.mark.parametrize("arguments", WRITING, ids=" ".join)
def test_nobody_who_reads_is_nothing_to_talk_about(arguments: Sequence[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ended = _run(*arguments, stdout=writing)
    finally:
        os.close(writing)
    assert (ended.returncode, ended.stderr) == (141, "")


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)], ids=str)
def test_closed_streams_change_nothing(tmp_path: Path, closed: Sequence[int]) -> None:
    out = tmp_path / "graph.json"
    closing = " ".join(f"{stream}>&-" for stream in closed)
    line = f'exec "$@" {closing}'
    for arguments, status in ((["graph", "--out", str(out)], 0), (["preview", "--stack", "no"], 1)):
        ended = subprocess.run(  # noqa: S603  the project's own command
            ["/bin/sh", "-c", line, "sh", *COMMAND, *arguments],
            cwd=PROGRAM, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert ended.returncode == status
        assert "Traceback" not in ended.stderr
    assert out.read_text(encoding="utf-8").startswith("{")


STRANGE: Final[Mapping[str, Mapping[str, str]]] = {
    "nothing": {},
    "no Unicode": {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    "a small dumb terminal": {"TERM": "dumb", "COLUMNS": "1", "LINES": "1", "NO_COLOR": "1"},
    "no terminal": {"TERM": "", "COLUMNS": "no number", "FORCE_COLOR": "1"},
    "nowhere to write": {"HOME": "/nonexistent", "TMPDIR": "/nonexistent"},
}


@pytest.mark.parametrize("case", STRANGE)
def test_a_strange_environment_changes_nothing_that_matters(tmp_path: Path, case: str) -> None:
    for arguments in (("preview",), ("report", "--out", str(tmp_path / "report.html"))):
        ended = subprocess.run(  # noqa: S603  the project's own command
            [*COMMAND, *arguments],
            cwd=PROGRAM, env=STRANGE[case], capture_output=True, check=False, timeout=60,
        )  # fmt: skip
        assert (ended.returncode, ended.stderr) == (0, b"")
        assert ended.stdout
