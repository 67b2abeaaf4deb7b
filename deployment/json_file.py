"""JSON files of other people's making."""

import json
from pathlib import Path
from stat import S_ISREG
from typing import Any, Final

from pydantic_core import from_json

_GZIP: Final = b"\x1f\x8b"


class JsonFileError(ValueError):
    """A file that holds no JSON; its message is one line that begins with the path."""


def read_json(path: Path) -> Any:
    """Returns the value in a file.

    The text may be UTF-8, or UTF-16 or UTF-32 as PowerShell writes it, with a byte-order mark or
    without one. The parser stops 200 levels deep, and takes neither NaN nor half of a surrogate
    pair (https://docs.rs/jiter).

    :raises JsonFileError: for a file that cannot be read, or holds something else.
    """
    try:
        # A pipe may have nobody at its other end, and a device no end.
        if not S_ISREG(path.stat().st_mode):
            what = "a folder" if path.is_dir() else "a pipe or a device"
            raise JsonFileError(f"{path} cannot be read: it is {what} and no file")
        data = path.read_bytes()
    except OSError as error:
        raise JsonFileError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        if isinstance(error, JsonFileError):
            raise
        # A path with a zero byte.
        raise JsonFileError(f"{path} cannot be read: {error}") from None
    if not data.strip():
        raise JsonFileError(f"{path} is empty")
    if data.startswith(_GZIP):
        raise JsonFileError(f"{path} is compressed; unpack it with gunzip first")
    try:
        return parsed(data.decode(json.detect_encoding(data)))
    except ValueError as error:
        raise JsonFileError(f"{path} is not JSON: {error}") from None


def parsed(text: str) -> Any:
    """Returns the value that a JSON text holds.

    :raises ValueError: with line and column, for what is not JSON.
    """
    return from_json(text, allow_inf_nan=False)
