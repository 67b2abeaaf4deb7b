"""Commands that run a stack against the simulated cloud, and say what comes of it."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from stackfile.files import PROGRAM

from .errors import REFUSED, CommandError, writing
from .progress import progress

if TYPE_CHECKING:
    from deployment.deployment import Deployment
    from policy.evaluation import Finding

Stack = Annotated[str, typer.Option(help="The stack, that is Pulumi.STACK.yaml.")]
Program = Annotated[Path, typer.Option(help="The folder of the program, in Python or YAML.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def preview(
    *,
    stack: Stack = "dev",
    against: Annotated[
        Path | None,
        typer.Option(help="An export of the running stack: changes that it refuses are refused."),
    ] = None,
    program: Program = PROGRAM,
    summary: Annotated[bool, typer.Option("--summary", help="Print one screen.")] = False,
    as_json: Json = False,
) -> None:
    """Show every resource of a stack, its plan in figures, and what the policies say."""
    from report import findings as policy_report
    from report import terminal
    from report.shown import shown

    if summary and as_json:
        raise CommandError("--summary and --json exclude each other")
    export = _run(stack, against, program)
    findings, deployment = _findings(export, stack), shown(export)
    if as_json:
        data = {**terminal.as_data(deployment), **_policies_as_data(findings)}
        typer.echo(json.dumps(data))
    else:
        console = _console()
        terminal.show(deployment, console, summary=summary)
        console.print(policy_report.summary(findings, len(deployment)))
    raise typer.Exit(REFUSED if policy_report.mandatory(findings) else 0)


def graph(
    stack: Stack = "dev",
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("graph.json"),
    program: Program = PROGRAM,
) -> None:
    """Write a stack's deployment in the format of `pulumi stack export`."""
    from deployment.export import write

    export = _run(stack, program=program)
    with writing(out):
        write(export, out)
    typer.echo(f"{out}: {len(export['deployment']['resources'])} resources")


def policy(
    *,
    stack: Stack = "dev",
    graph: Annotated[Path | None, typer.Option(help="An export in place of the stack.")] = None,
    config: Annotated[Path | None, typer.Option(help="In place of policy/STACK.json.")] = None,
    sarif: Annotated[Path | None, typer.Option(help="A SARIF file to write.")] = None,
    junit: Annotated[Path | None, typer.Option(help="A JUnit file to write.")] = None,
    as_json: Json = False,
) -> None:
    """Check a stack, or an exported deployment, in Pulumi's own analyzer process."""
    from deployment.export import NoDeploymentError, read
    from policy.analyzer import AnalyzerError, analyzer
    from policy.configuration import ConfigurationError, configuration_of
    from policy.view import visible
    from report import findings as policy_report
    from report.review_files import write_junit, write_sarif

    try:
        found = visible(read(graph) if graph else _run(stack))
        name = found.name
        configuration = configuration_of(name, config)
    except (NoDeploymentError, ConfigurationError) as error:
        raise CommandError(str(error)) from None
    try:
        with analyzer() as process:
            findings = process.findings(found, configuration)
    except AnalyzerError as error:
        raise CommandError(str(error), REFUSED) from None
    if as_json:
        typer.echo(json.dumps({"stack": name, **_policies_as_data(findings)}))
    else:
        policy_report.show(findings, len(found), _console())
    for write_file, path in ((write_sarif, sarif), (write_junit, junit)):
        if path:
            with writing(path):
                write_file(findings, name, path)
    raise typer.Exit(REFUSED if policy_report.mandatory(findings) else 0)


def report(
    stack: Stack = "dev",
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("report.html"),
    against: Annotated[
        str | None, typer.Option(help="Another stack, or an export, to show differences from.")
    ] = None,
) -> None:
    """Write a report of a stack as one HTML file."""
    from offline.simulation import read_address_plan
    from report.document import Content, render
    from report.policy_results import policy_results
    from report.shown import shown

    before = _other(against) if against else None
    export = _run(stack)
    findings = _findings(export, stack)
    with progress("Drawing the report"):
        page = render(
            Content(
                deployment=shown(export),
                addresses=read_address_plan(PROGRAM, stack),
                policies=policy_results(findings),
                against=before,
            )
        )
    with writing(out):
        out.write_text(page, encoding="utf-8")
    typer.echo(f"{out}: {len(page.encode()) // 1024} KiB")


def _other(against: str) -> tuple[str, "Deployment"]:
    """Returns what a report compares with, and its name: an export in a file, or a stack."""
    from deployment.export import read
    from report.shown import shown

    if not against.endswith(".json"):
        return against, shown(_run(against))
    try:
        return against, shown(read(Path(against)))
    except ValueError as error:
        raise CommandError(str(error)) from None


def _run(stack: str, against: Path | None = None, program: Path = PROGRAM) -> Mapping[str, Any]:
    """Returns the export of a stack that runs against the simulated cloud."""
    from deployment.deployment import Deployment
    from deployment.export import NoDeploymentError, export, read, resources_of
    from offline.simulation import run_stack

    try:
        previous = Deployment(resources_of(read(against))) if against else None
    except NoDeploymentError as error:
        raise CommandError(str(error)) from None
    with progress(f"Previewing {stack}"):
        return export(run_stack(program.resolve(), stack, previous))


def _findings(export: Mapping[str, Any], stack: str) -> list["Finding"]:
    from policy.configuration import ConfigurationError, configuration_of
    from policy.evaluation import findings
    from policy.view import visible

    try:
        return findings(visible(export), configuration_of(stack))
    except ConfigurationError as error:
        raise CommandError(str(error)) from None


def _policies_as_data(findings: Sequence["Finding"]) -> dict[str, Any]:
    from report.policy_results import policy_results

    return {"policies": [asdict(result) for result in policy_results(findings)]}


def _console() -> Console:
    # Lines of a file or a pipe are not cut to the width of a terminal that is not there.
    return Console(width=None if sys.stdout.isatty() else 200)
