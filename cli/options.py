"""Options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

Stack = Annotated[str, typer.Option(help="The stack, that is Pulumi.STACK.yaml.")]
Program = Annotated[Path, typer.Option(help="The folder of the program, in Python or YAML.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
