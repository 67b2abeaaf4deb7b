"""What a change makes of a stack that runs, and what is told of it."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from conftest import exported_text
from programs import record_text, run_platform, section
from reports import other_file
from updates import filled_in, groups_of, notes, real_text, updated, verdicts

from deployment.consequences import DATA
from deployment.export import earlier, export, interrupted
from deployment.properties import SECRET_SIGNATURE, SIGNATURE_KEY
from deployment.secrets import SECRET
from deployment.verdicts import Update, Verdict
from offline import schema
from offline.engine import run_program
from offline.monitor import RecordingMonitor
from offline.refused import refusals
from offline.simulation import factories
from report.changes import Telling, as_data, totals
from report.document import Content, render
from report.shown import shown

CIDR = {"network": {**section("network"), "cidr": "10.9.0.0/16"}}
GROUPS = section("nodeGroups")
ARM = {"nodeGroups": {"default": {**GROUPS["default"], "instanceTypes": ["t4g.medium"]}}}
RENAMED = {"nodeGroups": {"main": GROUPS["default"]}}
ZONES = {"network": {**section("network"), "zones": ["ap-northeast-2a", "ap-northeast-2d"]}}
REGION = {
    "aws:region": "us-west-2",
    "network": {**section("network"), "zones": ["us-west-2a", "us-west-2c"]},
}


def edited(edit: Callable[[dict[str, dict[str, Any]]], None], stack: str = "dev") -> dict[str, Any]:
    """Returns a shipped stack's export with its resources changed, by type and name."""
    data: dict[str, Any] = json.loads(exported_text(stack))
    listed = data["deployment"]["resources"]
    edit({f"{r['type'].split(':')[-1]} {r['urn'].split('::')[-1]}": r for r in listed})
    return data


def test_a_stack_that_stays_as_it_is_changes_nothing(stack: str) -> None:
    """Beside AWS's own IDs, account and names, and what the real providers add to inputs."""
    told = updated(filled_in(stack), stack, json.loads(real_text(stack)))
    assert verdicts(told) == {"Secret nfs-mount-options": "not known"}
    (group,) = told.groups()
    assert group.unknown == ("stringData (a change would replace it)",)


def test_a_file_system_that_is_dropped_is_lost() -> None:
    told = updated({"nfs": None})
    assert verdicts(told)["FileSystem nfs"] == "lost"
    assert "lost with it: its files" in notes(told, "FileSystem nfs")
    assert [change.step.resource.name for change in told.update.stops()] == ["nfs"]
    assert told.update.stops(["nfs"]) == []
    assert totals(told.update) == (
        "0 in place, 0 replaced, 1 lost, 0 refused, 9 deleted, 65 the same"
    )


def test_another_block_replaces_the_network_and_what_is_in_it() -> None:
    told = updated(CIDR)
    (group,) = groups_of(told, Verdict.REPLACED)
    assert [str(value) for value in group.values] == ["cidrBlock: 172.30.0.0/16 → 10.9.0.0/16"]
    assert (
        dict(group.followers).items() >= {"NodeGroup": 1, "MountTarget": 2, "NatGateway": 1}.items()
    )
    assert "NodeGroup nodes-default: its nodes go, and what runs on them starts anew on others" in (
        group.notes
    )
    # The control plane keeps its subnets, which therefore cannot go.
    assert {group.resources[0].name for group in groups_of(told, Verdict.REFUSED)} == {
        "network-control-plane-ap-northeast-2a",
        "network-control-plane-ap-northeast-2c",
    }


def test_a_zone_of_the_control_plane_cannot_go() -> None:
    told = updated(ZONES)
    (group,) = groups_of(told, Verdict.REFUSED)
    assert group.resources[0].name == "network-control-plane-ap-northeast-2c"
    assert "Cluster cluster-eksCluster (vpcConfig.subnetIds[1]) still has it" in group.notes[0]


