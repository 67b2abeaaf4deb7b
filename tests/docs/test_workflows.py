"""The GitHub workflows: pinned actions, least permissions, commands that exist."""

import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from stackfile.files import PROGRAM, stack_names

WORKFLOWS = sorted((PROGRAM / ".github" / "workflows").glob("*.yml"))
BY_NAME = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


@cache
def _workflow(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return data


def _jobs(path: Path) -> Iterator[dict[str, Any]]:
    yield from _workflow(path)["jobs"].values()


def _commands(path: Path) -> list[str]:
    return [step["run"] for job in _jobs(path) for step in job["steps"] if "run" in step]


def test_there_are_three_workflows() -> None:
    assert [path.stem for path in WORKFLOWS] == ["ci", "deploy", "preview"]


@BY_NAME
def test_actions_are_pinned_by_commit(path: Path) -> None:
    used = re.findall(r"uses: (.*)", path.read_text(encoding="utf-8"))
    assert used
    assert [line for line in used if not PINNED.fullmatch(line)] == []


@BY_NAME
def test_a_workflow_may_read_and_a_job_says_what_more(path: Path) -> None:
    assert _workflow(path)["permissions"] == {"contents": "read"}
    writes = {
        scope
        for job in _jobs(path)
        for scope, access in job.get("permissions", {}).items()
        if access == "write"
    }
    expected = {
        "ci": {"security-events"},
        "preview": {"id-token", "pull-requests"},
        "deploy": {"id-token"},
    }
    assert writes == expected[path.stem]


@BY_NAME
def test_make_targets_exist(path: Path) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (PROGRAM / "Makefile").read_text(), re.MULTILINE))
    named = {
        name for command in _commands(path) for name in re.findall(r"\bmake ([a-z0-9-]+)", command)
    }
    assert named <= targets


def test_some_make_targets_are_run() -> None:
    assert any("make " in command for path in WORKFLOWS for command in _commands(path))


@BY_NAME
def test_commands_hold_no_expressions(path: Path) -> None:
    # GitHub writes their values into the script, whatever they are.
    assert [command for command in _commands(path) if "${{" in command] == []


@BY_NAME
def test_jobs_end(path: Path) -> None:
    assert all(job["timeout-minutes"] <= 90 for job in _jobs(path))


def test_pull_requests_are_checked_without_secrets() -> None:
    text = (PROGRAM / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert "secrets." not in text.partition("\nname:")[2]
    assert "id-token" not in text


def test_every_stack_with_a_file_is_checked(tmp_path: Path) -> None:
    jobs = _workflow(PROGRAM / ".github" / "workflows" / "ci.yml")["jobs"]
    matrix = "${{ fromJSON(needs.find-stacks.outputs.stacks) }}"
    assert jobs["stacks"]["strategy"]["matrix"]["stack"] == matrix
    (find,) = (step["run"] for step in jobs["find-stacks"]["steps"] if "run" in step)
    for name in ("Pulumi.yaml", "Pulumi.mine.yaml", "Pulumi.a.b.yaml", "Pulumi.dev.yaml.bak"):
        (tmp_path / name).touch()
    output = tmp_path / "output"
    subprocess.run(  # noqa: S603  the workflow's own step
        [sys.executable, "-c", find], cwd=tmp_path, env={"GITHUB_OUTPUT": str(output)}, check=True
    )
    assert stack_names(tmp_path) == ["a.b", "mine"]
    assert output.read_text(encoding="utf-8") == 'stacks=["a.b", "mine"]\n'


def test_the_cli_has_the_sdk_s_version() -> None:
    pinned = re.search(r"^pulumi==(.*)$", (PROGRAM / "requirements.in").read_text(), re.MULTILINE)
    assert pinned
    versions = {
        job["env"]["PULUMI_VERSION"]
        for path in WORKFLOWS
        for job in _jobs(path)
        if "PULUMI_VERSION" in job.get("env", {})
    }
    assert versions == {pinned[1]}


def test_a_deployment_waits_for_its_environment() -> None:
    (job,) = _jobs(PROGRAM / ".github" / "workflows" / "deploy.yml")
    assert job["environment"] == "${{ inputs.stack }}"
