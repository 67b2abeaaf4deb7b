"""Secrets planted wherever an export may hold one: no output shows them."""

import base64
import io
import json
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from conftest import exported_text
from updates import between

from deployment.properties import SECRET_SIGNATURE, SIGNATURE_KEY
from policy.analyzer import analyzer
from policy.configuration import Configuration
from policy.evaluation import Finding, findings
from policy.view import visible
from report import terminal
from report.changes import as_data as as_told
from report.console import PlainConsole
from report.document import Content, render
from report.findings import as_data, show
from report.review_files import write_junit, write_sarif
from report.shown import shown

MARK = "hunter2"


def _texts() -> Callable[[], str]:
    """Returns what gives texts that begin alike and are all different."""
    numbers = count()
    return lambda: f"{MARK}x{next(numbers)}x"


def _marked(value: object) -> dict[str, str]:
    return {SIGNATURE_KEY: SECRET_SIGNATURE, "plaintext": json.dumps(value)}


def _resources(new: Callable[[], str]) -> dict[str, Mapping[str, Any]]:
    """Returns the properties of resources with secrets, by name and type."""
    in_base_64 = base64.b64encode(new().encode()).decode()
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}
    applied = {**secret, "data": {"a": in_base_64}, "stringData": {"b": new()}}
    container = {
        "name": "c",
        "image": f"registry.example/app@{MARK}",
        "env": [{"name": "DB_PASSWORD", "value": new()}],
        "command": ["sh", "-c", f"run --token={new()} postgres://app:{new()}@db/app"],
    }
    return {
        "aws:secretsmanager/secretVersion:SecretVersion": {"secretString": new()},
        "aws:ssm/parameter:Parameter": {"type": "SecureString", "value": new()},
        "aws:rds/instance:Instance": {"password": new(), "masterUserPassword": new()},
        "aws:apigateway/apiKey:ApiKey": {"value": new()},
        "aws:acm/certificate:Certificate": {
            "privateKey": f"-----BEGIN RSA PRIVATE KEY-----\n{new()}\n-----END RSA PRIVATE KEY-----"
        },
        "aws:ec2/instance:Instance": {"userData": new(), "userDataBase64": new()},
        "aws:lambda/function:Function": {
            "environment": {"variables": {"API_KEY": new()}},
            "description": f"key AKIAABCDEFGHIJKLMNOP, password: {new()}",
        },
        "aws:ecs/taskDefinition:TaskDefinition": {
            "containerDefinitions": json.dumps([{"environment": [{"name": "PWD", "value": new()}]}])
        },
        "pulumi:providers:aws": {"accessKey": new(), "secretKey": new(), "token": new()},
        "pulumi:providers:kubernetes": {"kubeconfig": json.dumps({"users": [{"token": new()}]})},
        "kubernetes:core/v1:Secret": {
            **secret,
            "data": {"a": in_base_64},
            "stringData": {"b": new()},
            "metadata": {
                "name": "s",
                "annotations": {
                    "kubectl.kubernetes.io/last-applied-configuration": json.dumps(applied)
                },
            },
        },
        "kubernetes:core/v1:ConfigMap": {
            "data": {
                "app.yaml": f"db:\n  password: {new()}\n  token: |\n    {new()}\n",
                "list.json": json.dumps({"items": [applied]}),
            }
        },
        "kubernetes:helm.sh/v3:Release": {
            "chart": "x",
            "values": {"auth": {"rootPassword": new()}, "secrets": {"other": new()}},
            "manifest": json.dumps({"v1/Secret/default/s": applied}),
        },
        "kubernetes:apps/v1:Deployment": {
            "metadata": {"name": "d"},
            "spec": {"template": {"spec": {"containers": [container]}}},
        },
        # What rules quote, where it is marked as a secret.
        "kubernetes:storage.k8s.io/v1:StorageClass": {
            "provisioner": "nfs.csi.k8s.io",
            "parameters": _marked({"server": f"{new()}.svc.cluster.local"}),
        },
        "kubernetes:core/v1:Pod": {
            "spec": _marked(
                {
                    "containers": [{"name": new(), "image": new()}],
                    "volumes": [{"name": "h", "hostPath": {"path": f"/{new()}"}}],
                }
            )
        },
    }


