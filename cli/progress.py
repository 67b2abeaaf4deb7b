"""What a command is doing, on the error stream and only where somebody looks at it."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from deployment.texts import printable
from report.console import PlainConsole


@contextmanager
def progress(what: str) -> Generator[Callable[[str], None]]:
    """Shows what is going on until the block ends; gives a function that says what is next."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=PlainConsole(stderr=True), transient=True) as shown:
        task = shown.add_task(printable(what), total=None)
        yield lambda text: shown.update(task, description=printable(text))
