"""What commands say, apart from tables (``report/console.py``)."""

import typer

from deployment.texts import printable_lines


def say(text: object, *, err: bool = False) -> None:
    """Prints a text, with what its data may hold for a terminal made visible.

    :param err: whether on the error stream.
    """
    typer.echo(printable_lines(str(text)), err=err)  # noqa: TID251  the one place
