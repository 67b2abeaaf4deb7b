"""What commands make of exports that somebody else has written to do harm."""

from pathlib import Path

import pytest
from commands import run
from test_export_form import export, resources, written

COMMANDS = {"preview": ["--against"], "report": ["--against"], "policy": ["--graph"]}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_refuses_in_one_line(command: str, tmp_path: Path) -> None:
    path = written(tmp_path, export(resources(parent=7)))
    ended = run(command, *COMMANDS[command], str(path))
    message = f"{path}: resource 3 (vpc): parent must be a text, got 7\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", message)
