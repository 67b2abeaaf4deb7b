"""The state that the engine leaves is the one that the offline engine writes."""

import json
import shutil
from pathlib import Path
from typing import Any

from states import RECORDED, comparable, differences, misplaced

from deployment.export import export, read
from engine.session import Session
from offline.simulation import run_stack
from stackfile.files import PROGRAM


def test_the_offline_graph_is_the_state_after_up(session: Session, stack: str) -> None:
    session.up()
    deployed = session.export()
    offline = export(run_stack(PROGRAM, stack).resources)

    assert list(differences(comparable(deployed), comparable(offline))) == []
    assert list(misplaced(deployed)) == list(misplaced(offline)) == []
    assert len(deployed["deployment"]["resources"]) > 90


def test_what_is_recorded_of_the_engine_is_what_it_writes(session_of: Any) -> None:
    session: Session = session_of("dev")
    shutil.copy2(RECORDED / "__main__.py", session.program)
    session.up()
    deployed = session.export()
    recorded = json.loads((RECORDED / "export.json").read_text(encoding="utf-8"))

    assert list(differences(recorded, comparable(deployed))) == []


def test_commands_read_the_export_of_the_engine(session: Session, tmp_path: Path) -> None:
    session.up()
    file = tmp_path / "export.json"
    file.write_text(session.pulumi("stack", "export").answer, encoding="utf-8")

    assert read(file) == session.export()
