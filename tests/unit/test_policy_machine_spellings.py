"""Nodes and their networks as other people's programs write them."""

import json
from typing import Any

import pytest
from foreign import manifest, resource, said

from deployment import types

ROLE = "node-role-carries-no-more-than-nodes-need"
DISKS = "node-disks-encrypted"
CNI = "vpc-cni-has-its-own-role"
TAGS = "subnets-tagged-for-load-balancers"
PUBLIC = "nodes-in-private-subnets"
OF_CLUSTER = [{"key": "kubernetes.io/cluster/shop", "value": "owned"}]
FROM_TEMPLATE = {"launchTemplate": {"name": "shape", "version": "1"}}
MIXED = {
    "mixedInstancesPolicy": {
        "launchTemplate": {"launchTemplateSpecification": {"launchTemplateId": "id-of-shape"}}
    }
}


def _group(**properties: Any) -> dict[str, Any]:
    return resource(types.AUTO_SCALING_GROUP, "mine", {"tags": OF_CLUSTER, **properties})


def _shape(**properties: Any) -> dict[str, Any]:
    return resource(types.LAUNCH_TEMPLATE, "shape", {"name": "shape", **properties})


def _template(**properties: Any) -> dict[str, Any]:
    tags = [{"Key": "kubernetes.io/cluster/shop", "Value": "owned"}]
    group = {
        "Type": "AWS::AutoScaling::AutoScalingGroup",
        "Properties": {"Tags": tags, **properties},
    }
    body = json.dumps({"Resources": {"NodeGroup": group}})
    return resource(types.TEMPLATE_STACK, "nodes", {"templateBody": body})


@pytest.mark.parametrize(
    "nodes",
    [
        [resource(types.NODE_GROUP, "ours", {"nodeRoleArn": "arn:nodes"})],
        [_group(**FROM_TEMPLATE), _shape(iamInstanceProfile={"name": "profile"})],
        [_group(**FROM_TEMPLATE), _shape(iamInstanceProfile={"arn": "arn:profile"})],
        [_group(**MIXED), _shape(iamInstanceProfile={"name": "profile"})],
        [
            _group(launchConfiguration="old"),
            resource(
                types.LAUNCH_CONFIGURATION, "old", {"name": "old", "iamInstanceProfile": "profile"}
            ),
        ],
        [
            _template(LaunchConfigurationName="old"),
            resource(
                types.LAUNCH_CONFIGURATION, "old", {"name": "old", "iamInstanceProfile": "profile"}
            ),
        ],
        [
            _template(LaunchTemplate={"LaunchTemplateName": "shape", "Version": {"Ref": "Number"}}),
            _shape(iamInstanceProfile={"name": "profile"}),
        ],
        [resource(types.CLUSTER, "shop", {"computeConfig": {"nodeRoleArn": "arn:nodes"}})],
    ],
)
def test_the_role_of_nodes_is_seen_whoever_makes_them(nodes: Any) -> None:
    others = [
        resource(
            types.INSTANCE_PROFILE,
            "profile",
            {"name": "profile", "arn": "arn:profile", "role": "nodes"},
        ),
        resource(types.ROLE, "nodes", {"name": "nodes", "arn": "arn:nodes"}),
        resource(
            types.ATTACHMENT, "all", {"role": "nodes", "policyArn": "arn:policy/AmazonS3Full"}
        ),
    ]
    assert said(ROLE, *nodes, *others) == ["has a role that carries AmazonS3Full"]


def test_machines_that_are_no_nodes_may_carry_what_they_like() -> None:
    group = _group(tags=[{"key": "Name", "value": "bastion"}], **FROM_TEMPLATE)
    assert said(ROLE, group) == []
    assert said(ROLE, _group(**FROM_TEMPLATE)) == [
        "? name names shape, which is not part of the stack"
    ]


@pytest.mark.parametrize(
    ("properties", "others", "lines"),
    [
        ({}, [], ["has no launch template, and EKS's own encrypts no disk"]),
        ({"launchTemplate": None}, [], ["has no launch template, and EKS's own encrypts no disk"]),
        ({}, [resource(types.DISK_ENCRYPTION, "all", {"enabled": True})], []),
        ({"launchTemplate": {"id": "lt-of-others"}}, [], []),
    ],
)
def test_a_node_group_without_a_template_has_the_disks_of_eks(
    properties: Any, others: Any, lines: list[str]
) -> None:
    assert said(DISKS, resource(types.NODE_GROUP, "ours", properties), *others) == lines


