"""Stacks as checkov reads them, and what is made of its findings."""

from pathlib import Path

import pytest
from policy_mutants import Deployment
from policy_mutants.running import seen

from deployment.deployment import Deployment as Deployed
from policy.checkov.findings import (
    CheckovError,
    CheckovFinding,
    Reason,
    findings,
    manifests,
    reasons,
    review,
)
from policy.checkov.terraform_plan import plan

FINDING = CheckovFinding(check="CKV_AWS_7", resource="aws_kms_key.logs", title="Rotate")


def test_a_plan_spells_types_and_blocks_as_terraform_does(stack: str) -> None:
    deployed = seen(Deployment(stack))
    planned = plan(deployed)["planned_values"]["root_module"]["resources"]
    assert len(planned) == sum(resource.type.startswith("aws:") for resource in deployed)
    by_type = {resource["type"]: resource["values"] for resource in planned}
    assert by_type["aws_eks_cluster"]["vpc_config"][0]["endpoint_private_access"] is True
    assert by_type["aws_iam_openid_connect_provider"]["client_id_list"] == ["sts.amazonaws.com"]
    assert by_type["aws_launch_template"]["metadata_options"][0]["http_tokens"] == "required"
    assert by_type["aws_vpc"]["tags"]["environment"] == stack
    assert {"aws_vpc_security_group_ingress_rule", "aws_efs_mount_target"} <= by_type.keys()


def test_a_plan_says_what_refers_to_what() -> None:
    found = plan(seen(Deployment("dev")))["configuration"]["root_module"]["resources"]
    (log,) = (resource for resource in found if resource["type"] == "aws_flow_log")
    assert log["expressions"]["vpc_id"]["references"] == [
        "aws_vpc.network_vpc.id",
        "aws_vpc.network_vpc",
    ]


def test_every_kubernetes_object_is_a_manifest_and_no_release(stack: str) -> None:
    texts = list(manifests(seen(Deployment(stack))))
    assert any('"kind": "Deployment"' in text for text in texts)
    assert all('"apiVersion"' in text for text in texts)


def test_a_finding_with_a_reason_is_no_line() -> None:
    known = [Reason(check="CKV_AWS_7", resource="aws_kms_key.*", reason="No logs.")]
    assert list(review([FINDING], known)) == []


def test_a_finding_without_a_reason_is_a_line() -> None:
    known = [Reason(check="CKV_AWS_7", resource="aws_kms_key.secrets", reason="No secrets.")]
    assert list(review([FINDING], known)) == [
        "CKV_AWS_7 aws_kms_key.logs: Rotate",
        "CKV_AWS_7 aws_kms_key.secrets: accepted.json has a reason for nothing",
    ]


def test_every_reason_says_something() -> None:
    assert all(len(known.reason.split()) > 3 for known in reasons())


def test_a_checkov_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CheckovError, match="said nothing of terraform_plan"):
        list(findings(seen(Deployment("dev")), tmp_path / "checkov"))


def test_a_stack_without_manifests_is_asked_about_its_plan_alone(tmp_path: Path) -> None:
    checkov = tmp_path / "checkov"
    checkov.write_text(
        '#!/bin/sh\necho "$2" >> "$0.asked"\necho \'{"results": {"failed_checks": []}}\'\n',
        encoding="utf-8",
    )
    checkov.chmod(0o755)
    deployed = seen(Deployment("dev"))
    for kinds, asked in ((("aws:",), ["terraform_plan"]), (("kubernetes:",), ["kubernetes"])):
        some = Deployed(resource for resource in deployed if resource.type.startswith(kinds))
        assert list(findings(some, checkov)) == []
        found = (tmp_path / "checkov.asked").read_text(encoding="utf-8").split()
        assert found == asked
        (tmp_path / "checkov.asked").unlink()
