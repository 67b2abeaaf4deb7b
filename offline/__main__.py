"""``python -m offline``: preview a stack, write its graph, or put it before the policies.

Exit status: 0 done; 1 the stack file, the program or the simulated cloud refuses, with the reason
on the error stream, or a policy is broken that must not be; 2 the command line is wrong, or a file
that it names.
"""

import gc
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import pulumi
import typer
from rich.console import Console

from policy.rules.configuration import ConfigurationError

from . import policies, policy_report
from .analysis import deployed_resources, stack_of
from .deployment import NoDeploymentError, RecordedResource, by_urn, export, read, write
from .report import show
from .simulation import run_stack
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
    """Show every resource of a stack, its plan in figures, and what the policies say."""
    resources = _run(stack, against)
    console = _console()
    show(resources, console)
    try:
        findings = policies.findings(resources, stack)
    except ConfigurationError as error:
        _refuse(str(error), status=2)
    console.print(policy_report.summary(findings, len(resources)))
    raise typer.Exit(1 if policy_report.mandatory(findings) else 0)


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
def policy(
    stack: Stack = "dev",
    graph: Annotated[Path | None, typer.Option(help="An export in place of the stack.")] = None,
    config: Annotated[Path | None, typer.Option(help="In place of policy/STACK.json.")] = None,
    sarif: Annotated[Path | None, typer.Option(help="A SARIF file to write.")] = None,
    junit: Annotated[Path | None, typer.Option(help="A JUnit file to write.")] = None,
) -> None:
    """Put a stack, or an exported deployment, before the policies in Pulumi's own analyzer."""
    from .analyzer import AnalyzerError, analyzer
    from .review_files import write_junit, write_sarif

    try:
        resources = deployed_resources(read(graph)) if graph else policies.resources_of(_run(stack))
        name = stack_of(resources)
        configuration = policies.configuration(name, config)
    except (NoDeploymentError, ConfigurationError) as error:
        _refuse(str(error), status=2)
    try:
        with analyzer() as process:
            findings = process.findings(resources, configuration)
    except AnalyzerError as error:
        _refuse(str(error))
    policy_report.show(findings, len(resources), _console())
    for write_file, path in ((write_sarif, sarif), (write_junit, junit)):
        if path:
            try:
                write_file(findings, name, path)
            except OSError as error:
                _refuse(f"{path} cannot be written: {error.strerror}", status=2)
    raise typer.Exit(1 if policy_report.mandatory(findings) else 0)


def _console() -> Console:
    # Lines of a file or a pipe are not cut to the width of a terminal that is not there.
    return Console(width=None if sys.stdout.isatty() else 200)


def _run(stack: str, against: Path | None = None) -> list[RecordedResource]:
    try:
        previous = by_urn(read(against)) if against else None
    except NoDeploymentError as error:
        _refuse(str(error), status=2)
    try:
        return run_stack(PROGRAM, stack, previous)
    except pulumi.RunError as error:
        _refuse(str(error))


def _refuse(message: str, status: int = 1) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(status) from None


# A preview ends before its garbage would matter: it is neither collected while the SDKs load nor
# searched through when the process ends.
gc.disable()
try:
    app()
finally:
    gc.freeze()
