"""Every command behind ``make``, as one application.

Exit status:

- 0: done;
- 1: a stack file, the program, the simulated cloud or a policy refuses, with the reason on the
  error stream;
- 2: the command line is wrong, or a file that it names, or the output cannot be written;
- 3: something that nobody foresaw, in one line; ``EKS_PLATFORM_DEBUG=1`` shows its traceback;
- 128 and more: a signal, such as 130 for Ctrl-C, and 141 where nobody reads the output any more.
"""

import os
import signal
import sys
import traceback
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Final

import pulumi
import typer

# Typer carries click inside and gives its exceptions no public name.
from typer._click.exceptions import ClickException

from . import deployments, pod_ips, record, stack_files, tools
from .errors import REFUSED, UNFORESEEN, WRONG_USE, CommandError, new_app, unforeseen
from .output import say
from .signals import Interrupted

app = new_app()
for command in (
    deployments.preview,
    deployments.graph,
    deployments.report,
    deployments.policy,
    stack_files.new_stack,
    record.record,
    stack_files.schema,
    tools.checkov,
    tools.prices,
    tools.pulumi,
    tools.reliability,
):
    app.command()(command)
app.add_typer(pod_ips.app, name="pod-ips")

_UNREAD: Final = 128 + signal.SIGPIPE


def main() -> None:
    """Runs a command and ends the process with its status."""
    _open_streams()
    message, status = _outcome()
    if message:
        with suppress(OSError):
            say(message, err=True)
    _give_up_output()
    sys.exit(status)


def _outcome() -> tuple[str, int]:
    """Runs a command and returns why it could not do what it was asked, if so, and its status."""
    try:
        status = typer.main.get_command(app).main(prog_name="cli", standalone_mode=False)
        sys.stdout.flush()
    except Interrupted:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001  each of them ends in one line
        if "EKS_PLATFORM_DEBUG" in os.environ:
            traceback.print_exception(error)
        return _explained(error)
    return "", status or 0


def _explained(error: Exception | SystemExit) -> tuple[str, int]:
    match error:
        case ClickException():
            found = error.format_message(), error.exit_code
        case CommandError():
            found = str(error), error.status
        case pulumi.RunError():
            found = str(error), REFUSED
        case BrokenPipeError() | SystemExit(__context__=BrokenPipeError()):
            # In the second form Typer and rich tell of it.
            found = "", _UNREAD
        case SystemExit():
            found = f"the program ended itself with status {error.code}", REFUSED
        case OSError():
            what = error.filename or "the output"
            found = f"{what} cannot be used: {error.strerror or error}", WRONG_USE
        case _:
            found = unforeseen(error), UNFORESEEN
    return found


def _open_streams() -> None:
    """Has streams take everything, also where one is closed or knows no Unicode."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            null = Path(os.devnull).open("r+", encoding="utf-8")  # noqa: SIM115  open to the end
            setattr(sys, name, null)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _give_up_output() -> None:
    """Has Python not write at the end what cannot be written.

    https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
