"""Variables of ``make`` reach the commands as they were given: nothing else reads them."""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import typer

from cli.app import app

ROOT: Final = Path(__file__).resolve().parents[2]
MAKEFILE: Final = (ROOT / "Makefile").read_text(encoding="utf-8")
PREFIX: Final = "EKS_PLATFORM_"
# Each target's variables.
TAKEN: Final = {
    target: names.split()
    for target, names in re.findall(r"^\$\(call takes,([\w-]+),([\w ]+)\)$", MAKEFILE, re.MULTILINE)
}
# In the place of Python: it writes down what it was called with.
RECORDER: Final = """#!/bin/sh
printf '%s\\0' "$@" > arguments
env -0 > environment
"""

HOSTILE: Final = (
    "$(shell touch made)",
    "$(touch made)",
    "${HOME}",
    "$HOME",
    "$$(touch made)",
    "$",
    "$(",
    "$(value STACK)",
    "$(eval SHELL := /bin/false)",
    "`touch made`",
    '"; touch made; "',
    "'; touch made; '",
    "; touch made",
    "& touch made",
    "| touch made",
    "> made",
    "a  b",
    "a\nb",
    "a\n\ttouch made",
    "a\r\nb",
    "a\\",
    "a\\\nb",
    "*",
    "~",
    "!!",
    "%",
    "#a",
    "a#b",
    "a:b",
    "a,b",
    "a)",
    "=a",
    "--help",
    "-",
    "\x1b[31m",
    "ü \u202e",
)


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """A virtual environment whose Python only writes down what it was called with."""
    (tmp_path / "bin").mkdir()
    python = tmp_path / "bin" / "python"
    python.write_text(RECORDER, encoding="utf-8")
    python.chmod(0o755)
    for stamp in ("uv.stamp", "offline.stamp"):
        (tmp_path / stamp).touch()
    (tmp_path / "Makefile").write_text(MAKEFILE, encoding="utf-8")
    (tmp_path / "requirements-offline.txt").write_text("", encoding="utf-8")
    (tmp_path / "offline.stamp").touch()
    return tmp_path


def _make(
    folder: Path, target: str, *given: str, environ: Mapping[str, str] | None = None
) -> tuple[list[str], dict[str, str]]:
    """Runs make and returns the arguments and the variables that reach the command."""
    subprocess.run(  # noqa: S603  the project's own Makefile
        ["make", "--silent", "VENV=.", target, *given],  # noqa: S607  make from the PATH
        cwd=folder,
        env={"PATH": os.environ["PATH"], **(environ or {})},
        check=True,
        timeout=60,
    )
    arguments = (folder / "arguments").read_bytes().decode().split("\0")[:-1]
    variables = (folder / "environment").read_bytes().decode().split("\0")[:-1]
    pairs = (text.partition("=") for text in variables)
    return arguments, {
        key.removeprefix(PREFIX): value for key, _, value in pairs if key.startswith(PREFIX)
    }


@pytest.mark.parametrize("target", TAKEN)
@pytest.mark.parametrize("way", ["make TARGET VARIABLE=value", "VARIABLE=value make TARGET"])
def test_a_variable_is_plain_text(environment: Path, target: str, way: str) -> None:
    for value in HOSTILE:
        given = dict.fromkeys(TAKEN[target], value)
        on_the_line = [f"{name}={value}" for name in given] if way.startswith("make") else []
        called = _make(environment, target, *on_the_line, environ={} if on_the_line else given)
        assert called == (["-m", "cli", target], given)
        assert not (environment / "made").exists()


def test_nothing_given_is_nothing_that_reaches_the_command(environment: Path) -> None:
    assert [_make(environment, target)[1] for target in TAKEN] == [{} for _ in TAKEN]


def test_a_variable_reaches_only_the_commands_that_take_it(environment: Path) -> None:
    everything = {name: "x" for names in TAKEN.values() for name in names}
    for target in ("schema", *TAKEN):
        _, variables = _make(environment, target, environ=everything)
        assert variables.keys() == set(TAKEN.get(target, ()))


def test_no_recipe_writes_a_variable_into_a_shell() -> None:
    names = {name for names in TAKEN.values() for name in names}
    recipes = [line for line in MAKEFILE.splitlines() if line.startswith("\t")]
    assert recipes
    assert [line for line in recipes if names & set(re.findall(r"\w+", line))] == []


def _from_make(command: Any) -> Iterator[str]:
    for parameter in command.params:
        if parameter.envvar:
            yield parameter.envvar.removeprefix(PREFIX)


def test_make_hands_over_what_each_command_reads() -> None:
    commands: Mapping[str, Any] = typer.main.get_command(app).commands  # pyright: ignore[reportAttributeAccessIssue]
    read = {
        name: set(_from_make(command)) for name, command in commands.items() if name != "pod-ips"
    }
    assert {name: found for name, found in read.items() if found} == {
        target: set(names) for target, names in TAKEN.items()
    }
