"""Cluster, nodes, roles and the load balancer controller, as the program makes them."""

import json
import re

import pytest
from graph_model import Graph
from iam_reference import resource_kinds
from programs import run_platform, section
from pulumi.runtime.proto import resource_pb2

from deployment.types import (
    ACCESS_ENTRY,
    ADDON,
    ATTACHMENT,
    CLUSTER,
    CONFIG_MAP,
    KEY,
    LAUNCH_TEMPLATE,
    LOG_GROUP,
    NODE_GROUP,
    POLICY,
    ROLE,
    ROLE_POLICY,
    VPC,
)
from offline import schema
from offline.monitor import RecordingMonitor
from policy.documents import allowing

CONTROLLER = "aws-load-balancer-controller"
NODE_POLICIES = {
    "AmazonEKSWorkerNodePolicy",
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonSSMManagedInstanceCore",
}


def test_nodes_carry_three_policies(platform: Graph) -> None:
    """Requirement 8."""
    for group in platform.of(NODE_GROUP):
        arn = group.inputs["nodeRoleArn"]
        attached = [a for a in platform.of(ATTACHMENT) if arn.endswith(f"/{a.inputs['role']}")]
        names = {a.inputs["policyArn"].rsplit("/", maxsplit=1)[-1] for a in attached}
        assert names == NODE_POLICIES


def test_controllers_have_roles_of_one_service_account_each(platform: Graph) -> None:
    """Requirement 9."""
    trusted: dict[str, str] = {}
    for role in platform.of(ROLE):
        for statement in allowing(role.inputs, "assumeRolePolicy"):
            if statement.federations:
                assert statement.conditions.keys() == {"StringEquals"}
                equals = statement.conditions["StringEquals"].items()
                (trusted[role.outputs["arn"]],) = (v for k, v in equals if k.endswith(":sub"))
    assert all(
        re.fullmatch(r"system:serviceaccount:[a-z0-9-]+:[a-z0-9-]+", account)
        for account in trusted.values()
    )
    assert len(set(trusted.values())) == len(trusted)
    controller = platform.release(CONTROLLER).inputs["values"]["serviceAccount"]
    users = [
        addon.inputs["serviceAccountRoleArn"]
        for addon in platform.of(ADDON)
        if addon.inputs["addonName"] in {"vpc-cni", "aws-ebs-csi-driver"}
    ]
    users.append(controller["annotations"]["eks.amazonaws.com/role-arn"])
    assert len(set(users)) == len(users) > 1
    assert set(users) <= trusted.keys()


def test_nobody_has_access_by_a_config_map(platform: Graph) -> None:
    """Requirement 10."""
    names = {c.inputs["metadata"].get("name") for c in platform.of(CONFIG_MAP)}
    assert "aws-auth" not in names


def test_policies_are_for_all_resources_only_where_iam_knows_none(platform: Graph) -> None:
    """Requirement 11."""
    actions = {
        action
        for policy in [*platform.of(POLICY), *platform.of(ROLE_POLICY)]
        for statement in allowing(policy.inputs, "policy")
        if "*" in statement.resources and not statement.conditions
        for action in statement.actions
    }
    assert actions
    assert {action for action in actions if resource_kinds(action)} == set()


def test_arns_are_in_the_partition_of_the_cluster(platform: Graph) -> None:
    """Requirement 11."""
    partition = platform.one(CLUSTER).outputs["arn"].split(":")[1]
    text = json.dumps([resource.inputs for resource in platform])
    assert set(re.findall(r"arn:(aws[a-z-]*):", text)) == {partition}


def test_secrets_have_a_rotating_key_and_logs_come_first_and_end(platform: Graph) -> None:
    """Requirement 24: EKS makes the log group again, for ever, where it goes first."""
    cluster = platform.one(CLUSTER)
    encryption = cluster.inputs["encryptionConfig"]
    assert encryption["resources"] == ["secrets"]
    keys = {key.outputs["arn"]: key.inputs for key in platform.of(KEY)}
    assert keys[encryption["provider"]["keyArn"]]["enableKeyRotation"] is True
    name = f"/aws/eks/{cluster.inputs['name']}/cluster"
    (group,) = (g for g in platform.of(LOG_GROUP) if g.inputs["name"] == name)
    assert group.inputs["retentionInDays"]
    assert list(platform.missing_waits([cluster], [group])) == []
    if cluster.inputs["tags"]["environment"] == "prod":
        assert cluster.inputs["deletionProtection"] is True


