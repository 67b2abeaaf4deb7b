"""The project's own commands, as people type them."""

import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from subprocess import CompletedProcess
from unittest.mock import patch

from cli.app import main
from stackfile.files import PROGRAM


def run(*arguments: str) -> CompletedProcess[str]:
    """Runs a command inside of the test's process, which has loaded what it needs."""
    line, output, errors = ["cli", *arguments], StringIO(), StringIO()
    with patch.object(sys, "argv", line), chdir(PROGRAM):
        try:
            with redirect_stdout(output), redirect_stderr(errors):
                main()
        except SystemExit as ended:
            status = ended.code or 0
            assert isinstance(status, int)
        else:
            raise AssertionError("a command ends its process")
    return CompletedProcess(line, status, output.getvalue(), errors.getvalue())


def run_in_a_process(*arguments: str, folder: Path = PROGRAM) -> CompletedProcess[str]:
    """Runs a command in a process of its own, as the make targets do."""
    return subprocess.run(  # noqa: S603  this Python and this project's command
        [sys.executable, "-m", "cli", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
