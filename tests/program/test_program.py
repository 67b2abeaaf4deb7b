"""What stack files other than the shipped ones make of the platform."""

import json
from typing import Any

import pulumi
import pytest
from graph_model import Graph
from network_parts import nat_routes
from platforms import ARM_AND_SPOT, broken_rules
from programs import run_platform, section
from regions import preview_in, texts_of

from deployment.types import SUBNET

NAT = "aws:ec2/natGateway:NatGateway"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"


def blocks(data: dict[str, Any]) -> dict[str, str]:
    return {subnet.name: subnet.inputs["cidrBlock"] for subnet in Graph(data).of(SUBNET)}


def test_no_name_depends_on_the_order_of_a_list() -> None:
    """Requirement 39."""
    network = section("network")
    reversed_zones = {**network, "zones": network["zones"][::-1]}
    assert run_platform({"network": reversed_zones}) == run_platform()


def test_a_new_zone_moves_nothing() -> None:
    """Requirement 13."""
    network = section("network")
    before = run_platform()
    after = run_platform({"network": {**network, "zones": ["ap-northeast-2b", *network["zones"]]}})
    assert blocks(before).items() < blocks(after).items()
    assert len(blocks(after)) - len(blocks(before)) == 3
    names = {resource.urn for resource in Graph(before)}
    assert names < {resource.urn for resource in Graph(after)}


def test_one_nat_gateway_serves_all_zones_when_a_stack_says_so() -> None:
    """Requirement 15: NAT in each zone unless the stack says otherwise."""
    network = section("network")
    assert len(Graph(run_platform()).of(NAT)) == 1
    del network["nat"]
    graph = Graph(run_platform({"network": network}))
    assert len(graph.of(NAT)) == len(network["zones"])
    assert len({route.inputs["natGatewayId"] for route in nat_routes(graph)}) == len(
        network["zones"]
    )


def test_everything_is_in_the_partition_of_the_region() -> None:
    """Requirement 11."""
    text = texts_of(preview_in("dev", "cn-north-1").resources)
    assert "arn:aws:" not in text
    assert "arn:aws-cn:iam::aws:policy/AmazonEKS_CNI_Policy" in text
    assert "918309763551.dkr.ecr.cn-north-1.amazonaws.com.cn/amazon/aws-load-balancer" in text


def test_sections_that_are_absent_make_nothing() -> None:
    data = run_platform({"nfs": None, "sampleApp": None, "tags": None, "vpcCni": None})
    graph = Graph(data)
    assert not [r for r in graph if r.type.startswith(("aws:efs", "kubernetes:core"))]
    outputs = graph.one("pulumi:pulumi:Stack").outputs
    assert "storageClass" not in outputs
    assert "ingressHostname" not in outputs
    assert outputs["plan"]["subnets"]


def test_the_api_is_private_unless_networks_are_listed() -> None:
    """Requirement 25."""
    cluster = section("cluster")
    del cluster["publicAccessCidrs"]
    config = Graph(run_platform({"cluster": cluster})).one("aws:eks/cluster:Cluster").inputs
    assert config["vpcConfig"]["endpointPublicAccess"] is False
    assert "publicAccessCidrs" not in config["vpcConfig"]


def test_a_joined_network_reaches_the_private_api() -> None:
    cluster = {**section("cluster"), "privateAccessCidrs": ["10.8.0.0/16"]}
    graph = Graph(run_platform({"cluster": cluster}))
    nodes = graph.one("aws:eks/cluster:Cluster").outputs["vpcConfig"]["clusterSecurityGroupId"]
    (rule,) = (
        rule
        for rule in graph.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
        if rule.inputs["securityGroupId"] == nodes
    )
    assert (rule.inputs["fromPort"], rule.inputs["toPort"]) == (443, 443)
    assert rule.inputs["cidrIpv4"] == "10.8.0.0/16"
    # Whoever deploys comes from there: nothing in Kubernetes is made before or deleted after.
    objects = [resource for resource in graph if resource.type.startswith("kubernetes:")]
    assert list(graph.missing_waits(objects, [rule])) == []


