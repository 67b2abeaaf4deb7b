"""Commands that write a stack file to begin with, and what editors check it by."""

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from stackfile.files import PROGRAM, check_name
from stackfile.names import stack_name_fault

from .errors import REFUSED, CommandError, writing
from .output import say

# For the nodes of a new stack: two vCPUs and 8 GiB, the first that two zones of its region offer.
_INSTANCE_TYPES: Final = ("m6i.large", "m7i.large", "m5.large", "m7g.large")


def schema() -> None:
    """Write the JSON Schemas of stack file and component package, and the configuration tables."""
    from package import host
    from stackfile.configuration_page import PAGE, with_tables
    from stackfile.schema import SCHEMA_FILE, schema_text

    for file, text in (
        (PROGRAM / SCHEMA_FILE, schema_text()),
        (host.SCHEMA_FILE, host.schema_text()),
        (PAGE, with_tables(PAGE.read_text(encoding="utf-8"))),
    ):
        with writing(file) as draft:
            draft.write_text(text, encoding="utf-8")
        say(file.relative_to(PROGRAM))


def new_stack(
    name: Annotated[
        str,
        typer.Argument(
            help="The stack, that is Pulumi.NAME.yaml.", envvar="EKS_PLATFORM_NAME", metavar="NAME"
        ),
    ],
    region: Annotated[
        str | None,
        typer.Option(help="The stack's region, such as eu-west-1.", envvar="EKS_PLATFORM_REGION"),
    ] = None,
    folder: Annotated[Path, typer.Option(help="Where to write it.", hidden=True)] = PROGRAM,
) -> None:
    """Write a commented stack file."""
    from stackfile.new_stack import stack_text

    check_name(name)
    if fault := stack_name_fault(name):
        raise CommandError(fault, REFUSED)
    values = values_in(region) if region else {}
    path = folder / f"Pulumi.{name}.yaml"
    if path.exists():
        raise CommandError(f"{path.name} is there already; it is left as it is", REFUSED)
    with writing(path, REFUSED) as draft:
        draft.write_text(stack_text(name, values), encoding="utf-8")
    say(f"{path.name}: `make preview STACK={name}` shows what it makes")


def values_in(region: str) -> dict[str, Any]:
    """Returns what a new stack's file gives in a region: two zones that offer an instance type."""
    from offline.ec2_data import region_data
    from stackfile.types import REGION

    if fault := REGION.explain(region):
        raise CommandError(f"REGION: {fault}")
    known = region_data(region)
    offers = {name: sorted(known.offers.get(name, ()))[:2] for name in _INSTANCE_TYPES}
    name = next((name for name, zones in offers.items() if len(zones) > 1), None)
    zones = offers[name] if name else [f"{region}a", f"{region}b"]
    return {
        "region": region,
        "network": {"zones": zones},
        "nodeGroups": {"instanceTypes": [name or _INSTANCE_TYPES[0]]},
        # What no preview knows, the file says.
        **({} if name else {"offline": {"zones": dict.fromkeys(zones)}}),
    }
