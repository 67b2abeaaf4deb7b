"""Finds Pulumi's CLI, or builds it from source: ``python -m engine.install`` prints where it is.

A CLI from the PATH that is new enough is taken as it is, with the language hosts that came with it.
Otherwise the version that ``engine/tools`` pins is built with Go, once for all working copies, and
put beside this project's own host of Python programs: the engine looks for hosts beside its own
executable first, and then says nothing of the PATH
(``bundledPath`` in
https://github.com/pulumi/pulumi/blob/v3.274.1/sdk/go/common/workspace/plugins.go).
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
# What the commands of a working copy make.
BUILD: Final = ROOT / "build"
PYTHON_HOST: Final = "pulumi-language-python"

_MODULES: Final = ROOT / "engine" / "tools"
# Seconds between two lines of progress where there is no terminal.
_REPORT_SECONDS: Final = 30

Version = tuple[int, ...]


class InstallationError(Exception):
    """Why there is no CLI, in words for whoever asked for it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tool:
    """A program that is built from a Go module.

    :param executable: its file name.
    :param folder: the folder of ``engine/tools`` whose go.mod pins it.
    :param module: the module whose version is the tool's.
    :param minutes: how long the build takes on two cores.
    """

    executable: str
    folder: str
    module: str
    minutes: float

    @property
    def go_mod(self) -> Path:
        """The file that pins the version."""
        return _MODULES / self.folder / "go.mod"

    @property
    def version(self) -> str:
        """The pinned version, such as 3.274.1."""
        found = re.search(
            rf"^\s*{re.escape(self.module)} v(\S+)", self.go_mod.read_text(), re.MULTILINE
        )
        if not found:
            raise InstallationError(f"{self.go_mod} does not name {self.module}")
        return found[1]

    @property
    def go_version(self) -> str:
        """The version of Go that the build needs at least."""
        found = re.search(r"^go (\S+)$", self.go_mod.read_text(), re.MULTILINE)
        if not found:
            raise InstallationError(f"{self.go_mod} has no line that begins with `go`")
        return found[1]

    @property
    def linker_flags(self) -> str:
        """Without symbols, and for the CLI with the version that it prints."""
        sdk = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
        return f"-s -w -X {sdk}=v{self.version}" if self is CLI else "-s -w"


CLI: Final = Tool(
    executable="pulumi",
    folder="pulumi",
    module="github.com/pulumi/pulumi/pkg/v3",
    minutes=4,
)
YAML_HOST: Final = Tool(
    executable="pulumi-language-yaml",
    folder="yaml",
    module="github.com/pulumi/pulumi-yaml",
    minutes=1,
)


def numbers(version: str) -> Version:
    """Returns the numbers of a version such as v3.274.1, which compare as versions do."""
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("-")[0])[:3])


def sdk_version() -> str:
    """Returns the version of Pulumi's SDK that the program is locked to."""
    locked = (ROOT / "requirements.txt").read_text()
    found = re.search(r"^pulumi==(\S+)", locked, re.MULTILINE)
    if not found:
        raise InstallationError("requirements.txt does not lock pulumi")
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
    if not host.is_file() or host.read_text() != text:
        host.write_text(text)
        host.chmod(0o755)
    return folder


def _on_path() -> Path | None:
    """Returns the CLI of the PATH, if it is as new as the SDK and has its host for Python."""
    found = shutil.which(CLI.executable)
    if not found:
        return None
    printed = subprocess.run(  # noqa: S603  the CLI that was found
        [found, "version"], capture_output=True, text=True, check=False
    ).stdout.strip()
    version = numbers(printed)
    if version < numbers(sdk_version()):
        _say(f"{found} is {printed or 'no CLI'}, older than the SDK {sdk_version()}: not taken")
        return None
    if not shutil.which(PYTHON_HOST) and not Path(found).resolve().with_name(PYTHON_HOST).exists():
        _say(f"{found} has no {PYTHON_HOST} beside it: not taken")
        return None
    return Path(found)


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
        command = [go, "build", "-C", str(tool.go_mod.parent), "-trimpath"]
        command += ["-ldflags", tool.linker_flags, "-o", str(unfinished), "tool"]
        title = f"Building {tool.executable} {tool.version}, once (about {tool.minutes:g} min)"
        with log.open("wb") as output, _progress(title) as tick:
            environment = {**os.environ, "CGO_ENABLED": "0"}
            process = subprocess.Popen(  # noqa: S603  Go, from the PATH
                command, stdout=output, stderr=subprocess.STDOUT, env=environment
            )
            while _is_running(process):
                tick()
        if process.returncode:
            raise InstallationError(
                f"{tool.executable} {tool.version} could not be built; the log is {log}.\n"
                f"{_hint()}\nIt ends with:\n{_end_of(log)}"
            )
        # A file is there whole or not at all, whoever else builds at the same time.
        unfinished.rename(executable)
    return executable


