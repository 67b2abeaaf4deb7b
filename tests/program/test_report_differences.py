"""What two deployments have different, and that no secret is shown."""

import json
from typing import Any

import pytest
from conftest import exported_text
from programs import section
from reports import changed, shipped

from deployment.properties import SECRET_SIGNATURE, SIGNATURE_KEY
from report.differences import Differences, compare
from report.document import Content, render
from report.shown import SECRET, shown


def named(differences: Differences) -> dict[str, list[str]]:
    return {
        f"{changed.resource.short_type} {changed.resource.name}": [c.path for c in changed.changes]
        for changed in differences.changed
    }


def test_a_deployment_is_not_different_from_itself(stack: str) -> None:
    found = compare(shipped(stack), shipped(stack))
    assert (found.added, found.removed, found.changed) == ([], [], [])


def test_a_change_of_the_same_stack_is_found_by_urn_with_its_properties() -> None:
    groups = section("nodeGroups")
    groups["default"]["maxSize"] = 5
    found = compare(shipped("dev"), changed({"nodeGroups": groups}))
    assert named(found) == {"NodeGroup nodes-default": ["scalingConfig.maxSize"]}
    (change,) = found.changed[0].changes
    assert (change.before, change.after) == ("4", "5")
    assert (found.added, found.removed) == ([], [])


def test_added_and_removed_are_told_apart() -> None:
    with_storage, without = shipped("dev"), changed({"nfs": None})
    removed = compare(with_storage, without).removed
    assert "aws:efs/fileSystem:FileSystem" in {resource.type for resource in removed}
    assert compare(with_storage, without).added == []
    added = compare(without, with_storage).added
    assert [r.urn for r in added] == [r.urn for r in removed]


def test_stacks_are_compared_by_type_and_name_and_ids_do_not_differ() -> None:
    found = compare(shipped("dev"), shipped("prod"))
    # Only the lab asks for a default class.
    assert {r.name for r in found.removed} == {"sole-default-class"}
    assert {r.name for r in found.added if r.short_type == "NatGateway"} == {
        "network-nat-ap-northeast-2b",
        "network-nat-ap-northeast-2c",
    }
    gateway = named(found)["InternetGateway network-internet"]
    assert gateway == ["tags.environment"]


def test_the_same_name_twice_is_two_resources() -> None:
    data: dict[str, Any] = json.loads(exported_text("dev"))
    resources = data["deployment"]["resources"]
    (vpc,) = (r for r in resources if r["type"] == "aws:ec2/vpc:Vpc")
    twin = {**vpc, "urn": vpc["urn"].replace("Network$", "Other$"), "id": "vpc-2"}
    resources.append({**twin, "inputs": dict(vpc["inputs"])})
    before = shown(data)
    vpc["inputs"]["cidrBlock"] = "10.0.0.0/16"
    after = shown(json.loads(json.dumps(data).replace("pulumi:dev", "pulumi:two")))
    found = compare(before, after)
    assert named(found) == {"Vpc network-vpc": ["cidrBlock"]}
    assert (found.added, found.removed) == ([], [])


@pytest.mark.parametrize(
    ("token", "key"),
    [("kubernetes:core/v1:Secret", "stringData"), ("pulumi:providers:kubernetes", "kubeconfig")],
)
def test_secrets_in_clear_are_never_shown(token: str, key: str) -> None:
    data: dict[str, Any] = json.loads(exported_text("dev"))
    for resource in data["deployment"]["resources"]:
        if resource["type"] == token:
            resource["inputs"][key] = {"password": "hunter2"}
    before, after = shipped("dev"), shown(data)
    page = render(Content(deployment=after, against=("before", before)))
    assert "hunter2" not in page
    assert SECRET in page


def test_plain_text_of_a_secret_and_additional_secrets_are_never_shown() -> None:
    data: dict[str, Any] = json.loads(exported_text("dev"))
    resource = data["deployment"]["resources"][-1]
    mark = {SIGNATURE_KEY: SECRET_SIGNATURE, "plaintext": '"hunter2"'}
    resource["inputs"] |= {"marked": {"below": [mark]}, "named": "hunter2"}
    resource["additionalSecretOutputs"] = ["named"]
    after = shown(data)
    assert after.by_urn[resource["urn"]].inputs["marked"] == {"below": [SECRET]}
    page = render(Content(deployment=after, against=("before", shipped("dev"))))
    assert "hunter2" not in page


def test_secrets_that_cannot_be_compared_are_counted() -> None:
    assert compare(shipped("dev"), shipped("dev")).unseen == 4
