"""Commands that run a stack against the simulated cloud, and say what comes of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deployment.texts import json_text
from stackfile.files import PROGRAM

from .earlier import Earlier, read_earlier
from .errors import REFUSED, WRONG_USE, CommandError, ending, writing
from .options import Against, Json, Judge, Out, Program, Stack
from .output import say
from .progress import progress

if TYPE_CHECKING:
    from deployment.deployment import Deployment
    from offline.engine import Run
    from policy.evaluation import Finding
    from report.changes import Telling


def preview(
    *,
    stack: Stack = "dev",
    against: Against = None,
    may_lose: Annotated[
        str,
        typer.Option(
            help="The names of resources whose data may go, with blanks between.",
            envvar="EKS_PLATFORM_MAY_LOSE",
        ),
    ] = "",
    program: Program = PROGRAM,
    summary: Annotated[
        bool, typer.Option("--summary", help="Print one screen.", envvar="EKS_PLATFORM_SUMMARY")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show every resource of a stack, its plan in figures, and what the policies say.

    With an earlier deployment also what becomes of it. What is refused, or loses data, ends with
    status 1.
    """
    from report import change_table, changes, terminal
    from report import findings as policies
    from report.console import result_console
    from report.shown import shown

    if summary and as_json:
        raise CommandError("--summary and --json exclude each other")
    earlier = read_earlier(against, stack, program) if against else None
    run = _run(stack, earlier, program)
    data = _export(run)
    findings, deployment = _findings(data, stack), shown(data)
    told = earlier and _telling(earlier, run, deployment)
    groups = told.groups() if told else []
    accepted = may_lose.split()
    stops = told.update.stops(accepted) if told else []
    if as_json:
        found = terminal.as_data(deployment) | {"policies": policies.as_data(findings)}
        if told:
            found["changes"] = changes.as_data(told.update, groups, accepted)
        say(json_text(found | {"warnings": list(run.warnings)}))
    else:
        console = result_console()
        terminal.show(deployment, console, summary=summary, creates=not told)
        policies.show(findings, len(deployment), console, summary=summary)
        terminal.show_warnings(run.warnings, console)
        if told:
            change_table.show(told.update, groups, stops, console, summary=summary)
    raise typer.Exit(REFUSED if policies.mandatory(findings) or stops else 0)


def graph(stack: Stack = "dev", out: Out = Path("graph.json"), program: Program = PROGRAM) -> None:
    """Write a stack's deployment in the format of `pulumi stack export`."""
    from deployment.export import write

    run = _run(stack, program=program)
    with writing(out) as draft:
        write(_export(run), draft)
    say(f"{out}: {len(run.resources)} resources")


def policy(
    *,
    stack: Judge = None,
    graph: Annotated[
        Path | None,
        typer.Option(help="An export in place of the stack.", envvar="EKS_PLATFORM_GRAPH"),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(help="In place of policy/STACK.json.", envvar="EKS_PLATFORM_CONFIG"),
    ] = None,
    sarif: Annotated[
        Path | None, typer.Option(help="A SARIF file to write.", envvar="EKS_PLATFORM_SARIF")
    ] = None,
    junit: Annotated[
        Path | None, typer.Option(help="A JUnit file to write.", envvar="EKS_PLATFORM_JUNIT")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a stack, or an exported deployment, in Pulumi's own analyzer process."""
    from deployment.export import NoDeploymentError, read
    from policy.analyzer import AnalyzerError, analyzer
    from policy.configuration import ConfigurationError, configuration_of
    from policy.view import visible
    from report import findings as policies
    from report.console import result_console
    from report.review_files import write_junit, write_sarif

    # An export does not choose how strict the policies are: its name may be anybody's.
    judge = stack if graph else stack or "dev"
    with ending(WRONG_USE, NoDeploymentError, ConfigurationError):
        configuration = configuration_of(judge, config)
        if graph:
            with progress(f"Reading {graph}"):
                found = visible(read(graph))
        else:
            found = visible(_export(_run(judge or "")))
    with (
        ending(REFUSED, AnalyzerError),
        progress("Starting the policies") as tell,
        analyzer() as process,
    ):
        findings = process.findings(found, configuration, tell)
    if as_json:
        say(json_text({"stack": found.name, "policies": policies.as_data(findings)}))
    else:
        policies.show(findings, len(found), result_console(), remedies=True)
    for write_file, path in ((write_sarif, sarif), (write_junit, junit)):
        if path:
            with writing(path) as draft:
                write_file(findings, found.name, draft)
    raise typer.Exit(REFUSED if policies.mandatory(findings) else 0)


def report(stack: Stack = "dev", out: Out = Path("report.html"), against: Against = None) -> None:
    """Write a report of a stack as one HTML file."""
    from policy.clock import today
    from report.document import Content, render
    from report.shown import shown

    earlier = read_earlier(against, stack, PROGRAM) if against else None
    run = _run(stack, earlier)
    data = _export(run)
    deployment, findings = shown(data), _findings(data, stack)
    told = earlier and _telling(earlier, run, deployment)
    content = Content(
        deployment=deployment, plan=run.plan, findings=findings, made=today(), changes=told
    )
    with progress("Drawing the report"):
        page = render(content)
    with writing(out) as draft:
        draft.write_text(page, encoding="utf-8")
    say(f"{out}: {len(page.encode()) // 1024} KiB")


def _run(stack: str, earlier: Earlier | None = None, program: Path = PROGRAM) -> "Run":
    """Runs a stack against the simulated cloud and returns what came of it."""
    from offline.simulation import run_stack

    with progress(f"Previewing {stack}"):
        return run_stack(program.resolve(), stack, earlier and earlier.deployment)


def _telling(earlier: Earlier, run: "Run", deployment: "Deployment") -> "Telling":
    """Returns how to tell what a run makes of an earlier deployment.

    :param deployment: what came of the run, as somebody may see it.
    """
    from report.changes import Telling
    from report.shown import shown

    with ending(WRONG_USE, ValueError):
        before = shown(earlier.export)
    return Telling(update=earlier.update(run), before=before, after=deployment)


def _export(run: "Run") -> Mapping[str, Any]:
    from deployment.export import export

    return export(run.resources)


def _findings(export: Mapping[str, Any], stack: str) -> list["Finding"]:
    from policy.configuration import ConfigurationError, configuration_of
    from policy.evaluation import findings
    from policy.view import visible

    with ending(WRONG_USE, ConfigurationError):
        return findings(visible(export), configuration_of(stack))
