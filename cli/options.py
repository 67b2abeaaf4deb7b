"""Options that several commands have.

A variable of ``make`` such as ``STACK`` comes as ``EKS_PLATFORM_STACK``: neither make nor a shell
has read anything in it.
"""

import os
from pathlib import Path
from typing import Annotated, Final

import typer

_STACK: Final = "EKS_PLATFORM_STACK"


def _named(stack: str | None) -> str | None:
    # Typer takes an empty variable for none, and would go on with the default stack.
    if "" in {stack, os.environ.get(_STACK)}:
        raise typer.BadParameter("it is empty; name a stack, as in STACK=dev")
    return stack


Stack = Annotated[
    str,
    typer.Option(
        help="The stack, that is Pulumi.STACK.yaml; or that file's path.",
        envvar=_STACK,
        callback=_named,
    ),
]
# For an export: whose policies it is judged by.
Judge = Annotated[
    str | None,
    typer.Option(
        help="The stack, dev by default; beside an export, whose policy/STACK.json judges it.",
        envvar=_STACK,
        callback=_named,
    ),
]
Program = Annotated[
    Path,
    typer.Option(
        help="The folder of the program, in Python or YAML.", envvar="EKS_PLATFORM_PROGRAM"
    ),
]
Against = Annotated[
    str | None,
    typer.Option(
        help="What is deployed: an export, or another stack as if its file had been used.",
        envvar="EKS_PLATFORM_AGAINST",
    ),
]
Out = Annotated[Path, typer.Option(help="The file to write.", envvar="EKS_PLATFORM_OUT")]
Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON object.", envvar="EKS_PLATFORM_JSON")
]
