"""Each mode of the VPC CNI makes what it needs, and nothing that it does not."""

import json
from ipaddress import IPv4Network
from typing import Any

import pulumi
import pytest
from graph_model import Graph
from network_parts import (
    POD_BLOCK,
    block_of,
    cni_configuration,
    cni_environment,
    max_pods_of,
    route_table_of,
    routes_of,
    stack_plan,
    subnets_by_role,
)
from platforms import broken_rules
from programs import run_platform, section

RESERVATION = "aws:ec2/subnetCidrReservation:SubnetCidrReservation"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
ENDPOINT_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
POD_CIDR = "100.64.0.0/16"
CUSTOM = {
    "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true",
    "ENI_CONFIG_LABEL_DEF": "topology.kubernetes.io/zone",
}


def export_mode(vpc_cni: dict[str, Any], network: dict[str, Any] | None = None) -> dict[str, Any]:
    custom = {"podCidr": POD_CIDR} if vpc_cni.get("mode") == "custom-networking" else {}
    changes = {"vpcCni": vpc_cni, "network": {**section("network"), **custom, **(network or {})}}
    return run_platform(changes)


def run_mode(vpc_cni: dict[str, Any], network: dict[str, Any] | None = None) -> Graph:
    return Graph(export_mode(vpc_cni, network))


# Environment, reservations, pod subnets and maxPods of a t3.medium in each mode.
MODES: dict[str, tuple[dict[str, Any], dict[str, str] | None, int, int, int]] = {
    "nothing said": ({}, None, 0, 0, 17),
    "secondary-ip": (
        {"mode": "secondary-ip", "warmIpTarget": 2, "minimumIpTarget": 6},
        {"WARM_IP_TARGET": "2", "MINIMUM_IP_TARGET": "6"},
        0,
        0,
        17,
    ),
    "prefix": (
        {"mode": "prefix", "warmPrefixTarget": 1},
        {"ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": "1"},
        4,
        0,
        110,
    ),
    "custom-networking": ({"mode": "custom-networking"}, CUSTOM, 0, 2, 12),
    "custom-networking, prefixes": (
        {"mode": "custom-networking", "prefixDelegation": True},
        {**CUSTOM, "ENABLE_PREFIX_DELEGATION": "true"},
        4,
        2,
        110,
    ),
}


@pytest.mark.parametrize("name", MODES)
def test_a_mode_makes_what_it_needs_and_no_more(name: str) -> None:
    vpc_cni, environment, reservations, pod_subnets, max_pods = MODES[name]
    export = export_mode(vpc_cni)
    graph = Graph(export)

    assert broken_rules(export) == []
    configuration = cni_configuration(graph)
    assert configuration.get("env") == environment
    assert configuration["enableNetworkPolicy"] == "true"
    assert ("eniConfig" in configuration) == bool(pod_subnets)
    assert len(graph.of(RESERVATION)) == reservations
    assert len(graph.of(POD_BLOCK)) == bool(pod_subnets)
    assert len(subnets_by_role(graph).get("pods", [])) == pod_subnets
    assert max_pods_of(graph, graph.one(NODE_GROUP)) == max_pods


@pytest.mark.parametrize(
    ("name", "role"), [("prefix", "private"), ("custom-networking, prefixes", "pods")]
)
def test_prefixes_are_reserved_where_pods_are(name: str, role: str) -> None:
    graph = run_mode(MODES[name][0])
    reservations = graph.of(RESERVATION)
    assert {part.inputs["reservationType"] for part in reservations} == {"prefix"}
    for subnet in subnets_by_role(graph)[role]:
        identifier, block = subnet.id, block_of(subnet)
        parts = [block_of(r) for r in reservations if r.inputs["subnetId"] == identifier]
        assert all(part.subnet_of(block) for part in parts)
        assert sum(part.num_addresses for part in parts) == block.num_addresses * 3 // 4