def test_a_cluster_is_protected_unless_the_stack_says_otherwise() -> None:
    """Requirement 24."""
    cluster = section("cluster")
    del cluster["deletionProtection"]
    resources = run_platform({"cluster": cluster})["deployment"]["resources"]
    guarded = [resource for resource in resources if resource.get("protect")]
    # The engine's protection goes with that of AWS: it refuses before anything is deleted.
    assert [resource["type"] for resource in guarded] == ["aws:eks/cluster:Cluster"]
    assert guarded[0]["inputs"]["deletionProtection"] is True


def test_another_region_with_arm_and_spot_nodes() -> None:
    data = run_platform(ARM_AND_SPOT)
    graph = Graph(data)
    assert broken_rules(data) == []
    system, batch = (
        next(g for g in graph.of(NODE_GROUP) if g.name == f"nodes-{name}").inputs
        for name in ("system", "batch")
    )
    assert system["amiType"] == "AL2023_ARM_64_STANDARD"
    assert batch["amiType"] == "BOTTLEROCKET_x86_64"
    assert batch["capacityType"] == "SPOT"
    assert batch["labels"] == {"workload": "batch"}
    assert batch["taints"] == [{"key": "workload", "value": "batch", "effect": "NO_SCHEDULE"}]


def test_interface_endpoints_admit_https_from_the_vpc_only() -> None:
    network = {**section("network"), "interfaceEndpoints": ["sts", "ecr.api"]}
    graph = Graph(run_platform({"network": network}))
    endpoints = [
        endpoint.inputs
        for endpoint in graph.of("aws:ec2/vpcEndpoint:VpcEndpoint")
        if endpoint.inputs["vpcEndpointType"] == "Interface"
    ]
    assert {endpoint["serviceName"] for endpoint in endpoints} == {
        "com.amazonaws.ap-northeast-2.sts",
        "com.amazonaws.ap-northeast-2.ecr.api",
    }
    (group,) = {group for endpoint in endpoints for group in endpoint["securityGroupIds"]}
    rules = [
        rule.inputs
        for rule in graph.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
        if rule.inputs["securityGroupId"] == group
    ]
    assert [(r["fromPort"], r["toPort"], r["cidrIpv4"]) for r in rules] == [
        (443, 443, network["cidr"])
    ]


def test_a_pinned_cni_version_is_asked_for() -> None:
    graph = Graph(run_platform({"vpcCni": {"version": "v1.22.3-eksbuild.1"}}))
    assert graph.addon("vpc-cni").inputs["addonVersion"] == "v1.22.3-eksbuild.1"


def test_a_certificate_makes_https_with_a_redirect() -> None:
    app = section("sampleApp", "prod")
    annotations = (
        Graph(run_platform(stack="prod"))
        .one("kubernetes:networking.k8s.io/v1:Ingress")
        .inputs["metadata"]["annotations"]
    )
    alb = "alb.ingress.kubernetes.io/"
    assert json.loads(annotations[f"{alb}listen-ports"]) == [{"HTTP": 80}, {"HTTPS": 443}]
    assert annotations[f"{alb}ssl-redirect"] == "443"
    assert annotations[f"{alb}certificate-arn"] == app["certificateArn"]


def test_access_logs_go_to_the_bucket_that_the_stack_names() -> None:
    app = {**section("sampleApp"), "accessLogsBucket": "team-logs"}
    graph = Graph(run_platform({"sampleApp": app}))
    annotations = graph.one("kubernetes:networking.k8s.io/v1:Ingress").inputs["metadata"]
    attributes = annotations["annotations"]["alb.ingress.kubernetes.io/load-balancer-attributes"]
    assert {
        "access_logs.s3.enabled=true",
        "access_logs.s3.bucket=team-logs",
        "access_logs.s3.prefix=sample-app",
    } <= set(attributes.split(","))


