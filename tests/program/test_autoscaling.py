"""Cluster Autoscaler and Karpenter, as the program makes them."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import pytest
import yaml
from graph_model import Graph
from platforms import broken_rules
from programs import run_of_platform, run_platform, section

from deployment.types import (
    ACCESS_ENTRY,
    CLUSTER,
    EVENT_RULE,
    EVENT_TARGET,
    INSTANCE_PROFILE,
    NODE_CLASS,
    NODE_GROUP,
    NODE_POOL,
    POLICY,
    QUEUE,
    QUEUE_POLICY,
    SUBNET,
)
from offline.providers.kubernetes import KubernetesProvider
from policy.documents import allowing
from stackfile.files import PROGRAM

GROUPS: Final = {
    "default": {"instanceTypes": ["m6i.large"], "minSize": 2, "desiredSize": 2, "maxSize": 5}
}
POOLS: Final[Mapping[str, Any]] = {
    "general": {
        "instanceTypes": ["m6i.large", "m6i.xlarge"],
        "capacityTypes": ["on-demand", "spot"],
        "limits": {"cpu": 16, "memoryGiB": 128},
        "terminationGracePeriod": "30m",
        "budgets": [{"nodes": "20%"}],
        "labels": {"team": "a"},
    },
    "bottle": {
        "instanceTypes": ["c6i.large"],
        "image": "bottlerocket",
        "imageVersion": "v1.46.0",
        "zones": ["ap-northeast-2c"],
        "limits": {"cpu": 64, "memoryGiB": 9},
        "taints": [{"key": "team", "value": "b", "effect": "NO_SCHEDULE"}],
    },
}
SECTIONS: Final = {
    "cluster-autoscaler": {"mode": "cluster-autoscaler", "expander": "most-pods"},
    "karpenter": {"mode": "karpenter", "pools": POOLS},
}
EXPORTS: Final[dict[str, dict[str, Any]]] = {}


def export(mode: str) -> dict[str, Any]:
    if mode not in EXPORTS:
        EXPORTS[mode] = run_platform({"nodeGroups": GROUPS, "autoscaling": SECTIONS[mode]})
    return EXPORTS[mode]


@pytest.fixture
def scaled() -> Graph:
    return Graph(export("cluster-autoscaler"))


@pytest.fixture
def karpenter() -> Graph:
    return Graph(export("karpenter"))


@pytest.mark.parametrize("mode", sorted(SECTIONS))
def test_no_rule_objects(mode: str) -> None:
    assert broken_rules(export(mode)) == []


@pytest.mark.parametrize("version", ["1.34", "1.36"])
def test_cluster_autoscaler_is_of_the_cluster_s_version(version: str) -> None:
    cluster = {**section("cluster"), "version": version}
    sections = {"nodeGroups": GROUPS, "autoscaling": SECTIONS["cluster-autoscaler"]}
    graph = Graph(run_platform({**sections, "cluster": cluster}))

    values = graph.release("cluster-autoscaler").inputs["values"]
    assert values["image"]["tag"].startswith(f"v{version}.")
    assert values["autoDiscovery"] == {"clusterName": "eks-platform-dev"}
    assert values["customArgs"] == ["--expander=most-pods", "--max-graceful-termination-sec=600"]


def test_cluster_autoscaler_changes_the_groups_of_its_cluster_alone(scaled: Graph) -> None:
    (policy,) = (one for one in scaled.of(POLICY) if one.name == "cluster-autoscaler")
    changing = [
        statement
        for statement in allowing(policy.inputs, "policy")
        if any("Describe" not in action and ":Get" not in action for action in statement.actions)
    ]

    (statement,) = changing
    assert set(statement.actions) == {
        "autoscaling:SetDesiredCapacity",
        "autoscaling:TerminateInstanceInAutoScalingGroup",
    }
    assert statement.conditions == {
        "StringEquals": {
            "aws:ResourceTag/k8s.io/cluster-autoscaler/enabled": "true",
            "aws:ResourceTag/k8s.io/cluster-autoscaler/eks-platform-dev": "owned",
        }
    }


@pytest.mark.parametrize("mode", sorted(SECTIONS))
def test_an_autoscaler_comes_after_the_nodes_that_it_runs_on(mode: str) -> None:
    graph = Graph(export(mode))
    chart = "cluster-autoscaler" if mode == "cluster-autoscaler" else (
        "oci://public.ecr.aws/karpenter/karpenter"
    )  # fmt: skip

    missing = graph.missing_waits(
        [graph.release(chart)], [*graph.of(NODE_GROUP), graph.addon("coredns")]
    )

    assert list(missing) == []


def test_pools_come_after_the_controller_and_go_before_it(karpenter: Graph) -> None:
    pools, classes = karpenter.of(NODE_POOL), karpenter.of(NODE_CLASS)
    release = karpenter.release("oci://public.ecr.aws/karpenter/karpenter")
    (access,) = (e for e in karpenter.of(ACCESS_ENTRY) if e.inputs.get("type") == "EC2_LINUX")

    assert len(pools) == len(classes) == 2
    assert list(karpenter.missing_waits([*pools, *classes], [release, access])) == []
    for name in POOLS:
        (pool,) = (one for one in pools if one.name == f"karpenter-{name}")
        (of_it,) = (one for one in classes if one.name == f"karpenter-{name}-class")
        assert list(karpenter.missing_waits([pool], [of_it])) == []


def test_nodes_of_pools_are_as_those_of_node_groups(karpenter: Graph) -> None:
    by_name = {one.name: one.inputs["spec"] for one in karpenter.of(NODE_CLASS)}
    general, bottle = by_name["karpenter-general-class"], by_name["karpenter-bottle-class"]

    (profile,) = karpenter.of(INSTANCE_PROFILE)
    for spec in by_name.values():
        assert spec["metadataOptions"]["httpTokens"] == "required"
        assert spec["metadataOptions"]["httpPutResponseHopLimit"] == 1
        assert all(disk["ebs"]["encrypted"] for disk in spec["blockDeviceMappings"])
        assert spec["associatePublicIPAddress"] is False
        assert spec["instanceProfile"] == profile.outputs["name"]
        assert spec["kubelet"] == {"maxPods": 29}
        assert spec["tags"]["owner"] == "platform"
        group = karpenter.one(CLUSTER).outputs["vpcConfig"]["clusterSecurityGroupId"]
        assert spec["securityGroupSelectorTerms"] == [{"id": group}]
    zones = {
        subnet.id: subnet.inputs["availabilityZone"]
        for subnet in karpenter.of(SUBNET)
        if "private" in subnet.name
    }
    assert {zones[term["id"]] for term in bottle["subnetSelectorTerms"]} == {"ap-northeast-2c"}
    assert {zones[term["id"]] for term in general["subnetSelectorTerms"]} == set(zones.values())
    assert [disk["deviceName"] for disk in general["blockDeviceMappings"]] == ["/dev/xvda"]
    assert [disk["deviceName"] for disk in bottle["blockDeviceMappings"]] == [
        "/dev/xvda",
        "/dev/xvdb",
    ]
    assert bottle["amiSelectorTerms"] == [{"alias": "bottlerocket@v1.46.0"}]


def test_a_pool_says_limits_requirements_and_disruption(karpenter: Graph) -> None:
    by_name = {one.name: one.inputs["spec"] for one in karpenter.of(NODE_POOL)}
    general, bottle = by_name["karpenter-general"], by_name["karpenter-bottle"]

    assert general["limits"] == {"cpu": "16", "memory": "128Gi"}
    assert general["disruption"] == {
        "consolidationPolicy": "WhenEmptyOrUnderutilized",
        "consolidateAfter": "1m",
        "budgets": [{"nodes": "20%"}],
    }
    template = general["template"]
    assert template["metadata"] == {"labels": {"team": "a"}}
    assert template["spec"]["terminationGracePeriod"] == "30m"
    assert {term["key"]: term["values"] for term in template["spec"]["requirements"]} == {
        "node.kubernetes.io/instance-type": ["m6i.large", "m6i.xlarge"],
        "karpenter.sh/capacity-type": ["on-demand", "spot"],
        "topology.kubernetes.io/zone": ["ap-northeast-2a", "ap-northeast-2c"],
    }
    assert bottle["template"]["spec"]["taints"] == [
        {"key": "team", "value": "b", "effect": "NoSchedule"}
    ]


def test_karpenter_ends_and_tags_the_instances_of_its_cluster_alone(karpenter: Graph) -> None:
    (policy,) = (one for one in karpenter.of(POLICY) if one.name == "karpenter")

    for statement in allowing(policy.inputs, "policy"):
        changing = {"ec2:TerminateInstances", "ec2:DeleteLaunchTemplate", "ec2:CreateTags"}
        if changing.intersection(statement.actions):
            (equals,) = (v for k, v in statement.conditions.items() if k == "StringEquals")
            owners = [key for key in equals if key.endswith("cluster/eks-platform-dev")]
            assert owners
            assert equals[owners[0]] == "owned"
        if "iam:PassRole" in statement.actions:
            assert not any("*" in resource for resource in statement.resources)


def test_aws_s_notices_arrive_in_karpenter_s_queue(karpenter: Graph) -> None:
    queue = karpenter.one(QUEUE)
    release = karpenter.release("oci://public.ecr.aws/karpenter/karpenter")
    assert release.inputs["values"]["settings"]["interruptionQueue"] == queue.outputs["name"]
    arns = {rule.outputs["arn"] for rule in karpenter.of(EVENT_RULE)}
    (statement,) = allowing(karpenter.one(QUEUE_POLICY).inputs, "policy")
    assert set(statement.conditions["ArnEquals"]["aws:SourceArn"]) == arns
    kinds = {
        json.loads(rule.inputs["eventPattern"])["detail-type"][0]
        for rule in karpenter.of(EVENT_RULE)
    }
    assert "EC2 Spot Instance Interruption Warning" in kinds
    assert len(arns) == len(kinds) == len(karpenter.of(EVENT_TARGET)) == 4
    assert {one.inputs["arn"] for one in karpenter.of(EVENT_TARGET)} == {queue.outputs["arn"]}


def test_the_plan_counts_to_the_limits(karpenter: Graph, scaled: Graph) -> None:
    plan = karpenter.stack.outputs["plan"]
    groups = plan["podIps"]["nodeGroups"]
    # Eight by 16 cores of m6i.large, two by 9 GiB of c6i.large; node groups stay as they are.
    assert groups["karpenter/general"]["maxNodes"] == 8
    assert groups["karpenter/bottle"]["maxNodes"] == 2
    assert plan["podsOnNodes"]["desiredSize"]["nodes"] == 2
    assert plan["podsOnNodes"]["maxSize"]["nodes"] == 2 + 8 + 2
    uses = {
        subnet["zone"]: " ".join(use["what"] for use in subnet["uses"])
        for subnet in plan["subnets"]
        if subnet["role"] == "private"
    }
    assert "4 karpenter/general nodes" in uses["ap-northeast-2a"]
    assert "karpenter/bottle" not in uses["ap-northeast-2a"]
    assert "2 karpenter/bottle nodes" in uses["ap-northeast-2c"]
    assert scaled.stack.outputs["plan"]["podsOnNodes"]["maxSize"]["nodes"] == 5


def test_applications_that_outgrow_nodes_which_nobody_adds_are_a_warning() -> None:
    app = {**section("sampleApp"), "maxReplicas": 20}
    changes = {"nodeGroups": GROUPS, "sampleApp": app}

    def warned(more: Mapping[str, Any]) -> bool:
        run = run_of_platform({**changes, **more})
        return any("autoscaling.mode none adds no node" in line for line in run.warnings)

    assert warned({})
    assert not warned({"autoscaling": SECTIONS["cluster-autoscaler"]})
    assert not warned({"sampleApp": section("sampleApp")})


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"spec": {"template": {}, "limit": {}}}, "spec"),
        ({"spec": {"template": {"spec": {"requirements": []}}}}, "spec.template.spec"),
    ],
)
def test_what_the_definition_of_a_pool_refuses_is_refused(
    change: Mapping[str, Any], place: str
) -> None:
    manifest = {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", **change}

    assert place in dict(KubernetesProvider("1.36").failures(NODE_POOL, manifest))


def test_the_page_s_sections_preview() -> None:
    text = (PROGRAM / "docs" / "autoscaling.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(eks-platform:autoscaling:.*?)```", text, re.DOTALL)
    modes = [yaml.safe_load(block)["eks-platform:autoscaling"] for block in blocks]

    assert [one["mode"] for one in modes] == ["cluster-autoscaler", "karpenter"]
    for one in modes:
        assert run_platform({"nodeGroups": GROUPS, "autoscaling": one})
