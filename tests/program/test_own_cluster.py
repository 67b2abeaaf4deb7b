"""What a stack file says of roles, of the cluster's name and Services, and of who may use it."""

import json
from ipaddress import IPv4Address, IPv4Network
from typing import Any, Final

import pytest
from graph_model import Graph
from programs import run_of_platform, run_platform, section

from deployment.steps import Operation
from deployment.types import (
    ACCESS_ENTRY,
    ACCESS_POLICY,
    ALIAS,
    CLUSTER,
    LOG_GROUP,
    NODE_GROUP,
    ROLE,
    SERVICE,
    STORAGE_CLASS,
)
from planning.aws_limits import MOST_TAGS, OTHER_TAGS

BOUNDARY: Final = "arn:aws:iam::111122223333:policy/platform/boundary"
PROVIDER: Final = "pulumi:providers:kubernetes"
SHOP: Final = "arn:aws:iam::444455556666:role/team/shop"


def platform_with(cluster: dict[str, Any], **sections: Any) -> Graph:
    """Returns dev's graph with more in the section about the cluster."""
    return Graph(run_platform({"cluster": section("cluster") | cluster, **sections}))


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_every_role_has_the_path_and_the_boundary(stack: str) -> None:
    """That of the control plane, too, which pulumi-eks makes."""
    given = {"permissionsBoundary": BOUNDARY, "rolePath": "/platform/eks/"}
    graph = Graph(run_platform(given, stack))

    roles = graph.of(ROLE)
    assert {role.name for role in roles} >= {"cluster-eksRole-role", "nodes", "vpc-cni"}
    for role in roles:
        assert role.inputs["permissionsBoundary"] == BOUNDARY, role
        assert role.inputs["path"] == "/platform/eks/", role
        assert ":role/platform/eks/" in role.outputs["arn"], role
    arns = {role.outputs["arn"] for role in roles}
    assert graph.one(CLUSTER).inputs["roleArn"] in arns
    assert {group.inputs["nodeRoleArn"] for group in graph.of(NODE_GROUP)} <= arns
    assert graph.addon("vpc-cni").inputs["serviceAccountRoleArn"] in arns


def test_everything_follows_the_clusters_name() -> None:
    graph = platform_with({"name": "shop"})

    assert graph.one(CLUSTER).outputs["name"] == "shop"
    assert "/aws/eks/shop/cluster" in {group.inputs["name"] for group in graph.of(LOG_GROUP)}
    assert graph.one(ALIAS).inputs["name"] == "alias/shop-secrets"
    values = graph.release("aws-load-balancer-controller").inputs["values"]
    assert values["clusterName"] == "shop"
    text = json.dumps([resource.inputs for resource in graph])
    assert "eks-platform-dev" not in text


def test_services_have_addresses_of_the_named_block() -> None:
    """The class of the NFS server in the cluster, which has an address in it, follows."""
    block = IPv4Network("10.96.16.0/20")
    graph = platform_with({"serviceCidr": str(block)}, nfs={"backend": "in-cluster"})

    assert graph.one(CLUSTER).inputs["kubernetesNetworkConfig"] == {
        "serviceIpv4Cidr": str(block),
        "ipFamily": "ipv4",
    }
    addresses = [service.outputs["spec"]["clusterIP"] for service in graph.of(SERVICE)]
    servers = [
        found.inputs["parameters"]["server"]
        for found in graph.of(STORAGE_CLASS)
        if found.inputs["provisioner"] == "nfs.csi.k8s.io"
    ]
    assert servers
    assert {IPv4Address(address) in block for address in addresses + servers} == {True}


def test_access_is_an_entry_for_each_principal_with_its_policies() -> None:
    access = [
        {
            "principal": SHOP,
            "policies": {"view": {}, "edit": {"namespaces": ["shop", "shop-*"]}},
            "groups": ["shop:oncall"],
        },
        {"principal": f"{SHOP}-readers", "groups": ["shop:readers"]},
    ]
    graph = platform_with({"access": access})

    groups = {
        e.inputs["principalArn"]: e.inputs["kubernetesGroups"] for e in graph.of(ACCESS_ENTRY)
    }
    assert groups == {SHOP: ["shop:oncall"], f"{SHOP}-readers": ["shop:readers"]}
    policies = {
        one.inputs["policyArn"]: (one.inputs["principalArn"], one.inputs["accessScope"])
        for one in graph.of(ACCESS_POLICY)
    }
    policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKS{}Policy".format
    assert policies == {
        policy("View"): (SHOP, {"type": "cluster"}),
        policy("Edit"): (SHOP, {"type": "namespace", "namespaces": ["shop", "shop-*"]}),
    }
    # Whoever deploys may have access by one of them alone (requirement 7).
    (used,) = (r for r in graph.of(PROVIDER) if r.name == "cluster-kubernetes")
    waited = [*graph.of(ACCESS_POLICY), graph.of(ACCESS_ENTRY)[1]]
    assert list(graph.missing_waits([used], waited)) == []


@pytest.mark.parametrize(
    "access",
    [{"policies": {"edit": {}}}, {"policies": {"cluster-admin": {}}, "groups": ["a"]}],
    ids=["no longer", "and more"],
)
@pytest.mark.parametrize("back", [False, True], ids=["from an admin", "to an admin"])
def test_other_rights_are_no_second_entry(access: dict[str, Any], back: bool) -> None:  # noqa: FBT001  a parameter of pytest
    """EKS refuses a second entry of a principal, and finds what is there by its ARN."""
    admin = {"cluster": section("cluster") | {"admins": [SHOP]}}
    other = {"cluster": section("cluster") | {"access": [{"principal": SHOP, **access}]}}
    before, after = (other, admin) if back else (admin, other)
    run = run_of_platform(after, previous=Graph(run_platform(before)))

    steps = {s.resource.name: s for s in run.steps if s.resource.type == ACCESS_ENTRY}
    assert len(steps) == 1
    assert {step.operation for step in steps.values()} <= {Operation.SAME, Operation.UPDATE}
    if access["policies"].keys() == {"cluster-admin"}:
        policies = [s.operation for s in run.steps if s.resource.type == ACCESS_POLICY]
        assert policies == [Operation.SAME]


def test_as_many_tags_as_are_allowed_leave_room_for_others() -> None:
    others = max(map(len, OTHER_TAGS.values()))
    graph = Graph(run_platform({"tags": {f"key{n}": "v" for n in range(MOST_TAGS - others)}}))

    assert max(len(r.inputs.get("tags") or {}) for r in graph) <= MOST_TAGS - others + 2
