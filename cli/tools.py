"""Commands for people who work on the platform itself."""

from typing import Annotated

import typer

from stackfile.files import PROGRAM

from .errors import REFUSED, WRONG_USE, CommandError, ending
from .output import say


def checkov() -> None:
    """Ask checkov about every stack; each finding needs a reason why it is accepted."""
    from pulumi import RunError

    from deployment.export import export
    from offline.simulation import run_stack
    from policy.checkov import findings as by_checkov
    from policy.view import visible
    from stackfile.files import stack_names

    executable = PROGRAM / ".venv-checkov" / "bin" / "checkov"
    found: list[by_checkov.CheckovFinding] = []
    refused: list[str] = []
    for stack in stack_names(PROGRAM):
        try:
            resources = visible(export(run_stack(PROGRAM, stack).resources))
        except RunError as error:
            refused.append(str(error))
            continue
        with ending(WRONG_USE, by_checkov.CheckovError):
            of_stack = list(by_checkov.findings(resources, executable))
        say(f"{stack}: {len(of_stack)} checks of checkov's fail")
        found += of_stack
    lines = list(by_checkov.review(found, by_checkov.reasons()))
    say(f"{len(lines)} without a reason, or reasons without a finding")
    if refused or lines:
        raise CommandError("\n".join([*refused, *lines]), REFUSED)


def pulumi() -> None:
    """Find Pulumi's CLI, or build it from source once; print where it and its hosts are."""
    from engine.install import InstallationError, executables

    with ending(REFUSED, InstallationError):
        for path in executables():
            say(path)


def reliability(*, check: Annotated[bool, typer.Option("--check")] = False) -> None:
    """Write docs/reliability.md, or check that it tells the counts of the last run."""
    from engine.reliability import NoFiguresError, is_fresh, write_page

    with ending(REFUSED, NoFiguresError):
        if not check:
            write_page()
        elif not is_fresh():
            say("docs/reliability.md tells of another run: `make reliability`")
