"""``python -m offline``: preview a stack, or write its graph, with no AWS account.

Exit status: 0 done; 1 the stack file, the program or the simulated cloud refuses, with the reason
on the error stream; 2 the command line is wrong.
"""

import gc
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import pulumi
import typer
from rich.console import Console

from .deployment import RecordedResource, export, read, write
from .report import show
from .simulation import run_stack
from .stacks import PROGRAM

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
Stack = Annotated[str, typer.Option(help="The stack, that is Pulumi.STACK.yaml.")]
Program = Annotated[Path, typer.Option(help="The folder of the program, in Python or YAML.")]


@app.command()
def preview(
    stack: Stack = "dev",
    against: Annotated[
        Path | None,
        typer.Option(help="An export of the running stack: changes that it refuses are refused."),
    ] = None,
    program: Program = PROGRAM,
) -> None:
    """Show every resource of a stack, and its plan in figures."""
    # Lines of a file or a pipe are not cut to the width of a terminal that is not there.
    width = None if sys.stdout.isatty() else 200
    show(_run(program, stack, against), Console(width=width))


@app.command()
def graph(
    stack: Stack = "dev",
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("graph.json"),
    program: Program = PROGRAM,
) -> None:
    """Write a stack's deployment in the format of `pulumi stack export`."""
    resources = _run(program, stack)
    try:
        write(export(resources), out)
    except OSError as error:
        _refuse(f"{out} cannot be written: {error.strerror}")
    typer.echo(f"{out}: {len(resources)} resources")


def _run(program: Path, stack: str, against: Path | None = None) -> list[RecordedResource]:
    try:
        previous = read(against) if against else None
    except ValueError as error:
        _refuse(str(error))
    try:
        return run_stack(program.resolve(), stack, previous)
    except pulumi.RunError as error:
        _refuse(str(error))


def _refuse(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1) from None


# A preview ends before its garbage would matter: it is neither collected while the SDKs load nor
# searched through when the process ends.
gc.disable()
try:
    app()
finally:
    gc.freeze()
