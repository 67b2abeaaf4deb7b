"""What a command writes is a whole file or none, whatever ends the writing."""

import errno
import os
from pathlib import Path

import pytest
from commands import run

from cli.errors import CommandError, writing
from deployment.export import read

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_what_is_cut_off_takes_no_files_place(tmp_path: Path) -> None:
    path = tmp_path / "graph.json"
    for before in ([], ["graph.json"]):
        with pytest.raises(CommandError, match="cannot be written: No space"):
            _write_half(path)
        assert [file.name for file in tmp_path.iterdir()] == before
        path.write_text("whole", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == "whole"


def _write_half(path: Path) -> None:
    with writing(path) as to:
        to.write_text("half", encoding="utf-8")
        raise FULL


def test_a_file_keeps_its_mode_and_a_link_its_end(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.touch(mode=0o600)
    link.symlink_to(file)
    with writing(link) as to:
        to.write_text("new", encoding="utf-8")
    assert link.is_symlink()
    assert file.read_text(encoding="utf-8") == "new"
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_device_is_written_itself() -> None:
    with writing(Path(os.devnull)) as to:
        assert to == Path(os.devnull)


@pytest.mark.parametrize(
    "command",
    [
        "graph --out {}",
        "report --out {}",
        "policy --graph graph.json --sarif {}",
        "policy --graph graph.json --junit {}",
        "pod-ips plan --plot {}",
        "new-stack mine --folder {folder}",
    ],
)
def test_no_command_leaves_a_part_of_a_file(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph, out = tmp_path / "graph.json", tmp_path / "out" / "file.svg"
    out.parent.mkdir()
    run("graph", "--out", str(graph))
    assert read(graph)
    line = command.format(out, folder=out.parent).replace("graph.json", str(graph))

    def full(*_: object) -> None:
        raise FULL

    monkeypatch.setattr(Path, "replace", full)
    ended = run(*line.split())
    assert "cannot be written: No space left on device" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.returncode == (1 if "new-stack" in line else 2)
    assert not list(out.parent.iterdir())
