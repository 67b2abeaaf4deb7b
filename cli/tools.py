"""Commands for people who work on the platform itself."""

from typing import Annotated

import typer

from stackfile.files import PROGRAM

from .errors import REFUSED, WRONG_USE, CommandError, ending, writing
from .output import say
from .progress import progress


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


def prices(
    region: Annotated[
        str, typer.Option(help="The region, as in eu-central-1.", envvar="EKS_PLATFORM_REGION")
    ] = "",
) -> None:
    """Read a region's prices from AWS's public price list into report/prices, for reports."""
    from report.costs import PRICES
    from report.price_list import PriceListError, price_file, read_prices

    with ending(WRONG_USE, PriceListError), progress("Reading AWS's price list") as doing:
        found = read_prices(region, doing)
    path = PRICES / f"{region}.json"
    with writing(path) as draft:
        draft.write_text(price_file(found), encoding="utf-8")
    for key in found.missing:
        say(f"{key}: the list has no single price of it in {region}; it is left out", err=True)
    say(f"{len(found.content['prices'])} prices of {found.content['date']} are in {path.name}")


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
