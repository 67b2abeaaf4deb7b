"""Finds Pulumi's CLI, or builds it from source: ``python -m cli pulumi`` prints where it is.

A CLI from the PATH that is new enough is taken as it is, with the language hosts that came with it.
Otherwise the version that ``engine/tools`` pins is built with Go, once for all working copies, and
put beside this project's own host of Python programs: the engine looks for hosts beside its own
executable first, and then says nothing of the PATH
(``bundledPath`` in
https://github.com/pulumi/pulumi/blob/v3.274.1/sdk/go/common/workspace/plugins.go).
"""

import filecmp
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from report.console import PlainConsole

ROOT: Final = Path(__file__).resolve().parent.parent
# What the commands of a working copy make.
BUILD: Final = ROOT / "build"
PYTHON_HOST: Final = "pulumi-language-python"

_MODULES: Final = ROOT / "engine" / "tools"
# Seconds between two lines of progress.
_REPORT_SECONDS: Final = 30
# Progress is for a person, and lines are not cut.
_CONSOLE: Final = PlainConsole(stderr=True, soft_wrap=True, highlight=False)


class InstallationError(Exception):
    """Why there is no CLI, in words for whoever asked for it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tool:
    """A program that is built from a Go module.

    :param executable: its file name.
    :param folder: the folder of ``engine/tools`` whose go.mod pins it.
    :param module: the module whose version is the tool's.
    :param minutes: how long the build takes on two cores.
    :param linker_flags: with the pinned version in place of VERSION.
    """

    executable: str
    folder: Path
    module: str
    minutes: float
    linker_flags: str = "-s -w"

    @property
    def version(self) -> str:
        """The pinned version, such as 3.274.1."""
        return _named(rf"^\s*{re.escape(self.module)} v(\S+)", self.folder / "go.mod", self.module)

    @property
    def go_version(self) -> str:
        """The version of Go that the build needs at least."""
        return _named(r"^go (\S+)$", self.folder / "go.mod", "the version of Go")


CLI: Final = Tool(
    executable="pulumi",
    folder=_MODULES / "pulumi",
    module="github.com/pulumi/pulumi/pkg/v3",
    minutes=4,
    # Without symbols, and with the version that it prints.
    linker_flags="-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=vVERSION",
)
YAML_HOST: Final = Tool(
    executable="pulumi-language-yaml",
    folder=_MODULES / "yaml",
    module="github.com/pulumi/pulumi-yaml",
    minutes=1,
)


def numbers(version: str) -> tuple[int, ...]:
    """Returns the numbers of a version such as v3.274.1, which compare as versions do."""
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("-")[0])[:3])


def sdk_version() -> str:
    """Returns the version of Pulumi's SDK that the program is locked to."""
    return _named(r"^pulumi==(\S+)", ROOT / "requirements.txt", "pulumi")


def _named(pattern: str, file: Path, what: str) -> str:
    """Returns what the group of a pattern finds in a file."""
    found = re.search(pattern, file.read_text(), re.MULTILINE)
    if not found:
        raise InstallationError(f"{file} does not name {what}")
    return found[1]