@pytest.mark.parametrize(
    ("karpenter", "lines"),
    [
        ([], []),
        (
            [resource(types.RELEASE, "k", {"chart": "oci://public.ecr.aws/karpenter/karpenter"})],
            ["has no managed add-on vpc-cni"],
        ),
        (
            [manifest("kubernetes:karpenter.sh/v1:NodePool", "default", {})],
            ["has no managed add-on vpc-cni"],
        ),
    ],
)
def test_karpenter_brings_nodes_beside_fargate(karpenter: Any, lines: list[str]) -> None:
    cluster = resource(types.CLUSTER, "shop", {"name": "shop"})
    pods = resource(types.FARGATE_PROFILE, "pods", {"clusterName": "shop"})
    assert said(CNI, cluster, pods, *karpenter) == lines


VPC = resource(types.VPC, "net", {"mainRouteTableId": "rtb-1", "defaultRouteTableId": "rtb-1"})
SUBNET = resource(types.SUBNET, "one", {"vpcId": "id-of-net"})
OUT = {"gatewayId": "igw-1"}


@pytest.mark.parametrize(
    "ways",
    [
        [resource(types.ROUTE, "out", {"routeTableId": "rtb-1", **OUT})],
        [
            resource(
                types.DEFAULT_ROUTE_TABLE,
                "main",
                {"defaultRouteTableId": "rtb-1", "routes": [{"cidrBlock": "0.0.0.0/0", **OUT}]},
            )
        ],
        [
            resource(types.DEFAULT_ROUTE_TABLE, "main", {"defaultRouteTableId": "rtb-1"}),
            resource(types.ROUTE, "out", {"routeTableId": "id-of-main", **OUT}),
        ],
        [
            resource(
                types.ROUTE_TABLE_ASSOCIATION,
                "use",
                {"subnetId": "id-of-one", "routeTableId": "rtb-1"},
            ),
            resource(types.ROUTE, "out", {"routeTableId": "rtb-1", **OUT}),
        ],
    ],
)
def test_routes_of_a_vpc_s_main_table_are_seen(ways: Any) -> None:
    nodes = _group(vpcZoneIdentifiers=["id-of-one"])
    assert said(PUBLIC, nodes, VPC, SUBNET, *ways) == [
        "is in one, which leads to an internet gateway"
    ]


def _tagged(**tags: str) -> list[dict[str, Any]]:
    """Returns a control plane in a subnet that leads nowhere, with tags."""
    table = resource(types.ROUTE_TABLE, "table", {"vpcId": "id-of-net"})
    use = {"subnetId": "id-of-one", "routeTableId": "id-of-table"}
    return [
        VPC,
        resource(types.SUBNET, "one", {"vpcId": "id-of-net", "tags": {"Name": "one", **tags}}),
        table,
        resource(types.ROUTE_TABLE_ASSOCIATION, "use", use),
        # Nodes of the cluster are elsewhere.
        _group(vpcZoneIdentifiers=["subnet-of-others"]),
    ]


INTERNAL = {"kubernetes.io/role/internal-elb": "1"}


@pytest.mark.parametrize(
    ("tags", "cluster", "others", "is_wrong"),
    [
        (INTERNAL, {}, [], True),
        # Nodes that no group makes, a subnet for load balancers alone, and one with a way out.
        (INTERNAL, {"computeConfig": {"enabled": True}}, [], False),
        ({**INTERNAL, "karpenter.sh/discovery": "shop"}, {}, [], False),
        (INTERNAL, {"vpcConfig": {"subnetIds": []}}, [], False),
        (
            INTERNAL,
            {},
            [
                resource(
                    types.ROUTE, "far", {"routeTableId": "id-of-table", "transitGatewayId": "t"}
                )
            ],
            False,
        ),
        ({}, {}, [], False),
    ],
)
def test_a_role_tag_is_wrong_only_where_no_load_balancer_can_be_meant(
    tags: dict[str, str],
    cluster: Any,
    others: Any,
    is_wrong: bool,  # noqa: FBT001
) -> None:
    made = resource(types.CLUSTER, "shop", {"vpcConfig": {"subnetIds": ["id-of-one"]}, **cluster})
    lines = [line for line in said(TAGS, made, *_tagged(**tags), *others) if line[0] != "?"]
    assert bool(lines) == is_wrong


def test_keys_that_a_provider_keeps_for_itself_are_no_tags() -> None:
    (vpc, subnet, *others) = _tagged(__defaults=[], **INTERNAL)  # pyright: ignore[reportArgumentType]
    cluster = resource(types.CLUSTER, "shop", {"vpcConfig": {"subnetIds": ["id-of-one"]}})
    assert said(TAGS, vpc, subnet, *others, cluster) == [
        "has the tag kubernetes.io/role/internal-elb and is not for such load balancers"
    ]
