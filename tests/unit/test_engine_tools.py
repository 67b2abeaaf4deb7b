"""How Pulumi's CLI is found or built, with programs in the places of the CLI and of Go."""

from collections.abc import Callable
from pathlib import Path

import pytest

from engine import install
from engine.install import CLI, PYTHON_HOST, YAML_HOST, InstallationError, tools_folder

WriteProgram = Callable[[str, str], Path]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WriteProgram:
    """Writes programs into the only folder of the PATH; cache and build folder are empty."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(install, "BUILD", tmp_path / "build")

    def write(name: str, text: str) -> Path:
        place = folder / name
        place.write_text(f"#!/bin/sh\n{text}\n")
        place.chmod(0o755)
        return place

    return write


def go(version: str, build: str) -> str:
    """Returns a program that says its version and builds."""
    return f'if [ "$1" = env ]; then echo {version}; exit; fi\n{build}'


# Writes what is asked for after -o.
BUILDS = 'while [ "$1" != -o ]; do shift; done; echo built > "$2"'


def test_a_cli_of_the_path_is_taken_with_its_own_hosts(program: WriteProgram) -> None:
    found = program("pulumi", f"echo v{install.sdk_version()}")
    program(PYTHON_HOST, "")
    assert tools_folder() == found.parent


@pytest.mark.parametrize(
    ("version", "has_host"),
    [pytest.param("3.99.0", True, id="old"), pytest.param("3.999.0", False, id="without a host")],
)
def test_another_cli_of_the_path_is_not(
    program: WriteProgram, version: str, *, has_host: bool
) -> None:
    found = program("pulumi", f"echo v{version}")
    if has_host:
        program(PYTHON_HOST, "")
    program("go", go("go1.99.0", BUILDS))
    assert tools_folder() != found.parent


def test_the_pinned_tools_are_built_once(program: WriteProgram) -> None:
    program("go", go("go1.99.0", BUILDS))
    folder = tools_folder()
    built = install.cache() / f"pulumi-{CLI.version}" / "pulumi"
    # The engine's neighbours are those of a hard link, not of what a symbolic one points to.
    assert (folder / "pulumi").samefile(built)
    assert not (folder / "pulumi").is_symlink()
    assert {place.name for place in folder.iterdir()} == {
        CLI.executable,
        YAML_HOST.executable,
        PYTHON_HOST,
    }
    program("go", "exit 1")
    assert tools_folder() == folder


def test_without_go_it_says_what_to_install(program: WriteProgram) -> None:
    program("other", "")
    with pytest.raises(
        InstallationError, match=r"Go is not on the PATH[^\n]*\nInstall Pulumi's CLI"
    ):
        tools_folder()


def test_go_that_is_too_old_is_refused(program: WriteProgram) -> None:
    program("go", go("go1.20.1", BUILDS))
    with pytest.raises(InstallationError, match=rf"is go1.20.1: building .* {CLI.go_version}"):
        tools_folder()


def test_a_build_that_fails_leaves_a_log_and_nothing_else(program: WriteProgram) -> None:
    program("go", go("go1.99.0", f"{BUILDS}; echo no such module; exit 1"))
    with pytest.raises(InstallationError, match="no such module") as caught:
        tools_folder()
    folder = install.cache() / f"pulumi-{CLI.version}"
    assert str(folder / "build.log") in str(caught.value)
    assert [place.name for place in folder.iterdir()] == ["build.log"]


def test_the_cli_is_no_older_than_the_sdk() -> None:
    sdk, cli = install.numbers(install.sdk_version()), install.numbers(CLI.version)
    assert sdk <= cli
    assert cli[0] == sdk[0]