def test_nodes_wait_for_the_reservations() -> None:
    graph = run_mode(MODES["prefix"][0])
    assert list(graph.missing_waits(graph.of(NODE_GROUP), graph.of(RESERVATION))) == []


def test_each_zone_finds_its_pod_subnet_by_its_name() -> None:
    graph = run_mode(MODES["custom-networking"][0])
    config = cni_configuration(graph)["eniConfig"]
    group = graph.one("aws:eks/cluster:Cluster").outputs["vpcConfig"]["clusterSecurityGroupId"]
    assert config["create"] is True
    assert config["subnets"] == {
        subnet.inputs["availabilityZone"]: {"id": subnet.id, "securityGroups": [group]}
        for subnet in subnets_by_role(graph)["pods"]
    }
    assert config["subnets"].keys() == set(section("network")["zones"])


def test_pod_subnets_leave_as_private_ones_and_come_after_their_block() -> None:
    graph = run_mode(MODES["custom-networking"][0])
    roles = subnets_by_role(graph)
    private = {s.inputs["availabilityZone"]: route_table_of(graph, s) for s in roles["private"]}
    for subnet in roles["pods"]:
        table = route_table_of(graph, subnet)
        assert table.urn == private[subnet.inputs["availabilityZone"]].urn
        assert routes_of(graph, table)
    assert list(graph.missing_waits(roles["pods"], graph.of(POD_BLOCK))) == []
    ways = [
        association
        for association in graph.of("aws:ec2/routeTableAssociation:RouteTableAssociation")
        if association.inputs["subnetId"] in {subnet.id for subnet in roles["pods"]}
    ]
    assert list(graph.missing_waits(graph.of(NODE_GROUP), ways)) == []


def test_pods_of_their_own_subnets_reach_interface_endpoints() -> None:
    graph = run_mode(MODES["custom-networking"][0], {"interfaceEndpoints": ["sts"]})
    admitted = {
        rule.inputs.get("cidrIpv4") for rule in graph.of(ENDPOINT_RULE) if "endpoints" in rule.name
    }
    assert admitted == {section("network")["cidr"], POD_CIDR}


def test_a_new_zone_moves_no_pod_subnet() -> None:
    def blocks(zones: list[str]) -> dict[str, IPv4Network]:
        graph = run_mode(MODES["custom-networking"][0], {"zones": zones})
        return {subnet.name: block_of(subnet) for subnet in subnets_by_role(graph)["pods"]}

    zones = section("network")["zones"]
    before, after = blocks(zones), blocks(["ap-northeast-2b", *zones])
    assert len(after) == len(before) + 1
    assert before.items() <= after.items()


@pytest.mark.parametrize(
    ("cidr", "vpc_cni", "environment"),
    [
        # 20 nodes in a /21 take more than half of their /24.
        ("10.0.0.0/21", {}, {"MINIMUM_IP_TARGET": "5", "WARM_IP_TARGET": "2"}),
        ("10.0.0.0/21", {"warmEniTarget": 1}, {"WARM_ENI_TARGET": "1"}),
        ("10.0.0.0/16", {}, None),
    ],
)
def test_small_subnets_get_the_recommended_targets_where_none_is_named(
    cidr: str, vpc_cni: dict[str, Any], environment: dict[str, str] | None
) -> None:
    group = {**section("nodeGroups")["default"], "maxSize": 20}
    changes = {
        "vpcCni": vpc_cni,
        "network": {**section("network"), "cidr": cidr},
        "nodeGroups": {"default": group},
    }
    graph = Graph(run_platform(changes))
    assert cni_environment(graph) == (environment or {})
    source = stack_plan(graph)["podIps"]["warmTargetsFrom"]
    if vpc_cni:
        assert source == "stack file"
    else:
        assert source == ("recommended for small subnets" if environment else "AWS's defaults")


