"""Changes that people make to a stack that runs: what is planned, and that it is what happens.

Replacements and deletions first of all: whatever a plan does not name stays.
"""

from collections.abc import Mapping

import yaml

from engine.outcomes import Steps
from engine.session import Session


def settings(session: Session) -> dict[str, object]:
    """Returns the sections of the stack file."""
    data = yaml.safe_load(session.stack_file.read_text())["config"]
    return {key.removeprefix("eks-platform:"): value for key, value in data.items()}


def deploy(session: Session, expected: Mapping[str, str]) -> Steps:
    """Deploys what is planned, which is just what is expected, and returns the steps."""
    planned = session.preview().operations
    assert planned == expected
    done = session.up().steps
    assert done.operations == expected
    assert session.preview().operations == {}
    return done


def test_node_group_size(deployed: Session) -> None:
    deployed.set("nodeGroups.default.maxSize", 5)
    plan = deployed.preview()
    assert plan.operations == {"NodeGroup nodes-default": "update"}
