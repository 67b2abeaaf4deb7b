"""Rules see AWS resources in all their spellings, and what EKS brings by itself is no fault."""

import json
from dataclasses import replace
from typing import Any

import pytest
from foreign import judged, manifest, resource, said, urn

from deployment import types

IN_PRIVATE = "nodes-in-private-subnets"
TAGGED = {"key": "kubernetes.io/cluster/shop", "value": "owned", "propagateAtLaunch": True}
CNI = "vpc-cni-has-its-own-role"
PINNED = "service-account-roles-are-pinned"


def _network(*, is_public: bool = True, inline: bool = False) -> list[dict[str, Any]]:
    """Returns a subnet on a route table with a route out."""
    way = {"gatewayId": "igw-1"} if is_public else {"natGatewayId": "id-of-nat"}
    table = {"routes": [{"cidrBlock": "0.0.0.0/0", **way}]} if inline else {}
    return [
        resource(types.VPC, "net", {}),
        resource(types.SUBNET, "one", {"vpcId": "id-of-net", "availabilityZone": "eu-west-1a"}),
        resource(types.NAT_GATEWAY, "nat", {"subnetId": "elsewhere"}),
        resource(types.ROUTE_TABLE, "table", {"vpcId": "id-of-net", **table}),
        resource(
            types.ROUTE_TABLE_ASSOCIATION,
            "use",
            {"subnetId": "id-of-one", "routeTableId": "id-of-table"},
        ),
        *([] if inline else [resource(types.ROUTE, "out", {"routeTableId": "id-of-table", **way})]),
    ]


def _group(**properties: Any) -> dict[str, Any]:
    return resource(
        types.AUTO_SCALING_GROUP, "mine", {"vpcZoneIdentifiers": ["id-of-one"], **properties}
    )


def _template(*, tag: str = "kubernetes.io/cluster/shop", as_yaml: bool = True) -> dict[str, Any]:
    """Returns a CloudFormation stack with nodes, as programs of some years ago make it."""
    properties = {"VPCZoneIdentifier": ["id-of-one"], "Tags": [{"Key": tag, "Value": "owned"}]}
    group = {"Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": properties}
    body = json.dumps({"Resources": {"NodeGroup": group}})
    if as_yaml:
        body = "Outputs:\n  Nodes:\n    Value: !Ref NodeGroup\nResources: " + json.dumps(
            {"NodeGroup": group}
        )
    return resource(types.TEMPLATE_STACK, "nodes", {"templateBody": body})


PUBLIC = ["is in one, which leads to an internet gateway"]
OF_TEMPLATE = resource(
    types.LAUNCH_TEMPLATE,
    "shape",
    {"tagSpecifications": [{"resourceType": "instance", "tags": {TAGGED["key"]: "owned"}}]},
)


@pytest.mark.parametrize(
    ("nodes", "lines"),
    [
        ([resource(types.NODE_GROUP, "ours", {"subnetIds": ["id-of-one"]})], PUBLIC),
        ([_group(tags=[TAGGED])], PUBLIC),
        ([_group(tagsCollection=[TAGGED])], PUBLIC),
        ([_group(tags=[{"key": "k8s.io/cluster-autoscaler/enabled"}])], PUBLIC),
        ([_group(launchTemplate={"id": "id-of-shape"}), OF_TEMPLATE], PUBLIC),
        ([_template()], PUBLIC),
        ([_template(as_yaml=False)], PUBLIC),
        # Machines that are no nodes.
        ([_group(tags=[{"key": "Name"}])], []),
        ([_template(tag="Name")], []),
        (
            [
                resource(
                    types.TEMPLATE_STACK,
                    "x",
                    {"templateBody": "AWS::AutoScaling::AutoScalingGroup: ["},
                )
            ],
            ["? templateBody is neither JSON nor YAML"],
        ),
    ],
)
@pytest.mark.parametrize("inline", [True, False])
def test_public_nodes_are_seen_whoever_makes_them(
    nodes: Any,
    lines: list[str],
    inline: bool,  # noqa: FBT001
) -> None:
    assert said(IN_PRIVATE, *nodes, *_network(inline=inline)) == lines
    if lines == PUBLIC:
        assert said(IN_PRIVATE, *nodes, *_network(is_public=False, inline=inline)) == []