def test_every_node_group_has_a_launch_template_of_its_own(platform: Graph) -> None:
    """Requirement 26: only there are IMDSv2, the hop limit and encryption said."""
    templates = {template.id for template in platform.of(LAUNCH_TEMPLATE)}
    used = [group.inputs["launchTemplate"]["id"] for group in platform.of(NODE_GROUP)]
    assert sorted(used) == sorted(templates)
    for template in platform.of(LAUNCH_TEMPLATE):
        assert template.inputs["metadataOptions"]["httpPutResponseHopLimit"] == 1


def test_the_controller_asks_no_metadata_service(platform: Graph) -> None:
    """Requirement 26."""
    values = platform.release(CONTROLLER).inputs["values"]
    assert values["region"]
    assert values["vpcId"] == platform.one(VPC).id


def test_the_provider_knows_the_cluster_by_its_arn(platform: Graph) -> None:
    """Requirement 27."""
    arn = platform.one(CLUSTER).outputs["arn"]
    used = {r.provider_urn for r in platform if r.type.startswith("kubernetes:")}
    assert used
    for urn in used:
        assert platform.by_urn[urn].inputs["clusterIdentifier"] == arn


def test_an_autoscaler_may_move_the_size(platform: Graph) -> None:
    """Requirement 28."""
    for group in platform.of(NODE_GROUP):
        assert "scalingConfig.desiredSize" in group.ignore_changes


def test_versions_are_guarded(platform: Graph) -> None:
    """Requirement 29; what the hooks refuse: test_upgrade_guard.py."""
    for resource in [platform.one(CLUSTER), platform.addon("vpc-cni"), *platform.of(NODE_GROUP)]:
        assert resource.hooks["BeforeUpdate"]


def test_the_controller_sends_to_pods_and_survives_drains_and_upgrades(platform: Graph) -> None:
    """Requirements 30 and 31."""
    release = platform.release(CONTROLLER)
    values = release.inputs["values"]
    assert values["defaultTargetType"] == "ip"
    assert values["replicaCount"] > 1
    assert values["podDisruptionBudget"]
    assert values["enableServiceMutatorWebhook"] is False
    assert values["keepTLSSecret"] is True
    assert not release.inputs.get("skipAwait")


def test_everything_is_tagged(platform: Graph) -> None:
    """Requirement 39; what a launch template makes is not reached by the resource's own tags."""
    tags = platform.one(VPC).inputs["tags"]
    wanted = {(key, value) for key, value in tags.items() if key != "Name"}
    assert wanted
    for resource in platform:
        if resource.type.startswith("aws:") and "tagsAll" in schema.output_names(resource.type):
            assert wanted <= resource.inputs["tags"].items(), resource
    for template in platform.of(LAUNCH_TEMPLATE):
        kinds = {
            entry["resourceType"]: entry["tags"] for entry in template.inputs["tagSpecifications"]
        }
        for kind in ("instance", "volume", "network-interface"):
            assert wanted <= kinds[kind].items()


def test_admins_whose_names_differ_by_a_slash_alone_have_resources_of_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A role with a path takes over what it had before, where no other role has that name."""
    aliases: dict[str, list[str]] = {}
    register = RecordingMonitor.RegisterResource

    def watch(
        monitor: RecordingMonitor, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        if request.type == ACCESS_ENTRY:
            names = (alias.spec.name for alias in request.aliases)
            aliases[request.name] = [name for name in names if "-admin-" in name]
        return register(monitor, request)

    monkeypatch.setattr(RecordingMonitor, "RegisterResource", watch)
    roles = [f"arn:aws:iam::444455556666:role/{name}" for name in ("a-b", "a/b", "c/d", "e")]
    run_platform({"cluster": section("cluster") | {"admins": roles}})

    plain = "cluster-admin-444455556666-role"
    assert list(aliases.values()) == [[], [], [f"{plain}-c-d"], []]
    first, second, third, fourth = aliases
    assert (first, fourth) == (f"{plain}-a-b", f"{plain}-e")
    assert re.fullmatch(f"{plain}-a-b-[0-9a-f]{{8}}", second)
    assert re.fullmatch(f"{plain}-c-d-[0-9a-f]{{8}}", third)
