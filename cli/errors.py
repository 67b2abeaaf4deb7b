"""How every command ends that cannot do what it was asked: one message, and a status."""

import errno
import os
import sysconfig
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile, copymode
from typing import Final

import typer

# What the command was asked for is refused: by a stack file, the program, AWS, a policy.
REFUSED: Final = 1
# The command line is wrong, or a file that it names.
WRONG_USE: Final = 2
# An error of the program's own code, or of this project's.
UNFORESEEN: Final = 3
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)
_LONGEST: Final = 300
_LIBRARIES: Final = (*{path for name, path in sysconfig.get_paths().items() if "lib" in name}, "<")


class CommandError(Exception):
    """Why a command ends.

    :param status: its exit status.
    """

    def __init__(self, message: str, status: int = WRONG_USE) -> None:
        super().__init__(message)
        self.status = status


@contextmanager
def ending(status: int, *errors: type[Exception]) -> Generator[None]:
    """Ends the command with a status, and with the message of an error of one of these types."""
    try:
        yield
    except errors as error:
        raise CommandError(str(error), status) from None


@contextmanager
def writing(path: Path, status: int = WRONG_USE) -> Generator[Path]:
    """Gives the path to write a file to, and puts it in the file's place once it is whole.

    Of what fails on the way nothing is left, and the file is as it was. A device, and a file whose
    folder takes no other, is written itself. The command ends where that cannot be.
    """
    try:
        # What a link leads to is written, and the link stays; a device has no place of its own.
        file = path if path.exists() and not path.is_file() else path.resolve()
        draft = _draft(file)
        try:
            yield draft
            if draft != file:
                _put(draft, file)
        finally:
            if draft != file:
                draft.unlink(missing_ok=True)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}", status) from None


def _draft(file: Path) -> Path:
    """Returns an empty file beside another one, or that one where there can be none."""
    if file.exists():
        # Whoever may not write it may replace it; that is not what its mode says.
        file.open("ab").close()
        if not file.is_file():
            return file
    draft = file.with_name(f".{os.getpid()}{file.suffix}")
    try:
        draft.open("xb").close()
    except OSError as error:
        if error.errno in _FULL:
            raise
        return file
    if file.exists():
        copymode(file, draft)
    return draft


def _put(draft: Path, file: Path) -> None:
    try:
        draft.replace(file)
    except OSError as error:
        # A file that a container has by itself.
        if error.errno != errno.EBUSY:
            raise
        copyfile(draft, file)


def unforeseen(error: BaseException) -> str:
    """Returns an error in one line, with the last place in anybody's code but a library's."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [(frame.filename, frame.lineno) for frame in frames]
    if isinstance(error, SyntaxError):
        places.append((error.filename or "", error.lineno))
    own = [place for place in places if not place[0].startswith(_LIBRARIES)]
    place = "".join(f", {file}, line {line}" for file, line in own[-1:])
    text = " ".join(f"{type(error).__name__}: {getattr(error, 'msg', error)}".split())
    return f"{text[:_LONGEST]}{place}; EKS_PLATFORM_DEBUG=1 shows the traceback"


def new_app() -> typer.Typer:
    """Returns an application in the form of all of them."""
    return typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