def test_a_vpc_s_main_route_table_counts_for_subnets_without_one() -> None:
    network = [one for one in _network() if one["type"] != types.ROUTE_TABLE_ASSOCIATION]
    main = resource(
        types.MAIN_ASSOCIATION, "main", {"vpcId": "id-of-net", "routeTableId": "id-of-table"}
    )
    assert said(IN_PRIVATE, _group(tags=[TAGGED]), *network, main) == PUBLIC
    (line,) = said(IN_PRIVATE, _group(tags=[TAGGED]), *network)
    assert line.startswith("? one is on the VPC's main route table")


CLUSTER = resource(types.CLUSTER, "shop", {"name": "shop"})
NODES = resource(types.NODE_GROUP, "ours", {"clusterName": "shop", "subnetIds": []})
FARGATE = resource(types.FARGATE_PROFILE, "pods", {"clusterName": "shop"})
AUTO = resource(types.CLUSTER, "shop", {"name": "shop", "computeConfig": {"enabled": True}})


def _addon(**properties: Any) -> dict[str, Any]:
    return resource(
        types.ADDON, "cni", {"addonName": "vpc-cni", "clusterName": "shop", **properties}
    )


def _association(account: str = "aws-node") -> dict[str, Any]:
    named = {"clusterName": "shop", "namespace": "kube-system", "serviceAccount": account}
    return resource(types.POD_IDENTITY, "pods", {**named, "roleArn": "arn:aws:iam::1:role/cni"})


WITHOUT = ["has no managed add-on vpc-cni"]
NO_ROLE = ["has the add-on cni without a role"]


@pytest.mark.parametrize(
    ("resources", "lines"),
    [
        ([CLUSTER, NODES], WITHOUT),
        ([CLUSTER, NODES, _addon()], NO_ROLE),
        ([CLUSTER, NODES, _addon(), _association()], []),
        ([CLUSTER, NODES, _addon(), _association("other")], NO_ROLE),
        (
            [
                CLUSTER,
                NODES,
                _addon(podIdentityAssociations=[{"roleArn": "arn:aws:iam::1:role/a"}]),
            ],
            [],
        ),
        ([CLUSTER, FARGATE], []),
        ([AUTO], []),
        (
            [
                CLUSTER,
                NODES,
                manifest(types.DAEMON_SET, "x", {}, labels={"app.kubernetes.io/name": "cilium"}),
            ],
            [],
        ),
        (
            [CLUSTER, NODES, resource("aws-native:eks:Addon", "cni", {"AddonName": "vpc-cni"})],
            ["? cni is of the type aws-native:eks:Addon"],
        ),
    ],
)
def test_what_gives_the_network_its_role(resources: Any, lines: list[str]) -> None:
    assert said(CNI, *resources) == lines


@pytest.mark.parametrize(
    ("cluster", "lines"),
    [
        ({}, []),
        ({"bootstrapSelfManagedAddons": True}, []),
        ({"bootstrapSelfManagedAddons": False}, ["waits for no add-on vpc-cni"]),
        ({"bootstrapSelfManagedAddons": False, "computeConfig": {"enabled": True}}, []),
    ],
)
def test_nodes_wait_for_a_network_that_eks_does_not_bring(cluster: Any, lines: list[str]) -> None:
    named = resource(types.CLUSTER, "shop", {"name": "shop", **cluster})
    assert said("nodes-after-the-vpc-cni", named, NODES) == lines


def _trust(
    operator: str, federation: str = "oidc.eks.eu-west-1.amazonaws.com/id/X", **compared: Any
) -> dict[str, Any]:
    conditions = {f"{federation}:{key}": value for key, value in compared.items()}
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{federation}"},
        "Condition": {operator: conditions},
    }
    return resource(types.ROLE, "role", {"assumeRolePolicy": {"Statement": statement}})


ACCOUNT = "system:serviceaccount:shop:web"
GITHUB = "token.actions.githubusercontent.com"


