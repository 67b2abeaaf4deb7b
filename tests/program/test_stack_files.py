"""A stack file that cannot work ends in a message before anything is registered."""

import json
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pulumi
import pytest
from commands import run
from pulumi.runtime.proto import resource_pb2

from offline.monitor import RecordingMonitor
from offline.simulation import run_stack
from stackfile.files import PROGRAM

# Takes the text of a stack file and returns the file's path.
MakeStack = Callable[[str | bytes], str]

DEV: Final = (PROGRAM / "Pulumi.dev.yaml").read_text(encoding="utf-8")


@pytest.fixture
def make_stack(tmp_path: Path) -> MakeStack:
    """Writes the file of the stack ``lab``."""

    def write(content: str | bytes) -> str:
        path = tmp_path / "Pulumi.lab.yaml"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return write


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The type of each resource that a program registers during the test."""
    types: list[str] = []
    register = RecordingMonitor.RegisterResource

    def record(
        monitor: RecordingMonitor, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        types.append(request.type)
        return register(monitor, request)

    monkeypatch.setattr(RecordingMonitor, "RegisterResource", record)
    return types


def dev_with(pattern: str, replacement: str) -> str:
    """Returns dev's file with the one place that matches replaced."""
    changed, count = re.subn(pattern, replacement, DEV, flags=re.MULTILINE)
    assert count == 1, f"{pattern} is {count} times in Pulumi.dev.yaml"
    return changed


def bad(name: str, content: str | bytes, *expected: str) -> Any:
    """Returns one bad file with the words of its message, the full key first."""
    return pytest.param(content, expected, id=name)


BAD_FILES: Final = [
    bad("an unknown key", dev_with("zones:", "zone:"),
        "eks-platform:network.zone: is not a known key; did you mean zones?"),
    bad("one zone", dev_with(r"\[ap-northeast-2a, ap-northeast-2c\]", "[ap-northeast-2a]"),
        "eks-platform:network.zones: needs at least 2 zones, got 1"),
    bad("a zone of another region", dev_with("ap-northeast-2c", "us-east-1c"),
        "eks-platform:network.zones: 'us-east-1c' is not a zone of ap-northeast-2"),
    bad("a tiny VPC", dev_with("172.30.0.0/16", "172.30.0.0/26"),
        "eks-platform:network.cidr: must be between /16 and /24", "got 172.30.0.0/26"),
    bad("an API open to the world", dev_with("203.0.113.0/24", "0.0.0.0/0"),
        "eks-platform:cluster.publicAccessCidrs[0]: opens the cluster's API to the world"),
    bad("more nodes at least than at most", dev_with("minSize: 2", "minSize: 5"),
        "eks-platform:nodeGroups.default.desiredSize: 2 is below minSize 5",
        "eks-platform:nodeGroups.default.maxSize: 4 is below minSize 5"),
    bad("an unknown instance type", dev_with("t3.medium", "t3.medum"),
        "eks-platform:nodeGroups.default.instanceTypes[0]: 't3.medum' is not known to the"),
    bad("a version out of support", dev_with('"1.36"', '"1.20"'),
        "eks-platform:cluster.version: must be in EKS standard support", "got '1.20'"),
    bad("a version that is a number", dev_with('"1.36"', "1.36"),
        "eks-platform:cluster.version: must be a text (in quotes", "got 1.36"),
    bad("a malformed ARN", dev_with(r"admins: \[\]", "admins: [platform-admin]"),
        "eks-platform:cluster.admins[0]: must be the ARN of an IAM role or user"),
    bad("a list for a map", dev_with(r"eks-platform:tags:\n(    .*\n)+", "eks-platform:tags: [a]"),
        "eks-platform:tags: must be a map of names to values"),
    bad("a missing section", dev_with(r"  eks-platform:network:\n(    .*\n)+", ""),
        "eks-platform:network: is required and not there"),
    bad("a missing region", dev_with(r"  aws:region: .*\n", ""),
        "aws:region: is required and not there"),
    bad("an unknown region", dev_with("aws:region: ap-northeast-2", "aws:region: ap-northeast-9"),
        "eks-platform:network.zones: 'ap-northeast-2a' is not a zone of ap-northeast-9"),
    bad("a shutdown that cuts requests", dev_with("preStopSeconds: 30", "graceSeconds: 30"),
        "eks-platform:sampleApp.shutdown.graceSeconds: must cover preStopSeconds 30"),
    bad("a key given twice", dev_with("nat: single", "nat: single\n    nat: per-zone"),
        "Pulumi.", "'nat' twice"),
    bad("a date that does not exist", dev_with("owner: platform", "owner: 2026-13-45"),
        "it is not YAML"),
    bad("an encrypted value", dev_with("region: ap-northeast-2", "region: {secure: v1:abc}"),
        "aws:region: is encrypted, and an offline run has no key"),
    bad("an encrypted value among others",
        f"{DEV}  eks-platform:secrets:\n    secure: v1:abc\n    other: v1:abc\n",
        "eks-platform:secrets: is encrypted, and an offline run has no key"),
    bad("a secret in the place of a text",
        dev_with("^    zones: .*$", f"    zones: [{{token: {'x' * 200}}}]"),
        "network.zones[0]: must be a text (in quotes, where YAML would read a number or a "
        'boolean), got {"token": "[secret]"}'),
    bad("a secret in the place of a block",
        dev_with("^    cidr: .*$", "    cidr: {password: abcdef}"),
        'network.cidr: must be an IPv4 block with no host bits, such as 172.30.0.0/16, got '
        '{"password":"[secret]"}'),
    bad("an encrypted section", f"{DEV}  eks-platform:secrets:\n    secure: v1:abc\n",
        "eks-platform:secrets: is encrypted, and an offline run has no key"),
    bad("a key without a namespace", dev_with("eks-platform:network:", "network:"),
        "network: has no namespace; write eks-platform:network"),
    bad("an empty file", "", "config: is required and not there"),
    bad("an empty configuration", "config: {}\n", "config: is required and not there"),
    bad("a list for a file", "- config\n", "it must be a map with the key config"),
    bad("broken YAML", "config: {aws:region: [\n", "it is not YAML: ", "line 2"),
    bad("no text at all", b"\xff\xfe\x00", "it is not YAML: "),
]  # fmt: skip


