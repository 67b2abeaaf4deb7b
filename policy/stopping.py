"""How long a container goes on before it is told to stop: its preStop hook."""

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any, Final

from .reading import mapping, number, texts
from .unknown import UnreadableError

_HOOK: Final = "lifecycle.preStop"
_SHELLS: Final = re.compile(r"(.*/)?(ba|da|a|z|k)?sh$")
_SLEEPS: Final = re.compile(r"(.*/)?sleep$")
# coreutils' suffixes, in seconds
# (https://www.gnu.org/software/coreutils/manual/html_node/sleep-invocation.html).
_UNITS: Final[Mapping[str, int]] = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_TIME: Final = re.compile(r"(\d+(?:\.\d+)?|\.\d+)([smhd]?)")
# One command after the other; what else a shell knows decides what runs, and how often.
_AFTER: Final = re.compile(r"&&|;|\n")
_DECIDES: Final = re.compile(r"[|&<>`$(){}*?!#]|\b(if|for|while|until|case|do|exec|trap|wait)\b")
# What ends at once and stops nothing.
_AT_ONCE: Final = {":", "date", "echo", "printf", "set", "touch", "true"}


def pre_stop_seconds(container: Mapping[str, Any]) -> float:
    """Returns how long a container sleeps before its stop signal; 0 without a hook.

    The sleep may be the kubelet's own, a command, or one in a shell's script, whatever comes after.

    :raises UnreadableError: for a hook that says otherwise how long it takes.
    """
    hook = mapping(container, _HOOK)
    if "sleep" in hook:
        return number(hook, "sleep.seconds")
    if "exec" in hook:
        return sum(_slept(texts(hook, "exec.command")))
    if hook:
        raise _unclear()
    return 0


def _slept(command: list[str]) -> Iterator[float]:
    """Yields the seconds of each sleep in a command, up to what may stop the server."""
    if not command:
        return
    program, *arguments = command
    if _SLEEPS.fullmatch(program):
        yield sum(map(_seconds, arguments))
    elif _SHELLS.fullmatch(program):
        yield from _slept_in_script(arguments)
    elif program not in _AT_ONCE:
        raise _unclear()


def _slept_in_script(arguments: list[str]) -> Iterator[float]:
    options = [argument for argument in arguments if argument.startswith("-")]
    scripts = [argument for argument in arguments if not argument.startswith("-")]
    if not scripts or not any("c" in option for option in options):
        raise _unclear()
    parts = [part.strip() for part in _AFTER.split(scripts[0]) if part.strip()]
    for place, part in enumerate(parts):
        if _DECIDES.search(part):
            raise _unclear()
        words = _words(part)
        if _SLEEPS.fullmatch(words[0]):
            yield sum(map(_seconds, words[1:]))
        elif words[0] not in _AT_ONCE:
            if place == 0 or any("sleep" in later for later in parts[place:]):
                raise _unclear()
            return


def _words(part: str) -> list[str]:
    try:
        return shlex.split(part) or [":"]
    except ValueError:
        raise _unclear() from None


def _seconds(text: str) -> float:
    found = _TIME.fullmatch(text)
    if not found:
        raise _unclear()
    return float(found[1]) * _UNITS[found[2]]


def _unclear() -> UnreadableError:
    return UnreadableError(f"{_HOOK} does not say how long it takes")