def _go(tool: Tool) -> str:
    found = shutil.which("go")
    if not found:
        raise InstallationError(
            f"Go is not on the PATH: {tool.executable} {tool.version} cannot be built.\n{_hint()}"
        )
    printed = subprocess.run(  # noqa: S603  Go, from the PATH
        [found, "env", "GOVERSION"], capture_output=True, text=True, check=False
    ).stdout.strip()
    if numbers(printed) < numbers(tool.go_version):
        raise InstallationError(
            f"{found} is {printed or 'no Go'}: building {tool.executable} {tool.version} needs Go "
            f"{tool.go_version} or later.\n{_hint()}"
        )
    return found


def _hint() -> str:
    return (
        f"Install Pulumi's CLI {sdk_version()} or later (https://www.pulumi.com/docs/install/), or "
        f"Go {CLI.go_version} or later (https://go.dev/doc/install)."
    )


def _end_of(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-5:])


def _is_running(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(timeout=1)
    except subprocess.TimeoutExpired:
        return True
    return False


def _place(built: Path, place: Path) -> None:
    """Makes a tool of the cache appear in a folder.

    As a hard link: from a symbolic one the engine would go back to the cache for its neighbours.
    """
    if place.exists() and place.samefile(built):
        return
    with tempfile.TemporaryDirectory(dir=place.parent) as temporary:
        other = Path(temporary) / place.name
        try:
            os.link(built, other)
        except OSError:
            # On another file system; the copy is of the same size and time.
            if place.exists() and _stamp(place) == _stamp(built):
                return
            shutil.copy2(built, other)
        other.rename(place)


def _stamp(file: Path) -> tuple[int, int]:
    status = file.stat()
    return status.st_size, int(status.st_mtime)


@contextmanager
def _progress(title: str) -> Generator["_Ticker"]:
    ticker = _Ticker(title)
    ticker()
    try:
        yield ticker
    finally:
        ticker.end()


class _Ticker:
    """A line that shows the time: rewritten on a terminal, else repeated now and then."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._start = time.monotonic()
        self._is_terminal = sys.stderr.isatty()
        self._next = 0.0

    def __call__(self) -> None:
        """Shows the time if it is time to."""
        elapsed = time.monotonic() - self._start
        if elapsed >= self._next:
            self._next += 1 if self._is_terminal else _REPORT_SECONDS
            start, end = ("\r", "") if self._is_terminal else ("", "\n")
            _say(f"{start}{self._title}: {elapsed // 60:.0f}:{elapsed % 60:02.0f}", end)

    def end(self) -> None:
        """Leaves the terminal's line."""
        if self._is_terminal:
            _say("")


def _say(text: str, end: str = "\n") -> None:
    print(text, end=end, file=sys.stderr, flush=True)  # noqa: T201  progress, for a person


def search_path(folder: Path, environment: Mapping[str, str]) -> str:
    """Returns the PATH on which the CLI of a folder comes first."""
    return f"{folder}{os.pathsep}{environment.get('PATH', os.defpath)}"


def executables() -> list[Path]:
    """Returns the paths of the CLI and of what is beside it.

    :raises InstallationError: where they can neither be found nor built.
    """
    folder = tools_folder()
    names = (CLI.executable, PYTHON_HOST, YAML_HOST.executable)
    return [folder / name for name in names if (folder / name).exists()]