@pytest.mark.parametrize(
    ("role", "is_pinned"),
    [
        (_trust("StringEquals", sub=ACCOUNT, aud="sts.amazonaws.com"), True),
        (_trust("StringLike", sub=ACCOUNT, aud="sts.amazonaws.com"), True),
        (_trust("StringEquals", sub=[ACCOUNT], aud=["sts.amazonaws.com"]), True),
        (_trust("StringLike", sub="system:serviceaccount:shop:*", aud="sts.amazonaws.com"), False),
        (_trust("StringNotEquals", sub=ACCOUNT, aud="sts.amazonaws.com"), False),
        (_trust("StringEquals", sub=ACCOUNT), False),
        (_trust("StringLike", GITHUB, sub="repo:shop/*", aud="sts.amazonaws.com"), True),
    ],
)
def test_a_trust_policy_of_a_cluster_s_provider_is_pinned(role: Any, is_pinned: bool) -> None:  # noqa: FBT001
    assert (said(PINNED, role) == []) == is_pinned


def _policy(**statement: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Resource": "x", **statement}}


@pytest.mark.parametrize(
    "token", [types.POLICY, types.ROLE_POLICY, types.USER_POLICY, types.GROUP_POLICY, types.ROLE]
)
@pytest.mark.parametrize("action", ["*", "S3:*", ["s3:GetObject", "s3:*"], "*:*", "s3:**"])
def test_all_actions_are_seen_in_each_kind_of_policy(token: str, action: Any) -> None:
    for document in (_policy(Action=action), json.dumps(_policy(Action=action))):
        is_role = token == types.ROLE
        data = {"inlinePolicies": [{"policy": document}]} if is_role else {"policy": document}
        assert said("no-wildcard-actions", resource(token, "policy", data))


def test_actions_know_no_case() -> None:
    rule = "all-resources-only-where-there-is-no-way-round"
    known = resource(
        types.POLICY, "p", {"policy": _policy(Action="EC2:describeImages", Resource="*")}
    )
    assert said(rule, known) == []


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": ["*"]}])
@pytest.mark.parametrize(
    ("condition", "is_open"),
    [
        ({}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        ({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}, True),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, False),
        ({"StringEquals": {"kms:CallerAccount": "111122223333"}}, False),
    ],
)
def test_a_condition_may_say_who_everybody_is(
    principal: Any,
    condition: Any,
    is_open: bool,  # noqa: FBT001
) -> None:
    document = _policy(Action="x:Y", Principal=principal, Condition=condition)
    key = resource(types.KEY_POLICY, "key", {"policy": document})
    role = resource(types.ROLE, "role", {"assumeRolePolicy": document})
    assert bool(said("keys-not-for-everybody", key)) == is_open
    assert bool(said("roles-not-for-everybody", role)) == is_open


@pytest.mark.parametrize(
    ("token", "properties"),
    [
        (types.ATTACHMENT, {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
        (types.ATTACHMENTS, {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
        (types.USER_ATTACHMENT, {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
        (types.ROLE, {"managedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"]}),
    ],
)
def test_an_administrator_s_policy_is_seen(token: str, properties: Any) -> None:
    assert said("no-administrator-access", resource(token, "x", properties))


@pytest.mark.parametrize(
    "others",
    [
        [
            resource(
                types.ATTACHMENT, "a", {"role": "nodes", "policyArn": "arn:aws:iam::1:policy/X"}
            )
        ],
        [resource(types.ATTACHMENTS, "a", {"roles": ["nodes"], "policyArn": "arn:x:policy/X"})],
        [resource(types.ROLE_POLICY, "a", {"role": "id-of-nodes", "policy": "{}"})],
    ],
)
def test_what_a_node_role_carries_is_seen_in_each_spelling(others: Any) -> None:
    rule = "node-role-carries-no-more-than-nodes-need"
    group = resource(types.NODE_GROUP, "ours", {"nodeRoleArn": "arn:nodes"})
    role = {"name": "nodes", "arn": "arn:nodes"}
    assert said(rule, group, resource(types.ROLE, "nodes", role), *others)
    for own in ({"managedPolicyArns": ["arn:x/X"]}, {"inlinePolicies": [{"policy": "{}"}]}):
        assert said(rule, group, resource(types.ROLE, "nodes", {**role, **own}))
    assert said(rule, group, resource(types.ROLE, "nodes", role)) == []


@pytest.mark.parametrize(
    ("token", "properties", "lines"),
    [
        (types.SECURITY_GROUP_RULE, {"type": "ingress", "cidrBlocks": ["0.0.0.0/0"]}, True),
        (types.SECURITY_GROUP_RULE, {"type": "egress", "cidrBlocks": ["0.0.0.0/0"]}, False),
        (types.INGRESS_RULE, {"cidrIpv6": "::/0", "ipProtocol": "-1"}, True),
        (types.INGRESS_RULE, {"cidrIpv4": "0.0.0.0/0", "ipProtocol": "icmp", "fromPort": 8}, False),
        (
            types.SECURITY_GROUP,
            {"ingress": [{"cidrBlocks": ["0.0.0.0/0"], "protocol": "-1"}]},
            True,
        ),
    ],
)
def test_an_open_port_is_seen_in_each_spelling(
    token: str,
    properties: Any,
    lines: bool,  # noqa: FBT001
) -> None:
    found = said("nothing-but-web-ports-open-to-the-world", resource(token, "open", properties))
    assert bool(found) == lines


def _tagged(**tags: str) -> list[dict[str, Any]]:
    network = _network()
    network[1]["inputs"]["tags"] = network[1]["outputs"]["tags"] = tags
    return network


def test_a_role_tag_may_be_empty_and_is_for_clusters_alone() -> None:
    rule, tag = "subnets-tagged-for-load-balancers", "kubernetes.io/role/elb"
    cluster = resource(types.CLUSTER, "shop", {"vpcConfig": {"subnetIds": ["id-of-one"]}})
    assert said(rule, cluster, *_tagged(**{tag: ""})) == []
    assert said(rule, cluster, *_tagged(**{tag: "1"})) == []
    assert said(rule, cluster, *_tagged()) == [f"has no tag {tag}=1"]
    assert said(rule, *_tagged()) == []


def test_a_version_that_is_later_than_the_data_is_not_checked() -> None:
    rule = "kubernetes-version-supported"
    for version, line in (
        ("1.99", "? version 1.99 is later than those that this pack knows"),
        ("1.31", "has version 1.31, which is not in standard support"),
        ("latest", "? version is no version such as 1.35"),
    ):
        assert said(rule, resource(types.CLUSTER, "shop", {"version": version})) == [line]


def test_a_list_of_networks_says_that_a_public_endpoint_is_for_them() -> None:
    listed = {"vpcConfig": {"publicAccessCidrs": ["198.51.100.0/24"]}}
    rule = "public-api-only-for-listed-networks"
    assert said(rule, resource(types.CLUSTER, "shop", listed)) == []


@pytest.mark.parametrize(
    ("url", "lines"),
    [("https://oidc.eks.eu-west-1.amazonaws.com/id/X", True), (f"https://{GITHUB}", False)],
)
def test_an_audience_is_asked_of_a_cluster_s_provider(url: str, lines: bool) -> None:  # noqa: FBT001
    provider = resource(types.OIDC_PROVIDER, "p", {"url": url, "clientIdLists": ["x"]})
    assert bool(said("oidc-provider-for-sts-only", provider)) == lines


def test_a_type_of_cloud_control_is_said_to_be_unread() -> None:
    line = "? is of the type aws-native:eks:Cluster, which no rule reads"
    assert said("private-api", resource("aws-native:eks:Cluster", "shop", {})) == [line]


def test_a_remediation_for_a_foreign_stack_has_the_page_of_the_type() -> None:
    (found,) = judged("keys-rotate", resource(types.KEY, "key", {}))
    page = "https://www.pulumi.com/registry/packages/aws/api-docs/kms/key/"
    assert found.remediation == f"Set enableKeyRotation to true. {page}"
    assert found.urn == urn(types.KEY, "key")
    assert replace(found, urn="").remediation == "Set enableKeyRotation to true."
    # The registry has no pages of custom resources.
    of_argo = replace(found, urn=urn("kubernetes:argoproj.io/v1alpha1:Rollout", "web"))
    assert of_argo.remediation == "Set enableKeyRotation to true."
