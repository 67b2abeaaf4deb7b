"""The pack's own server: what it remembers, what it prints, and the version that it names."""

import json
from typing import Any

import pytest
import yaml
from conftest import STACKS, exported_text
from policy_mutants.first_preview import first_preview_text
from pulumi.runtime.proto import analyzer_pb2

from deployment.deployment import Deployment
from policy.analyzer import of_resource, of_stack
from policy.server import PACK_NAME, Servicer
from policy.unknown import Why
from policy.view import visible
from stackfile.files import PROGRAM

Diagnostics = list[analyzer_pb2.AnalyzeDiagnostic]
_LINE = "not checked before deployment: "
NO_CONTEXT: Any = None


@pytest.fixture
def servicer() -> Servicer:
    """The pack without a process."""
    return Servicer()


def _asked(servicer: Servicer, resources: Deployment) -> Diagnostics:
    found: Diagnostics = []
    for resource in resources:
        found += servicer.Analyze(of_resource(resource), NO_CONTEXT).diagnostics
    return [*found, *servicer.AnalyzeStack(of_stack(resources), NO_CONTEXT).diagnostics]


def _before(stack: str) -> Deployment:
    return visible(json.loads(first_preview_text(stack)))


def _after(stack: str) -> Deployment:
    return visible(json.loads(exported_text(stack)))


def test_a_first_preview_says_in_one_line_what_it_does_not_check(
    servicer: Servicer, stack: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = _asked(servicer, _before(stack))
    (line,) = capsys.readouterr().out.splitlines()
    count, _, names = line.removeprefix(_LINE).partition(" rules: ")
    assert line.startswith(_LINE)
    assert int(count) == len(names.split(", ")) > 1
    assert not [d for d in found if "can't" in d.message]


def test_the_deployment_leaves_nothing_unchecked(
    servicer: Servicer, stack: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _asked(servicer, _before(stack))
    capsys.readouterr()
    _asked(servicer, _after(stack))
    assert capsys.readouterr().out == ""


def test_rules_for_stacks_need_the_inputs_that_came_before(stack: str) -> None:
    resources = _before(stack)
    told, untold = Servicer(), Servicer()
    assert not [d for d in _asked(told, resources) if "replica" in d.message]
    # So did the first preview look to a pack that forgets.
    forgotten = untold.AnalyzeStack(of_stack(resources), NO_CONTEXT).diagnostics
    assert [d for d in forgotten if "replica" in d.message]


def test_what_is_not_checked_is_not_applicable_with_a_reason(servicer: Servicer) -> None:
    for resource in _before(STACKS[0]):
        for missed in servicer.Analyze(of_resource(resource), NO_CONTEXT).not_applicable:
            assert missed.reason.startswith(f"{Why.LATER}: {resource.name}: ")


def test_the_pack_names_one_version(servicer: Servicer, stack: str) -> None:
    pack = yaml.safe_load((PROGRAM / "policy" / "PulumiPolicy.yaml").read_text(encoding="utf-8"))
    info = servicer.GetAnalyzerInfo(None, NO_CONTEXT)
    found = _asked(servicer, _before(stack))
    assert found
    named = {(d.policyPackName, d.policyPackVersion) for d in found} | {(info.name, info.version)}
    assert named == {(PACK_NAME, pack["version"])}