@pytest.fixture(scope="module")
def planted() -> dict[str, Any]:
    """Dev's export with resources that hold secrets."""
    data: dict[str, Any] = json.loads(exported_text("dev"))
    resources, new = data["deployment"]["resources"], _texts()
    stack = resources[0]["urn"]
    for token, properties in _resources(new).items():
        urn = f"{stack.partition('::pulumi')[0]}::{token}::planted"
        own = {"urn": urn, "custom": True, "type": token, "id": "1", "parent": stack}
        resources.append({**own, "inputs": properties, "outputs": properties})
        # Said of the outputs alone, and by their names alone.
        some = {"plain": new(), "unsaid": {"a": [new()]}}
        marked = {"plain": _marked("x"), "unsaid": {}}
        other = {**own, "type": f"{token}Other", "additionalSecretOutputs": ["unsaid"]}
        urn = urn.replace(token, f"{token}Other")
        resources.append({**other, "urn": urn, "inputs": some, "outputs": marked})
    return data


@pytest.fixture(scope="module")
def found(planted: dict[str, Any]) -> list[Finding]:
    """What the analyzer finds, which knows of no marks."""
    with analyzer() as pack:
        return pack.findings(visible(planted), Configuration())


def _without_the_image(text: str) -> str:
    # A digest is no secret, and shows that the mark would be seen.
    assert f"app@{MARK}" in text
    return text.replace(f"app@{MARK}", "")


def _is_hidden(text: str) -> bool:
    encoded = base64.b64encode(MARK.encode()).decode()[:8]
    return MARK not in text and encoded not in text


def test_a_report_and_its_differences_show_no_secret(planted: dict[str, Any]) -> None:
    new, old = planted, json.loads(exported_text("dev"))
    judged = findings(visible(planted), Configuration())
    page = render(Content(deployment=shown(new), findings=judged))
    assert _is_hidden(_without_the_image(page))
    changed = json.loads(json.dumps(planted).replace(MARK, f"{MARK}-changed"))
    for before, after in ((new, changed), (old, new), (new, old)):
        told = between(before, after)
        page = render(Content(deployment=told.after, changes=told))
        data = json.dumps(as_told(told.update, told.groups(), ()))
        assert _is_hidden((page + data).replace(f"app@{MARK}", ""))


def test_findings_show_no_secret(
    planted: dict[str, Any], found: list[Finding], tmp_path: Path
) -> None:
    direct = findings(visible(planted), Configuration())
    assert {str(finding) for finding in direct} == {str(finding) for finding in found}
    sarif, junit, out = tmp_path / "out.sarif", tmp_path / "out.xml", io.StringIO()
    write_sarif(found, "dev", sarif)
    write_junit(found, "dev", junit)
    show(found, len(planted["deployment"]["resources"]), PlainConsole(file=out, width=500))
    data = json.dumps(as_data(found))
    for text in (sarif.read_text("utf-8"), junit.read_text("utf-8"), out.getvalue(), data):
        assert _is_hidden(_without_the_image(text))


def test_a_preview_shows_no_secret(planted: dict[str, Any]) -> None:
    deployment, out = shown(planted), io.StringIO()
    terminal.show(deployment, PlainConsole(file=out, width=500))
    assert _is_hidden(out.getvalue())
    assert _is_hidden(json.dumps(terminal.as_data(deployment)))


def test_a_finding_shows_no_secret_of_another_resource() -> None:
    data = json.loads(exported_text("prod"))
    (attachment,) = (
        resource
        for resource in data["deployment"]["resources"]
        if resource["urn"].endswith("RolePolicyAttachment::nodes-worker")
    )
    attachment["outputs"]["policyArn"] = _marked(MARK)
    said = [finding.message for finding in findings(visible(data), Configuration())]
    assert "has a role that carries [secret]" in said
    assert not any(MARK in message for message in said)
