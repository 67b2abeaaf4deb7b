"""Commands that write a stack file to begin with, and what editors check it by."""

from pathlib import Path
from typing import Annotated

import typer

from stackfile.files import PROGRAM, check_name
from stackfile.names import stack_name_fault

from .errors import REFUSED, CommandError, writing
from .output import say


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
        file.write_text(text, encoding="utf-8")
        say(file.relative_to(PROGRAM))


def new_stack(
    name: Annotated[
        str,
        typer.Argument(
            help="The stack, that is Pulumi.NAME.yaml.", envvar="EKS_PLATFORM_NAME", metavar="NAME"
        ),
    ],
    folder: Annotated[Path, typer.Option(help="Where to write it.", hidden=True)] = PROGRAM,
) -> None:
    """Write a commented stack file."""
    from stackfile.new_stack import stack_text

    check_name(name)
    if fault := stack_name_fault(name):
        raise CommandError(fault, REFUSED)
    path = folder / f"Pulumi.{name}.yaml"
    if path.exists():
        raise CommandError(f"{path.name} is there already; it is left as it is", REFUSED)
    with writing(path, REFUSED), path.open("x", encoding="utf-8") as file:
        file.write(stack_text(name))
    say(f"{path.name}: `make preview STACK={name}` shows what it makes")
