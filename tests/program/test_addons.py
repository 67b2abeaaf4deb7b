"""EKS's add-ons as the program makes them."""

import json
from typing import Any, Final

import pytest
from graph_model import Graph
from programs import run_of_platform, run_platform

from deployment.steps import Operation
from deployment.types import ADDON, ATTACHMENT, NODE_GROUP, ROLE
from planning.addons import COREDNS, KUBE_PROXY, METRICS_SERVER, POD_IDENTITY_AGENT
from policy.documents import allowing

POLICY: Final = "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"
AGENT: Final = "amazon-cloudwatch-observability"
ACCOUNT: Final = {"serviceAccount": "cloudwatch-agent", "namespace": "amazon-cloudwatch"}
ADDONS: Final[dict[str, Any]] = {
    KUBE_PROXY: {"version": "v1.36.1-eksbuild.2", "configuration": {"mode": "nftables"}},
    COREDNS: {"configuration": {"replicaCount": 3}},
    METRICS_SERVER: {"version": "v0.8.0-eksbuild.2"},
    AGENT: {"role": {**ACCOUNT, "policies": [POLICY], "by": "pod-identity"}},
    "aws-mountpoint-s3-csi-driver": {
        "role": {
            "serviceAccount": "s3-csi-driver-sa",
            "policies": ["arn:aws:iam::111122223333:policy/files"],
        }
    },
}


@pytest.fixture(scope="module")
def graph() -> Graph:
    """The graph of dev with more add-ons."""
    return Graph(run_platform({"addons": ADDONS}))


def test_versions_and_configuration_are_the_stacks(graph: Graph) -> None:
    given = {
        name: (addon.get("version"), addon.get("configuration")) for name, addon in ADDONS.items()
    }
    made = {
        addon.inputs["addonName"]: (
            addon.inputs.get("addonVersion"),
            json.loads(addon.inputs.get("configurationValues") or "null"),
        )
        for addon in graph.of(ADDON)
    }
    assert {name: made[name] for name in given} == given
    assert made.keys() == {"vpc-cni", POD_IDENTITY_AGENT, *ADDONS}


def test_an_add_on_waits_for_nodes_dns_agent_and_permissions(graph: Graph) -> None:
    others = [graph.addon(name) for name in (AGENT, "aws-mountpoint-s3-csi-driver")]
    earlier = [*graph.of(NODE_GROUP), graph.addon(COREDNS), graph.addon(POD_IDENTITY_AGENT)]
    assert list(graph.missing_waits(others, earlier)) == []
    for addon, policy in zip(others, ("CloudWatchAgentServerPolicy", "files"), strict=True):
        attached = [a for a in graph.of(ATTACHMENT) if a.inputs["policyArn"].endswith(policy)]
        assert list(graph.missing_waits([addon], attached)) == []
    # kube-proxy makes nodes ready, and the agent needs none.
    assert not graph.waits_for(graph.addon(POD_IDENTITY_AGENT), graph.one(NODE_GROUP))
    assert graph.waits_for(graph.one(NODE_GROUP), graph.addon(KUBE_PROXY))


def test_a_role_is_for_one_service_account(graph: Graph) -> None:
    """Requirement 9, by Pod Identity and by IRSA."""
    roles = {role.outputs["arn"]: role for role in graph.of(ROLE)}
    (association,) = graph.addon(AGENT).inputs["podIdentityAssociations"]
    assert association["serviceAccount"] == "cloudwatch-agent"
    (statement,) = allowing(roles[association["roleArn"]].inputs, "assumeRolePolicy")
    assert set(statement.actions) == {"sts:AssumeRole", "sts:TagSession"}
    assert statement.conditions["StringEquals"] == {
        "aws:RequestTag/eks-cluster-name": "eks-platform-dev",
        "aws:RequestTag/kubernetes-namespace": "amazon-cloudwatch",
        "aws:RequestTag/kubernetes-service-account": "cloudwatch-agent",
    }
    arn = graph.addon("aws-mountpoint-s3-csi-driver").inputs["serviceAccountRoleArn"]
    (statement,) = allowing(roles[arn].inputs, "assumeRolePolicy")
    (subject,) = (
        value for key, value in statement.conditions["StringEquals"].items() if key.endswith(":sub")
    )
    assert "system:serviceaccount:kube-system:s3-csi-driver-sa" in subject


def test_a_step_that_leaves_kube_proxy_behind_is_refused() -> None:
    """The version that runs is the one that counts, whether a stack file names it or not."""
    pinned = {"addons": {KUBE_PROXY: {"version": "v1.36.1-eksbuild.2"}}}
    before = Graph(run_platform({}))
    addon = before.addon(KUBE_PROXY)
    addon.outputs["addonVersion"] = "v1.32.6-eksbuild.1"  # pyright: ignore[reportIndexIssue]
    run = run_of_platform(pinned, previous=before)
    (step,) = (s for s in run.steps if s.resource.inputs.get("addonName") == KUBE_PROXY)
    assert step.operation is Operation.UPDATE
    assert "more than 3 minor versions behind" in "".join(step.refusals)

    addon.outputs["addonVersion"] = "v1.35.6-eksbuild.1"  # pyright: ignore[reportIndexIssue]
    run = run_of_platform(pinned, previous=before)
    assert not any(step.refusals for step in run.steps)


def test_an_add_on_that_goes_back_is_said() -> None:
    later = {"addons": {COREDNS: {"version": "v1.12.4-eksbuild.1"}}}
    earlier = {"addons": {COREDNS: {"version": "v1.11.4-eksbuild.2"}}}
    run = run_of_platform(earlier, previous=Graph(run_platform(later)))
    assert any("goes back from v1.12.4-eksbuild.1 to v1.11.4" in line for line in run.warnings)