def cache() -> Path:
    """Returns the folder of what is built once for all working copies."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "eks-platform"


def tools_folder() -> Path:
    """Returns the folder of a CLI that can be used, after building it if there is none.

    :raises InstallationError: where it cannot be built.
    """
    if found := _on_path():
        return found.parent
    folder = BUILD / "pulumi"
    folder.mkdir(parents=True, exist_ok=True)
    for tool in (CLI, YAML_HOST):
        _place(_built(tool), folder / tool.executable)
    host = folder / PYTHON_HOST
    text = f'#!/bin/sh\nexec "{ROOT}/engine/bin/{PYTHON_HOST}" "$@"\n'
    # Others may be running it.
    if not host.is_file() or host.read_text() != text:
        host.write_text(text)
        host.chmod(0o755)
    return folder


def executables() -> list[Path]:
    """Returns the paths of the CLI and of what is beside it.

    :raises InstallationError: where they can neither be found nor built.
    """
    folder = tools_folder()
    names = (CLI.executable, PYTHON_HOST, YAML_HOST.executable)
    return [folder / name for name in names if (folder / name).exists()]


def _on_path() -> Path | None:
    """Returns the CLI of the PATH, if it is as new as the SDK and has its host for Python."""
    found = shutil.which(CLI.executable)
    if not found:
        return None
    printed = _printed(found, "version")
    if numbers(printed) < numbers(sdk_version()):
        older = f"{printed or 'no CLI'}, older than the SDK {sdk_version()}"
        _CONSOLE.print(f"{found} is {older}: not taken")
        return None
    if not shutil.which(PYTHON_HOST) and not Path(found).resolve().with_name(PYTHON_HOST).exists():
        _CONSOLE.print(f"{found} has no {PYTHON_HOST} beside it: not taken")
        return None
    return Path(found)


def _printed(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  what was found on the PATH
    return done.stdout.strip()


def _built(tool: Tool) -> Path:
    """Returns a tool's executable in the cache, after building it if it is not there."""
    folder = cache() / f"{tool.executable}-{tool.version}"
    executable = folder / tool.executable
    if executable.is_file():
        return executable
    go = _go(tool)
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "build.log"
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        unfinished = Path(temporary) / tool.executable
        flags = tool.linker_flags.replace("VERSION", tool.version)
        command = [go, "build", "-C", str(tool.folder), "-trimpath", "-ldflags", flags]
        title = f"Building {tool.executable} {tool.version}, once (about {tool.minutes:g} min)"
        if _run([*command, "-o", str(unfinished), "tool"], log, title):
            end = "\n".join(log.read_text(errors="replace").splitlines()[-5:])
            raise InstallationError(
                f"{tool.executable} {tool.version} could not be built; the log is {log}.\n"
                f"{_hint()}\nIt ends with:\n{end}"
            )
        # A file is there whole or not at all, whoever else builds at the same time.
        unfinished.rename(executable)
    return executable


def _run(command: Sequence[str], log: Path, title: str) -> int:
    """Runs a build and returns its exit status; says now and then that it still runs."""
    start, environment = time.monotonic(), {**os.environ, "CGO_ENABLED": "0"}
    with log.open("wb") as output, _CONSOLE.status(title):
        process = subprocess.Popen(  # noqa: S603  Go, from the PATH
            command, stdout=output, stderr=subprocess.STDOUT, env=environment
        )
        while True:
            elapsed = time.monotonic() - start
            _CONSOLE.print(f"{title}: {elapsed // 60:.0f}:{elapsed % 60:02.0f}")
            with suppress(subprocess.TimeoutExpired):
                return process.wait(timeout=_REPORT_SECONDS)


def _go(tool: Tool) -> str:
    """Returns Go from the PATH, if it is new enough for a tool."""
    building = f"{tool.executable} {tool.version}"
    found = shutil.which("go")
    if not found:
        raise InstallationError(f"Go is not on the PATH: {building} cannot be built.\n{_hint()}")
    printed = _printed(found, "env", "GOVERSION")
    if numbers(printed) < numbers(tool.go_version):
        needs = f"building {building} needs Go {tool.go_version} or later"
        raise InstallationError(f"{found} is {printed or 'no Go'}: {needs}.\n{_hint()}")
    return found


def _hint() -> str:
    return (
        f"Install Pulumi's CLI {sdk_version()} or later (https://www.pulumi.com/docs/install/), or "
        f"Go {CLI.go_version} or later (https://go.dev/doc/install)."
    )


def _place(built: Path, place: Path) -> None:
    """Makes a tool of the cache appear in a folder.

    As a hard link: from a symbolic one the engine would go back to the cache for its neighbours.
    """
    if place.exists() and (place.samefile(built) or filecmp.cmp(place, built)):
        return
    with tempfile.TemporaryDirectory(dir=place.parent) as temporary:
        other = Path(temporary) / place.name
        try:
            os.link(built, other)
        except OSError:
            # The cache is on another file system.
            shutil.copy2(built, other)
        other.rename(place)