def test_another_architecture_replaces_the_nodes() -> None:
    told = updated(ARM)
    assert verdicts(told)["NodeGroup nodes-default"] == "replaced"
    assert told.update.stops() == []


def test_a_node_group_with_another_name_is_deleted_and_made_anew() -> None:
    found = verdicts(updated(RENAMED))
    assert found["NodeGroup nodes-default"] == "deleted"
    assert found["NodeGroup nodes-main"] == "new"


def test_another_region_loses_everything_that_holds_data() -> None:
    told = updated(REGION)
    lost = {name for name, verdict in verdicts(told).items() if verdict == "lost"}
    assert {"FileSystem nfs", "Cluster cluster-eksCluster", "Key cluster-secrets"} <= lost
    # Roles are in no region, and objects go with the cluster that they are in.
    assert "Role nodes" not in verdicts(told)
    assert verdicts(told)["Deployment sample-app"] == "replaced"


def test_the_same_change_of_many_resources_is_told_once() -> None:
    told = updated({"tags": {"owner": "other", "environment": "dev"}})
    largest = groups_of(told, Verdict.UPDATED)[0]
    assert [str(value) for value in largest.values] == ["tags.owner: platform → other"]
    assert len(largest.resources) > 35
    assert len(told.groups()) < 8


def test_the_engine_refuses_to_delete_what_is_protected_and_aws_too() -> None:
    def protect(resources: Mapping[str, dict[str, Any]]) -> None:
        resources["FileSystem nfs"]["protect"] = True
        resources["Release nfs"]["retainOnDelete"] = True

    told = updated({"nfs": None}, running=edited(protect))
    assert verdicts(told)["FileSystem nfs"] == "refused"
    assert verdicts(told)["Release nfs"] == "left behind"


def test_aws_refuses_to_delete_what_has_deletion_protection() -> None:
    def protect(resources: Mapping[str, dict[str, Any]]) -> None:
        resources["Cluster cluster-eksCluster"]["inputs"]["deletionProtection"] = True

    told = updated(REGION, running=edited(protect))
    found = notes(told, "Cluster cluster-eksCluster")
    assert found[0].startswith("deletionProtection is on")
    assert any(note.startswith("lost with it: all objects") for note in found)


def test_copies_that_wait_for_their_deletion_are_lost_with_their_data() -> None:
    data: dict[str, Any] = json.loads(exported_text("dev"))
    resources = data["deployment"]["resources"]
    (files,) = (r for r in resources if r["type"].endswith(":FileSystem"))
    resources.append({**files, "id": "fs-0123456789abcdef0", "delete": True})
    told = updated(running=data)
    assert verdicts(told)["FileSystem nfs"] == "lost"
    assert "did not delete yet" in notes(told, "FileSystem nfs")[0]


@pytest.mark.parametrize(
    ("token", "old", "new", "message"),
    [
        (
            "kubernetes:storage.k8s.io/v1:StorageClass",
            {"reclaimPolicy": "Retain"},
            {},
            "reclaimPolicy: Kubernetes does not change it of a StorageClass (Retain to Delete)",
        ),
        (
            "kubernetes:core/v1:PersistentVolumeClaim",
            {"spec": {"resources": {"requests": {"storage": "2Gi"}}}},
            {"spec": {"resources": {"requests": {"storage": "2G"}}}},
            "spec.resources.requests.storage: a claim does not shrink from 2Gi to 2G",
        ),
        (
            "kubernetes:core/v1:PersistentVolumeClaim",
            {"spec": {"resources": {"requests": {"storage": "1024Mi"}}}},
            {"spec": {"resources": {"requests": {"storage": "1Gi"}}}},
            "",
        ),
        (
            "aws:eks/cluster:Cluster",
            {"accessConfig": {"authenticationMode": "API"}},
            {"accessConfig": {"authenticationMode": "CONFIG_MAP"}},
            "accessConfig.authenticationMode: EKS does not go back from API to CONFIG_MAP",
        ),
        (
            "aws:eks/cluster:Cluster",
            {"version": "1.34"},
            {"version": "1.36"},
            "the control plane moves one minor version at a time: it runs 1.34, so deploy "
            'cluster.version "1.35" before "1.36"',
        ),
        (
            "aws:eks/cluster:Cluster",
            {"encryptionConfig": {"provider": {"keyArn": "arn:a"}}},
            {"encryptionConfig": {"provider": {"keyArn": "arn:b"}}},
            "encryptionConfig: EKS does not change the key of a cluster that has one",
        ),
    ],
)
def test_what_a_service_does_not_change_is_refused(
    token: str, old: dict[str, Any], new: dict[str, Any], message: str
) -> None:
    assert list(refusals(token, old, new)) == [message] * bool(message)


