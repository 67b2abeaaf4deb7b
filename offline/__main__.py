"""``python -m offline``: preview a stack, write its graph or a report, with no AWS account.

Exit status: 0 done; 1 the stack file, the program or the simulated cloud refuses, with the reason
on the error stream; 2 the command line is wrong.
"""

import gc
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn

import pulumi
import typer
from rich.console import Console

from .deployment import RecordedResource, export, read, write
from .report import show
from .simulation import read_address_plan, run_stack
from .stacks import PROGRAM

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
Stack = Annotated[str, typer.Option(help="The stack, that is Pulumi.STACK.yaml.")]


@app.command()
def preview(
    stack: Stack = "dev",
    against: Annotated[
        Path | None,
        typer.Option(help="An export of the running stack: changes that it refuses are refused."),
    ] = None,
) -> None:
    """Show every resource of a stack, and its plan in figures."""
    # Lines of a file or a pipe are not cut to the width of a terminal that is not there.
    width = None if sys.stdout.isatty() else 200
    show(_run(stack, against), Console(width=width))


@app.command()
def graph(
    stack: Stack = "dev",
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("graph.json"),
) -> None:
    """Write a stack's deployment in the format of `pulumi stack export`."""
    resources = _run(stack)
    try:
        write(export(resources), out)
    except OSError as error:
        _refuse(f"{out} cannot be written: {error.strerror}")
    typer.echo(f"{out}: {len(resources)} resources")


@app.command()
def report(
    stack: Stack = "dev",
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("report.html"),
    against: Annotated[
        str | None, typer.Option(help="Another stack, or an export, to show differences from.")
    ] = None,
) -> None:
    """Write a report of a stack as one HTML file."""
    from .page.document import Content, render
    from .page.graph import Deployment
    from .page.policies import policy_results

    before = _other(against) if against else None
    resources = _run(stack)
    page = render(
        Content(
            deployment=Deployment(export(resources)),
            addresses=read_address_plan(PROGRAM, stack),
            policies=policy_results(resources, stack),
            against=(against, Deployment(before)) if against and before else None,
        )
    )
    try:
        out.write_text(page, encoding="utf-8")
    except OSError as error:
        _refuse(f"{out} cannot be written: {error.strerror}")
    typer.echo(f"{out}: {len(page.encode()) // 1024} KiB")


def _other(against: str) -> Mapping[str, Any]:
    """Returns the deployment that a report compares with: of an export in a file, or a stack."""
    path = Path(against)
    if path.suffix != ".json":
        return export(_run(against))
    try:
        return {"deployment": {"resources": list(read(path).values())}}
    except ValueError as error:
        _refuse(str(error))


def _run(stack: str, against: Path | None = None) -> list[RecordedResource]:
    try:
        previous = read(against) if against else None
    except ValueError as error:
        _refuse(str(error))
    try:
        return run_stack(PROGRAM, stack, previous)
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
