"""``python -m offline``: preview a stack, write its graph or a report, put it before the policies.

Exit status: 0 done; 1 the stack file, the program or the simulated cloud refuses, with the reason
on the error stream, or a policy is broken that must not be; 2 the command line is wrong, or a file
that it names.
"""

import gc
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import pulumi
import typer
from rich.console import Console

from policy.rules.configuration import ConfigurationError
from policy.rules.judging import Finding

from . import policies, policy_report
from . import summary as one_screen
from .analysis import deployed_resources, stack_of
from .deployment import NoDeploymentError, RecordedResource, by_urn, export, read, write
from .progress import progress
from .report import show
from .simulation import read_address_plan, run_stack
from .stacks import PROGRAM

if TYPE_CHECKING:
    from .page.graph import Deployment

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
Stack = Annotated[str, typer.Option(help="The stack, that is Pulumi.STACK.yaml.")]
Program = Annotated[Path, typer.Option(help="The folder of the program, in Python or YAML.")]


@app.command()
def preview(
    *,
    stack: Stack = "dev",
    against: Annotated[
        Path | None,
        typer.Option(help="An export of the running stack: changes that it refuses are refused."),
    ] = None,
    program: Program = PROGRAM,
    summary: Annotated[bool, typer.Option("--summary", help="Print one screen.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show every resource of a stack, its plan in figures, and what the policies say."""
    if summary and as_json:
        raise typer.BadParameter("--summary and --json exclude each other")
    resources = _run(stack, against, program)
    findings = _findings(resources, stack)
    if as_json:
        data = {**one_screen.as_data(resources), **_policies_as_data(findings)}
        typer.echo(json.dumps(data))
    else:
        console = _console()
        (one_screen.show if summary else show)(resources, console)
        console.print(policy_report.summary(findings, len(resources)))
    raise typer.Exit(1 if policy_report.mandatory(findings) else 0)


@app.command()
def graph(
    stack: Stack = "dev",
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("graph.json"),
    program: Program = PROGRAM,
) -> None:
    """Write a stack's deployment in the format of `pulumi stack export`."""
    resources = _run(stack, program=program)
    try:
        write(export(resources), out)
    except OSError as error:
        _refuse(f"{out} cannot be written: {error.strerror}")
    typer.echo(f"{out}: {len(resources)} resources")


@app.command()
def policy(
    *,
    stack: Stack = "dev",
    graph: Annotated[Path | None, typer.Option(help="An export in place of the stack.")] = None,
    config: Annotated[Path | None, typer.Option(help="In place of policy/STACK.json.")] = None,
    sarif: Annotated[Path | None, typer.Option(help="A SARIF file to write.")] = None,
    junit: Annotated[Path | None, typer.Option(help="A JUnit file to write.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
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
    if as_json:
        typer.echo(json.dumps({"stack": name, **_policies_as_data(findings)}))
    else:
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
    findings = _findings(resources, stack)
    with progress("Drawing the report"):
        page = render(
            Content(
                deployment=Deployment(export(resources)),
                addresses=read_address_plan(PROGRAM, stack),
                policies=policy_results(findings),
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
        return against, Deployment(read(Path(against)))
    except ValueError as error:
        _refuse(str(error), status=2)


def _run(
    stack: str, against: Path | None = None, program: Path = PROGRAM
) -> list[RecordedResource]:
    try:
        previous = by_urn(read(against)) if against else None
    except NoDeploymentError as error:
        _refuse(str(error), status=2)
    try:
        with progress(f"Previewing {stack}"):
            return run_stack(program.resolve(), stack, previous)
    except pulumi.RunError as error:
        _refuse(str(error))


def _findings(resources: list[RecordedResource], stack: str) -> list[Finding]:
    try:
        return policies.findings(resources, stack)
    except ConfigurationError as error:
        _refuse(str(error), status=2)


def _policies_as_data(findings: Sequence[Finding]) -> dict[str, Any]:
    from .page.policies import policy_results

    return {"policies": [asdict(result) for result in policy_results(findings)]}


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