def test_what_an_interrupted_deployment_left_is_gone_on_with() -> None:
    def interrupt(resources: Mapping[str, dict[str, Any]]) -> None:
        resources["Route network-public-internet"]["pendingReplacement"] = True
        resources["NodeGroup nodes-default"]["initErrors"] = ["nodes are not ready"]
        resources["NatGateway network-nat-ap-northeast-2a"]["taint"] = True

    found = verdicts(updated(running=edited(interrupt)))
    assert found["Route network-public-internet"] == "replaced"
    assert found["NodeGroup nodes-default"] == "in place"
    assert found["NatGateway network-nat-ap-northeast-2a"] == "replaced"


def test_a_namespace_takes_the_volumes_of_its_claims_along() -> None:
    in_cluster = run_platform({"nfs": {"backend": "in-cluster"}})
    found = notes(updated({"nfs": None}, running=in_cluster), "Namespace nfs-server")
    assert found == ("lost with it: the volumes of claims data of nfs-server",)


def test_operations_that_were_begun_and_not_ended_are_named() -> None:
    urn = "urn:pulumi:dev::eks-platform::aws:ec2/vpc:Vpc::vpc"
    data = {"deployment": {"pending_operations": [{"type": "creating", "resource": {"urn": urn}}]}}
    (line,) = interrupted(data)
    assert f"while it was creating {urn}" in line
    assert list(interrupted({"deployment": {"pending_operations": None}})) == []
    assert list(interrupted({"deployment": {"pending_operations": [5]}})) == []


def test_the_other_stacks_file_is_told_as_a_change_of_this_one() -> None:
    told = other_file("prod", "dev")
    found = verdicts(told)
    # Only the lab asks for a default class.
    assert found["StorageClassPatch sole-default-class"] == "deleted"
    assert found["NatGateway network-nat-ap-northeast-2b"] == "new"
    assert found["InternetGateway network-internet"] == "in place"


