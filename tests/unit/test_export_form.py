"""Exports of other people's making: what is read, and what is refused in which line."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from deployment.deployment import Deployment
from deployment.export import NoDeploymentError, read, resources_of
from deployment.properties import RESOURCE_SIGNATURE, SECRET_SIGNATURE, SIGNATURE_KEY

STACK = "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev"
PROVIDER = "urn:pulumi:dev::p::pulumi:providers:aws::aws"
VPC = "urn:pulumi:dev::p::aws:ec2/vpc:Vpc::vpc"
MISSING = object()


def resources(**vpc: Any) -> list[dict[str, Any]]:
    """Returns a stack, a provider and a VPC with these fields changed."""
    changed = {
        "urn": VPC,
        "custom": True,
        "id": "vpc-1",
        "type": "aws:ec2/vpc:Vpc",
        "inputs": {"cidrBlock": "10.0.0.0/16"},
        "outputs": {"id": "vpc-1"},
        "parent": STACK,
        "provider": f"{PROVIDER}::1",
        **vpc,
    }
    return [
        {"urn": STACK, "custom": False, "type": "pulumi:pulumi:Stack"},
        {"urn": PROVIDER, "custom": True, "id": "1", "type": "pulumi:providers:aws"},
        {key: value for key, value in changed.items() if value is not MISSING},
    ]


def export(found: Any) -> bytes:
    return json.dumps({"version": 3, "deployment": {"resources": found}}).encode()


def written(folder: Path, content: bytes) -> Path:
    path = folder / "export.json"
    path.write_bytes(content)
    return path


def refusal(path: Path) -> str:
    """Returns the line that refuses a file, without the file's name."""
    with pytest.raises(NoDeploymentError) as refused:
        read(path)
    message = str(refused.value)
    assert message.startswith(str(path))
    assert len(message.splitlines()) == 1
    return message.removeprefix(str(path)).removeprefix(": ")


_URN = "urn must be as in urn:pulumi:STACK::PROJECT::TYPE::NAME, with a STACK of at most 100"
_TYPE = "resource 3 (vpc): type must be as in aws:ec2/vpc:Vpc, got"
_PROVIDER = "provider must be the URN of a provider, '::' and its ID, got"
_SECRET = {SIGNATURE_KEY: SECRET_SIGNATURE}
_REFERENCE = {SIGNATURE_KEY: RESOURCE_SIGNATURE}


def nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"urn": 5}, "resource 3: urn must be a text, got 5"),
        ({"urn": None}, "resource 3: urn is required and not there"),
        ({"urn": MISSING}, "resource 3: urn is required and not there"),
        ({"urn": ""}, f"resource 3: {_URN}"),
        ({"urn": "vpc"}, f"resource 3 (vpc): {_URN}"),
        ({"urn": "urn:pulumi:../../x::p::t::vpc"}, f"resource 3 (vpc): {_URN}"),
        ({"urn": "urn:pulumi:::p::t::vpc"}, f"resource 3 (vpc): {_URN}"),
        ({"urn": "urn:pulumi:d\x1bv::p::t::vpc"}, f"resource 3 (vpc): {_URN}"),
        ({"urn": "urn:pulumi:dev\n::p::t::vpc"}, f"resource 3 (vpc): {_URN}"),
        (
            {"urn": "urn:pulumi:prod::p::t::vpc"},
            "holds resources of more than one stack: dev and prod",
        ),
        ({"urn": PROVIDER}, "resource aws: urn is there twice"),
        ({"type": 5}, "resource 3 (vpc): type must be a text, got 5"),
        ({"type": ""}, f'{_TYPE} ""'),
        ({"type": "aws:ec2/vpc:\x1b[31mVpc"}, rf'{_TYPE} "aws:ec2/vpc:\u001b[31mVpc"'),
        ({"type": "aws:ec2/vpc: Vpc"}, f'{_TYPE} "aws:ec2/vpc: Vpc"'),
        ({"type": "aws:ec2/vpc:\u202eVpc"}, rf'{_TYPE} "aws:ec2/vpc:\u202eVpc"'),
        ({"type": MISSING}, "resource 3 (vpc): type is required and not there"),
        ({"id": {}}, "resource 3 (vpc): id must be a text, got an object"),
        ({"parent": 7}, "resource 3 (vpc): parent must be a text, got 7"),
        (
            {"parent": VPC},
            "resource vpc: waits for itself by parent, provider or dependencies: vpc",
        ),
        ({"inputs": [1]}, "resource 3 (vpc): inputs must be an object, got a list"),
        ({"outputs": "x"}, "resource 3 (vpc): outputs must be an object, got a text"),
        ({"dependencies": 5}, "resource 3 (vpc): dependencies must be a list, got 5"),
        ({"dependencies": VPC}, "resource 3 (vpc): dependencies must be a list, got a text"),
        ({"dependencies": [VPC, 5]}, "resource 3 (vpc): dependencies[1] must be a text, got 5"),
        (
            {"propertyDependencies": [1]},
            "resource 3 (vpc): propertyDependencies must be an object, got a list",
        ),
        (
            {"propertyDependencies": {"a": [{}]}},
            "resource 3 (vpc): propertyDependencies.a[0] must be a text, got an object",
        ),
        ({"protect": "yes"}, "resource 3 (vpc): protect must be true or false, got a text"),
        ({"custom": 1}, "resource 3 (vpc): custom must be true or false, got 1"),
        ({"delete": 1}, "resource 3 (vpc): delete must be true or false, got 1"),
        ({"provider": "x"}, f'resource 3 (vpc): {_PROVIDER} "x"'),
        ({"provider": "a::b"}, f'resource 3 (vpc): {_PROVIDER} "a::b"'),
        ({"provider": PROVIDER}, f'resource 3 (vpc): {_PROVIDER} "{PROVIDER}"'),
        (
            {"customTimeouts": {"create": "5m"}},
            "resource 3 (vpc): customTimeouts.create must be a number, got a text",
        ),
        (
            {"inputs": {"a": {"b": [0, 10**400]}}},
            "resource vpc: inputs.a.b[1] is larger than any number of Pulumi's",
        ),
        (
            {"inputs": {SIGNATURE_KEY: 5}},
            f"resource vpc: inputs has a mark that is no text in the key {SIGNATURE_KEY}",
        ),
        (
            {"outputs": {"a": _REFERENCE}},
            "resource vpc: outputs.a is a reference to a resource without its URN",
        ),
        (
            {"inputs": {"a": {**_REFERENCE, "urn": VPC, "id": []}}},
            "resource vpc: inputs.a.id must be a text",
        ),
        (
            {"inputs": {"a": {**_SECRET, "plaintext": "{"}}},
            "resource vpc: inputs.a.plaintext must be JSON",
        ),
        (
            {"inputs": {"a": {**_SECRET, "plaintext": "[1e999]"}}},
            "resource vpc: inputs.a.plaintext[0] is larger than any number of Pulumi's",
        ),
        ({"inputs": {"a": nested(101)}}, "resource vpc: inputs.a[0][0][0]"),
    ],
)
def test_a_resource_of_another_form_is_named_with_its_field(
    fields: Mapping[str, Any], message: str, tmp_path: Path
) -> None:
    found = refusal(written(tmp_path, export(resources(**fields))))
    assert found.startswith(message)


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        ("x", "resource 1: must be an object, got a text"),
        (None, "resource 1: must be an object, got null"),
        ([], "resource 1: must be an object, got a list"),
    ],
)
def test_what_is_no_resource_is_refused(resource: Any, message: str, tmp_path: Path) -> None:
    assert refusal(written(tmp_path, export([resource]))) == message


