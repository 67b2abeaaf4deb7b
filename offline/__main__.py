"""``python -m offline``: preview a stack, write its graph or a report, with no AWS account.

Exit status: 0 done; 1 the stack file, the program or the simulated cloud refuses, with the reason
on the error stream; 2 the command line is wrong.
"""

import gc
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import pulumi
import typer
from rich.console import Console

from . import summary as one_screen
from .deployment import RecordedResource, export, read, write
from .progress import progress
from .report import show
from .simulation import read_address_plan, run_stack
from .stacks import PROGRAM

if TYPE_CHECKING:
    from .page.graph import Deployment

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
Stack = Annotated[str, typer.Option(help="The stack, that is Pulumi.STACK.yaml.")]


@app.command()
def preview(
    *,
    stack: Stack = "dev",
    against: Annotated[
        Path | None,
        typer.Option(help="An export of the running stack: changes that it refuses are refused."),
    ] = None,
    summary: Annotated[bool, typer.Option("--summary", help="Print one screen.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show every resource of a stack, and its plan in figures."""
    if summary and as_json:
        raise typer.BadParameter("--summary and --json exclude each other")
    resources = _run(stack, against)
    if as_json:
        from .page.policies import policy_results

        found = policy_results(resources, stack)
        policies = {} if found is None else {"policies": [asdict(result) for result in found]}
        typer.echo(json.dumps({**one_screen.as_data(resources), **policies}))
        return
    # Lines of a file or a pipe are not cut to the width of a terminal that is not there.
    console = Console(width=None if sys.stdout.isatty() else 200)
    if summary:
        one_screen.show(resources, console)
    else:
        show(resources, console)


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
    with progress("Drawing the report"):
        page = render(
            Content(
                deployment=Deployment(export(resources)),
                addresses=read_address_plan(PROGRAM, stack),
                policies=policy_results(resources, stack),
                against=before,
            )
        )
    try:
        out.write_text(page, encoding="utf-8")
    except OSError as error:
        _refuse(f"{out} cannot be written: {error.strerror}")
    typer.echo(f"{out}: {len(page.encode()) // 1024} KiB")


def _other(against: str) -> tuple[str, "Deployment"]:
    """Returns what a report compares with, and its name: an export in a file, or a stack."""
    from .page.graph import Deployment

    if not against.endswith(".json"):
        return against, Deployment(export(_run(against)))
    try:
        resources = list(read(Path(against)).values())
        return against, Deployment({"deployment": {"resources": resources}})
    except ValueError as error:
        _refuse(str(error))


def _run(stack: str, against: Path | None = None) -> list[RecordedResource]:
    try:
        previous = read(against) if against else None
    except ValueError as error:
        _refuse(str(error))
    try:
        with progress(f"Previewing {stack}"):
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