@pytest.mark.parametrize(("content", "expected"), BAD_FILES)
def test_a_bad_stack_file_is_refused_before_anything_is_registered(
    content: str | bytes,
    expected: tuple[str, ...],
    make_stack: MakeStack,
    registered: list[str],
    capfd: pytest.CaptureFixture[str],
) -> None:
    stack = make_stack(content)

    # The command prints the message of this error, and of no other, without a traceback.
    with pytest.raises(pulumi.RunError) as refused:
        run_stack(PROGRAM, stack)

    message = str(refused.value)
    assert message.startswith("Pulumi.lab.yaml is not valid:\n  ")
    assert [words for words in expected if words not in message] == []
    assert set(registered) <= {"pulumi:pulumi:Stack"}
    assert tuple(capfd.readouterr()) == ("", "")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        bad("a mistake that the settings find", dev_with("minSize: 2", "minSize: 5"),
            "  eks-platform:nodeGroups.default.desiredSize: 2 is below minSize 5\n",
            "  eks-platform:nodeGroups.default.maxSize: 4 is below minSize 5\n"),
        bad("a mistake that the cloud finds", dev_with("t3.medium", "t3.medum"),
            "  eks-platform:nodeGroups.default.instanceTypes[0]: 't3.medum' is not known"),
        bad("a file that cannot be read", "config: {aws:region: [\n", "  it is not YAML: "),
    ],
)  # fmt: skip
def test_the_command_ends_with_the_message_and_status_1(
    content: str, expected: tuple[str, ...], make_stack: MakeStack
) -> None:
    stack = make_stack(content)
    ended = run("preview", "--stack", stack)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("Pulumi.lab.yaml is not valid:\n")
    assert [words for words in expected if words not in ended.stderr] == []
    assert "Traceback" not in ended.stderr


def test_the_command_says_which_stacks_there_are_when_one_is_not() -> None:
    stack = uuid.uuid4().hex
    ended = run("preview", "--stack", stack)

    assert (ended.returncode, ended.stdout) == (1, "")
    known = ended.stderr.removeprefix(f"Pulumi.{stack}.yaml is not there; stacks with a file: ")
    assert {"dev", "prod"} <= set(known.strip().split(", "))


def test_a_good_stack_file_works_anywhere_and_under_any_name(make_stack: MakeStack) -> None:
    stack = make_stack(DEV)
    ended = run("preview", "--stack", stack)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("eks-platform-lab\n")
    assert " resources to create: " in ended.stdout


@pytest.mark.parametrize(
    "name", ["", "a/b", "../dev", "x" * 300, "a/lab.yaml", "a/Pulumi.yaml", "a/Pulumi.a b.yaml"]
)
def test_a_name_that_no_stack_can_have_is_refused(name: str) -> None:
    with pytest.raises(pulumi.RunError, match="is no stack name"):
        run_stack(PROGRAM, name)


def test_a_stack_is_compared_with_the_file_of_a_path(tmp_path: Path) -> None:
    file, other = tmp_path / "Pulumi.lab.yaml", tmp_path / "Pulumi.other.yaml"
    file.write_text(DEV, encoding="utf-8")
    other.write_text(dev_with("maxSize: 4", "maxSize: 3"), encoding="utf-8")
    ended = run("preview", "--stack", str(other), "--against", str(file), "--json")

    assert (ended.returncode, ended.stderr) == (0, "")
    found = json.loads(ended.stdout)
    assert (found["stack"], found["changes"]["against"]) == ("other", f"stack {file}")
    totals = found["changes"]["totals"]
    assert (totals["in place"], totals["replaced"], totals["new"]) == (1, 0, 0)


def test_the_address_plan_of_a_path_is_of_its_stack(make_stack: MakeStack) -> None:
    plan = run("pod-ips", "plan", "--json", "--stack", make_stack(DEV))

    assert json.loads(plan.stdout)["stack"] == "lab"


def test_the_file_of_a_path_that_is_not_there_is_missed_where_it_should_be(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.lab.yaml").write_text(DEV, encoding="utf-8")
    ended = run("preview", "--stack", str(tmp_path / "Pulumi.lap.yaml"))

    wanted = "Pulumi.lap.yaml is not there; stacks with a file: lab\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", wanted)