PROGRAM = """
import pulumi
import pulumi_aws as aws

first = aws.ec2.Vpc("first", cidr_block="{block}", opts=pulumi.ResourceOptions({options}))
role = aws.iam.Role("role", name="{name}", assume_role_policy=\'\'\'{{"Version":"2012-10-17",
    "Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole",
    "Principal":{{"Service":"ec2.amazonaws.com"}}}}]}}\'\'\')
aws.iam.RolePolicyAttachment("attachment", role=role.name,
    policy_arn="arn:aws:iam::aws:policy/ReadOnlyAccess")
aws.ec2.Subnet("subnet", vpc_id=first.id, cidr_block="10.0.0.0/24", tags={tags},
    opts=pulumi.ResourceOptions({subnet}))
"""
PLAIN = {"block": "10.0.0.0/16", "name": "mine", "options": "", "tags": "{}", "subnet": ""}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param({}, {"tags": '{"a": "b"}'}, {"Subnet subnet": "in place"}, id="in place"),
        pytest.param(
            {},
            {"tags": '{"a": "b"}', "subnet": 'ignore_changes=["tags"]'},
            {},
            id="ignored changes",
        ),
        pytest.param(
            {},
            {"tags": '{"a": "b"}', "subnet": 'replace_on_changes=["tags"]'},
            {"Subnet subnet": "replaced"},
            id="changes that replace",
        ),
        pytest.param(
            {}, {"subnet": 'aliases=[pulumi.Alias(name="subnet")]'}, {}, id="an alias of its own"
        ),
        pytest.param(
            {"options": "protect=True"},
            {"options": "protect=True", "block": "10.0.0.0/17"},
            {"Vpc first": "refused", "Subnet subnet": "replaced"},
            id="a protected resource is not replaced",
        ),
        pytest.param(
            {"options": "protect=True"},
            {"block": "10.0.0.0/17"},
            {"Vpc first": "replaced", "Subnet subnet": "replaced"},
            id="taking protection away and replacing goes in one",
        ),
        # With a name of its own it goes first, and takes along what hangs on it.
        pytest.param(
            {},
            {"name": "other"},
            {"Role role": "replaced", "RolePolicyAttachment attachment": "replaced"},
            id="another name",
        ),
    ],
)
def test_options_of_resources_mean_what_they_mean_to_the_engine(
    tmp_path: Path, before: dict[str, str], after: dict[str, str], expected: dict[str, str]
) -> None:
    data = export(record_text(tmp_path, PROGRAM.format(**PLAIN | before)))
    (tmp_path / "__main__.py").write_text(PROGRAM.format(**PLAIN | after))
    config = {"aws:region": "ap-northeast-2"}
    known = earlier(data)
    run = run_program(
        tmp_path, RecordingMonitor("proj", "dev", config, factories("proj", config), known)
    )
    update = Update(name="it", before=known, steps=run.steps)
    told = Telling(update=update, before=shown(data), after=shown(export(run.resources)))
    assert verdicts(told) == expected


def test_secrets_are_never_shown_and_never_claimed_to_change() -> None:
    def hide(resources: Mapping[str, dict[str, Any]]) -> None:
        resources["Vpc network-vpc"]["inputs"]["cidrBlock"] = {
            SIGNATURE_KEY: SECRET_SIGNATURE,
            "plaintext": '"hunter2"',
        }
        resources["Secret nfs-mount-options"]["inputs"]["stringData"] = {"mountOptions": "hunter2"}

    told = updated(running=edited(hide))
    assert verdicts(told)["Vpc network-vpc"] == "not known"
    page = render(Content(deployment=told.after, changes=told))
    assert "hunter2" not in page
    assert "hunter2" not in json.dumps(as_data(told.update, told.groups(), ()))
    assert SECRET in page


def test_everything_that_holds_data_is_a_type_that_there_is() -> None:
    for token in DATA:
        assert schema.resource_class(token), token


def test_resources_that_are_not_the_programs_cost_no_time_that_grows_with_their_square() -> None:
    """Eight thousand more buckets are told in one line."""
    data: dict[str, Any] = json.loads(exported_text("dev"))
    for number in range(8000):
        urn = f"urn:pulumi:dev::eks-platform::aws:s3/bucket:Bucket::bucket-{number}"
        bucket = {"urn": urn, "custom": True, "type": "aws:s3/bucket:Bucket", "id": f"b-{number}"}
        data["deployment"]["resources"].append({**bucket, "inputs": {}, "outputs": {}})
    told = updated(running=data)
    (group,) = groups_of(told, Verdict.LOST)
    assert len(group.resources) == 8000


def test_the_order_of_verdicts_is_the_worst_first() -> None:
    told = updated({**CIDR, "nfs": None})
    kinds = [list(Verdict).index(group.verdict) for group in told.groups()]
    assert kinds == sorted(kinds)
    assert re.match(r"\d+ in place, \d+ replaced, \d+ lost, \d+ refused", totals(told.update))