@pytest.mark.parametrize(
    "fields",
    [
        {"inputs": None, "outputs": None, "dependencies": None, "parent": None, "id": None},
        {"inputs": MISSING, "outputs": MISSING, "provider": MISSING, "parent": MISSING},
        {"propertyDependencies": {"a": None, "b": [PROVIDER]}, "resourceHooks": {"a": None}},
        {"parent": "urn:pulumi:dev::p::gone:gone:Gone::gone", "dependencies": [VPC, "gone"]},
        {"customTimeouts": {"create": 5, "delete": 0.5}, "created": "2026", "unheardOf": [1]},
        {"urn": "urn:pulumi:dev::my project::a:b:C$aws:ec2/vpc:Vpc::a::b\n\u202e"},
        {"inputs": {"a": nested(99), "b": {**_SECRET, "ciphertext": "v1:"}}},
        {"inputs": {"a": {**_REFERENCE, "urn": VPC}, "b": {SIGNATURE_KEY: "of the future"}}},
        {"protect": True, "external": True, "pendingReplacement": True, "initErrors": ["x"]},
    ],
)
def test_what_the_engine_may_write_is_read(fields: Mapping[str, Any], tmp_path: Path) -> None:
    data = read(written(tmp_path, export(resources(**fields))))
    assert len(list(resources_of(data))) == 3


def test_copies_that_wait_for_their_deletion_are_left_out(tmp_path: Path) -> None:
    found = resources()
    copies = [{**found[2], "delete": True, "id": f"vpc-{number}"} for number in (2, 3)]
    data = read(written(tmp_path, export([*found, *copies])))
    assert Deployment(resources_of(data)).by_urn[VPC].id == "vpc-1"
    only_copies = written(tmp_path, export(copies))
    assert refusal(only_copies) == "all resources wait for their deletion"


def test_resources_that_wait_for_each_other_are_refused(tmp_path: Path) -> None:
    found = resources()
    found[1]["propertyDependencies"] = {"region": [VPC]}
    message = refusal(written(tmp_path, export(found)))
    assert "waits for itself by parent, provider or dependencies: " in message
    assert {"aws", "vpc"} <= set(message.replace(":", "").split())


def test_parents_above_parents_have_an_end(tmp_path: Path) -> None:
    found, parent = resources(), STACK
    for number in range(5000):
        urn = f"urn:pulumi:dev::p::a:b:C::{number}"
        found.append({"urn": urn, "custom": False, "type": "a:b:C", "parent": parent})
        parent = urn
    message = refusal(written(tmp_path, export(found)))
    assert message == "resource 99: parent has 100 parents above it"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_the_texts_that_powershell_writes_are_read(encoding: str, tmp_path: Path) -> None:
    text = export(resources(id="ü")).decode()
    path = written(tmp_path, text.replace("\\u00fc", "ü").encode(encoding))
    assert Deployment(resources_of(read(path))).by_urn[VPC].id == "ü"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", " is empty"),
        (b" \n", " is empty"),
        (b"\x1f\x8b\x08", " is compressed; unpack it with gunzip first"),
        (b"\xff\xfe", " is not JSON: "),
        (b'{"a": "\xff"}', " is not JSON: "),
        (b"[NaN]", " is not JSON: expected value at line 1 column 2"),
        (b"[-Infinity]", " is not JSON: "),
        (b'["\\ud800"]', " is not JSON: "),
        (b'["\\udc00x"]', " is not JSON: "),
        (b"[" * 100_000, " is not JSON: recursion limit exceeded at line 1 column 202"),
        (b"[" + b"9" * 5000 + b"]", " is not JSON: number out of range"),
        (b"{}", " is no deployment as `pulumi stack export` or `make graph` writes it"),
        (b"null", " is no deployment as"),
        (b'{"version": 3}', " is no deployment as"),
        (b'{"version": 3, "deployment": []}', " is no deployment as"),
        (b'{"version": 3, "deployment": {"resources": {}}}', " holds no resource"),
        (b'{"version": 3, "deployment": {"resources": 5}}', " is no deployment as"),
        (b'{"version": 3, "deployment": {"manifest": {}}}', " holds no resource"),
        (b'{"version": 3, "checkpoint": {}}', " is no deployment as"),
    ],
)
def test_a_file_without_an_export_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    assert refusal(written(tmp_path, content)).startswith(message)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert refusal(tmp_path) == " cannot be read: it is a folder and no file"
    for path in (pipe, Path("/dev/zero")):
        assert refusal(path) == " cannot be read: it is a pipe or a device and no file"
    assert refusal(tmp_path / "no.json") == " cannot be read: No such file or directory"
    assert refusal(Path("a\0b")) == " cannot be read: embedded null byte"
