"""``python -m editor``: the stack file's JSON Schema, and a new stack file.

Exit status: 0 done; 1 the file is there already or cannot be written, or the name cannot be a
stack's, with the reason on the error stream; 2 the command line is wrong.
"""

from pathlib import Path
from typing import Annotated, NoReturn

import pulumi
import typer

from offline.stacks import PROGRAM, check_name

from .new_stack import stack_text
from .schema import SCHEMA_FILE, schema_text

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@app.command()
def schema() -> None:
    """Write the JSON Schema of the stack file."""
    (PROGRAM / SCHEMA_FILE).write_text(schema_text(), encoding="utf-8")
    typer.echo(SCHEMA_FILE)


@app.command()
def new_stack(
    name: Annotated[str, typer.Argument(help="The stack, that is Pulumi.NAME.yaml.")],
    folder: Annotated[Path, typer.Option(help="Where to write it.", hidden=True)] = PROGRAM,
) -> None:
    """Write a commented stack file."""
    try:
        check_name(name)
    except pulumi.RunError as error:
        _refuse(str(error))
    path = folder / f"Pulumi.{name}.yaml"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(stack_text(name))
    except FileExistsError:
        _refuse(f"{path.name} is there already; it is left as it is")
    except OSError as error:
        _refuse(f"{path.name} cannot be written: {error.strerror}")
    typer.echo(f"{path.name}: `make preview STACK={name}` shows what it makes")


def _refuse(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1) from None


app()
