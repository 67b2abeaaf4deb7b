"""The component package and the example in Pulumi YAML under the real engine."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from conftest import SessionOf
from states import comparable, differences, misplaced

from deployment.export import export
from engine.session import Session
from offline.simulation import run_stack
from package.host import SCHEMA_FILE
from stackfile.files import PROGRAM, read_yaml


@pytest.fixture
def example(session_of: SessionOf) -> Session:
    """A session of the example in Pulumi YAML."""
    session = session_of("dev", init=False)
    session.program = session.program / "examples" / "yaml"
    session.init()
    return session


def test_the_example_goes_up_stays_and_leaves_nothing(example: Session) -> None:
    planned = example.preview()
    assert set(planned.operations.values()) == {"create"}
    assert example.up().steps.operations == planned.operations
    assert example.up().steps.operations == {}
    assert example.preview().operations == {}

    deployed = example.export()
    offline = export(run_stack(PROGRAM / "examples" / "yaml", "dev").resources)
    assert list(differences(comparable(deployed), comparable(offline))) == []
    assert list(misplaced(deployed)) == []

    example.destroy()
    example.assert_empty()


def test_the_plugin_has_the_schema_of_the_package(example: Session) -> None:
    answer = example.pulumi("package", "get-schema", "../../package").answer

    assert _names(json.loads(answer)) == _names(json.loads(SCHEMA_FILE.read_text("utf-8")))


def _names(schema: Mapping[str, Any]) -> dict[str, tuple[set[str], set[str]]]:
    """Returns the names of each component's inputs and outputs."""
    return {
        token: (set(resource["inputProperties"]), set(resource["properties"]))
        for token, resource in schema["resources"].items()
    }


def test_bad_inputs_are_told_in_a_line_each(example: Session) -> None:
    file = example.program / "Pulumi.yaml"
    data = read_yaml(file)
    data["resources"]["network"]["properties"] |= {"cidr": "ten", "nat": "some"}
    file.write_text(yaml.safe_dump(data), encoding="utf-8")
    outcome = example.pulumi("preview", status=None)

    assert outcome.status
    problems = re.findall(r"^\s+- property (.*)$", outcome.output, re.MULTILINE)
    assert problems == [
        'cidr with value "ten" has a problem: input is not a valid IPv4 network',
        "nat with value \"some\" has a problem: input should be 'single', 'per-zone' or 'none'",
    ]
    assert "Traceback" not in outcome.output