@pytest.mark.parametrize(
    ("scheme", "role"), [("internal", "private"), ("internet-facing", "public")]
)
def test_only_the_load_balancer_reaches_the_pods(scheme: str, role: str) -> None:
    graph = Graph(run_platform({"sampleApp": {**section("sampleApp"), "scheme": scheme}}))
    policy = graph.one("kubernetes:networking.k8s.io/v1:NetworkPolicy").inputs["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert not policy.get("egress")
    (rule,) = policy["ingress"]
    admitted = {peer["ipBlock"]["cidr"] for peer in rule["from"]}
    wanted = {block for name, block in blocks(run_platform()).items() if f"-{role}-" in name}
    assert admitted == wanted


def test_every_entry_of_a_list_or_map_is_checked() -> None:
    cluster = {
        **section("cluster"),
        "publicAccessCidrs": ["0.0.0.0/0", "203.0.113.0/24", "0.0.0.0/1"],
        "admins": ["one", "two"],
    }
    with pytest.raises(pulumi.RunError) as refused:
        run_platform({"cluster": cluster, "tags": {"aws:one": "1", "two": "\n"}})
    keys = [line.split(": ")[0].strip() for line in str(refused.value).splitlines()[1:]]
    assert keys == [
        "eks-platform:cluster.publicAccessCidrs[0]",
        "eks-platform:cluster.publicAccessCidrs[2]",
        "eks-platform:cluster.admins[0]",
        "eks-platform:cluster.admins[1]",
        "eks-platform:tags.aws:one",
        "eks-platform:tags.two",
    ]


def test_a_refused_stack_registers_nothing() -> None:
    with pytest.raises(pulumi.RunError, match=r"Pulumi\.dev\.yaml is not valid"):
        run_platform({"network": {**section("network"), "zones": ["ap-northeast-2a"]}})


def test_more_apps_stand_beside_the_sample_app() -> None:
    app = section("sampleApp")
    apps = {"shop": {**app, "shutdown": {"propagationSeconds": 40}}, "api": {}}
    data = run_platform({"apps": apps})
    graph = Graph(data)
    assert broken_rules(data) == []
    names = {"sample-app", "shop", "api"}
    assert {d.name for d in graph.of("kubernetes:apps/v1:Deployment")} == names
    outputs = graph.one("pulumi:pulumi:Stack").outputs
    assert outputs["ingressHostnames"].keys() == names
    assert outputs["ingressHostname"] == outputs["ingressHostnames"]["sample-app"]
    assert outputs["plan"]["shutdown"]["shop"]["preStopSeconds"] == 50
    assert {r.urn for r in Graph(run_platform())} < {r.urn for r in graph}


@pytest.mark.parametrize("name", ["sample-app", "default", "kube-x", "Shop", "9lives", "a_b"])
def test_an_app_needs_a_name_of_its_own(name: str) -> None:
    with pytest.raises(pulumi.RunError, match=rf"apps\.{name}: must be at most 40 of"):
        run_platform({"apps": {name: {}}})


def test_a_mistake_in_one_app_hides_no_other() -> None:
    groups = {**section("nodeGroups"), "A_b": {"instanceTypes": []}}
    with pytest.raises(pulumi.RunError) as refused:
        run_platform(
            {
                "nodeGroups": groups,
                "apps": {"default": {}, "shop": {"shutdown": {"preStopSeconds": 3}}},
            }
        )
    keys = [line.split(": ")[0].strip() for line in str(refused.value).splitlines()[1:]]
    assert {
        "eks-platform:nodeGroups.A_b",
        "eks-platform:nodeGroups.A_b.instanceTypes",
        "eks-platform:nodeGroups.A_b.minSize",
        "eks-platform:apps.default",
        "eks-platform:apps.shop.shutdown.preStopSeconds",
    } <= set(keys)


def test_spot_nodes_tighten_the_grace_period() -> None:
    groups = section("nodeGroups")
    spot = {name: {**group, "capacityType": "SPOT"} for name, group in groups.items()}
    slow = {"shutdown": {"propagationSeconds": 60, "longestRequestSeconds": 40}}
    run_platform({"apps": {"slow": slow}})
    refused = r"apps\.slow\.shutdown\.longestRequestSeconds: .*below 120"
    with pytest.raises(pulumi.RunError, match=refused):
        run_platform({"apps": {"slow": slow}, "nodeGroups": spot})
    # Where only nodes that repel it are spot, it does not run there.
    taints = [{"key": "batch", "value": "", "effect": "NO_SCHEDULE"}]
    batch = {**next(iter(spot.values())), "taints": taints}
    run_platform({"apps": {"slow": slow}, "nodeGroups": {**groups, "batch": batch}})
