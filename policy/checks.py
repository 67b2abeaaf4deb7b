"""The policies over a stack or an exported deployment."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stackfile.files import PROGRAM

from .rules.configuration import Configuration, load
from .rules.judging import Finding
from .rules.judging import findings as judge
from .rules.view import visible


def configuration(stack: str, path: Path | None = None) -> Configuration:
    """Returns how strict the policies are: by the given file, else by the stack's, if any.

    :raises ConfigurationError: for a file that is no configuration of the pack.
    """
    of_stack = PROGRAM / "policy" / f"{stack}.json"
    if path is None and not of_stack.is_file():
        return Configuration()
    return load(path or of_stack)


def findings(export: Mapping[str, Any], stack: str) -> list[Finding]:
    """Returns what the policies say of an export, without a process of their own.

    :raises ConfigurationError: for a file that is no configuration of the pack.
    """
    return judge(visible(export), configuration(stack))