def test_a_stack_that_does_not_fit_is_refused_with_its_subnets_and_what_helps() -> None:
    group = {**section("nodeGroups")["default"], "maxSize": 400}
    network = {**section("network"), "cidr": "172.30.0.0/18"}

    with pytest.raises(pulumi.RunError) as refused:
        run_platform({"nodeGroups": {"default": group}, "network": network})

    lines = str(refused.value).splitlines()
    assert lines[0].startswith("Pulumi.dev.yaml: the subnets are too small")
    small = [line.split()[1:] for line in lines if line.startswith("  !")]
    assert small == [
        ["ap-northeast-2a", "172.30.0.0/21", "3,637", "2,043"],
        ["ap-northeast-2c", "172.30.16.0/21", "3,637", "2,043"],
        ["TOO", "SMALL"],
    ]
    assert any(line.startswith("    private: 200 default nodes x 18 = 3,600;") for line in lines)
    assert max(map(len, lines)) <= 80
    assert lines[lines.index("Any one of these makes it fit:") + 1 :] == [
        "  - a larger block: network.cidr of /17",
        "  - a lower maximum: nodeGroups.default.maxSize at most 222",
        "  - a pod CIDR: vpcCni.mode custom-networking and network.podCidr 100.64.0.0/16",
    ]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"cidr": "172.30.0.0/17"}, id="a larger block"),
        pytest.param({"maxSize": 222}, id="a lower maximum"),
        pytest.param({"mode": "custom-networking"}, id="a pod CIDR"),
        pytest.param({"cidr": "172.30.0.0/16", "mode": "prefix", "maxSize": 104}, id="prefixes"),
    ],
)
def test_what_would_help_does(changes: dict[str, Any]) -> None:
    group = {**section("nodeGroups")["default"], "maxSize": changes.get("maxSize", 400)}
    mode = changes.get("mode", "secondary-ip")
    network = {**section("network"), "cidr": changes.get("cidr", "172.30.0.0/18")}
    if mode == "custom-networking":
        network["podCidr"] = POD_CIDR
    graph = Graph(
        run_platform(
            {"nodeGroups": {"default": group}, "network": network, "vpcCni": {"mode": mode}}
        )
    )
    assert all(entry["fits"] for entry in stack_plan(graph)["subnets"])


def test_ten_groups_in_a_small_vpc_are_refused() -> None:
    group = {"instanceTypes": ["m5.large"], "minSize": 1, "desiredSize": 1, "maxSize": 5}
    network = {**section("network"), "cidr": "10.0.0.0/21"}
    with pytest.raises(pulumi.RunError, match="TOO SMALL"):
        run_platform({"nodeGroups": {f"group-{n}": group for n in range(10)}, "network": network})


def test_the_exported_plan_is_plain_data() -> None:
    plan = stack_plan(run_mode(MODES["custom-networking, prefixes"][0]))
    assert json.loads(json.dumps(plan)) == plan
    assert plan["podIps"]["nodeGroups"]["default"] == {
        "instanceTypes": ["t3.medium"],
        "maxNodes": 4,
        "maxPods": 110,
        "interfaces": 3,
        "subnetAddresses": 115,
    }


def test_a_small_block_with_pods_of_their_own_holds_four_zones() -> None:
    """A /24 and 100.64.0.0/16: the smallest network that people bring."""
    zones = [f"ap-northeast-2{letter}" for letter in "abcd"]
    export = export_mode({"mode": "custom-networking"}, {"cidr": "10.0.0.0/24", "zones": zones})
    graph = Graph(export)

    assert broken_rules(export) == []
    prefixes = {
        role: {block_of(subnet).prefixlen for subnet in subnets}
        for role, subnets in subnets_by_role(graph).items()
    }
    assert prefixes == {"public": {28}, "private": {27}, "control-plane": {28}, "pods": {19}}


def test_a_small_block_without_pods_of_their_own_is_refused_with_the_block_for_them() -> None:
    with pytest.raises(pulumi.RunError, match="the subnets are too small") as refused:
        export_mode({"mode": "secondary-ip"}, {"cidr": "10.0.0.0/24"})

    assert "network.podCidr 100.64.0.0/16" in str(refused.value)
