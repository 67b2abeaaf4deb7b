"""Subnets, routes and the addresses of pods, as the program lays them out."""

import json
from itertools import combinations

from graph_model import Graph
from network_parts import (
    block_of,
    cni_environment,
    max_pods_of,
    pod_blocks,
    route_table_of,
    routes_of,
    stack_plan,
    subnets_by_role,
)

from deployment.types import (
    ADDON,
    FLOW_LOG,
    LAUNCH_TEMPLATE,
    LOG_GROUP,
    NAT_GATEWAY,
    NODE_GROUP,
    SUBNET,
    VPC,
    VPC_ENDPOINT,
)
from offline.ec2_data import instance_type_data

RESERVED = 5


def test_subnets_are_in_two_zones_and_apart(platform: Graph) -> None:
    """Requirement 13."""
    for subnets in subnets_by_role(platform).values():
        assert len({subnet.inputs["availabilityZone"] for subnet in subnets}) > 1
    blocks = [block_of(subnet) for subnet in platform.of(SUBNET)]
    whole = [block_of(platform.one(VPC)), *pod_blocks(platform)]
    assert all(any(block.subnet_of(outer) for outer in whole) for block in blocks)
    assert not [pair for pair in combinations(blocks, 2) if pair[0].overlaps(pair[1])]


def test_subnets_are_tagged_by_role_and_large_enough(platform: Graph) -> None:
    """Requirement 14."""
    tags = {
        "public": {"kubernetes.io/role/elb": "1"},
        "private": {"kubernetes.io/role/internal-elb": "1"},
    }
    least = {"public": 27, "private": 8, "control-plane": 16, "pods": 8}
    for role, subnets in subnets_by_role(platform).items():
        for subnet in subnets:
            found = subnet.inputs.get("tags", {}).items()
            roles = {key: value for key, value in found if key.startswith("kubernetes.io/role/")}
            assert roles == tags.get(role, {})
            assert block_of(subnet).num_addresses - RESERVED >= least[role]


def test_each_zone_leaves_by_its_own_nat_gateway_to_the_internet(platform: Graph) -> None:
    """Requirement 15."""
    gateways = {gateway.id: gateway for gateway in platform.of(NAT_GATEWAY)}
    roles = subnets_by_role(platform)
    for subnet in [*roles["private"], *roles.get("pods", [])]:
        (route,) = routes_of(platform, route_table_of(platform, subnet))
        home = platform.with_id(gateways[route.inputs["natGatewayId"]].inputs["subnetId"])
        assert home in roles["public"]
        # One gateway for all is what a stack asks for in so many words.
        zones = {place.inputs["availabilityZone"] for place in (subnet, home)}
        assert len(gateways) == 1 or len(zones) == 1


def test_all_traffic_is_logged_and_the_logs_end(platform: Graph) -> None:
    """Requirement 16."""
    groups = {group.outputs["arn"]: group for group in platform.of(LOG_GROUP)}
    log = platform.one(FLOW_LOG).inputs
    assert (log["vpcId"], log["trafficType"]) == (platform.one(VPC).id, "ALL")
    assert groups[log["logDestination"]].inputs["retentionInDays"]


def test_private_subnets_reach_s3_by_a_gateway_endpoint(platform: Graph) -> None:
    """Requirement 16."""
    tables = {route_table_of(platform, s).id for s in subnets_by_role(platform)["private"]}
    (endpoint,) = (
        endpoint.inputs
        for endpoint in platform.of(VPC_ENDPOINT)
        if endpoint.inputs["serviceName"].endswith(".s3")
    )
    assert endpoint["vpcEndpointType"] == "Gateway"
    assert tables <= set(endpoint["routeTableIds"])


def test_nodes_are_in_private_subnets(platform: Graph) -> None:
    """Requirement 17."""
    private = {subnet.id for subnet in subnets_by_role(platform)["private"]}
    for group in platform.of(NODE_GROUP):
        assert set(group.inputs["subnetIds"]) <= private


def test_nodes_have_the_one_group_that_eks_makes(platform: Graph) -> None:
    """Requirement 18: another one would replace it, and the control plane could not get in."""
    for template in platform.of(LAUNCH_TEMPLATE):
        assert not template.inputs.get("vpcSecurityGroupIds")
        assert not template.inputs.get("networkInterfaces")
    for group in platform.of(NODE_GROUP):
        assert group.inputs["launchTemplate"]
        assert not group.inputs.get("remoteAccess")


def pods_by_formula(name: str, graph: Graph) -> int:
    """Returns the pods of an instance type, from EC2's own figures and AWS's formula."""
    environment = cni_environment(graph)
    data = instance_type_data()[name]
    cards = data["NetworkInfo"]["NetworkCards"]
    (card,) = (card for card in cards if card["NetworkCardIndex"] == 0)
    interfaces = card["MaximumNetworkInterfaces"]
    if environment.get("AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG") == "true":
        interfaces -= 1
    slots = data["NetworkInfo"]["Ipv4AddressesPerInterface"] - 1
    size = 16 if environment.get("ENABLE_PREFIX_DELEGATION") == "true" else 1
    cap = 250 if data["VCpuInfo"]["DefaultVCpus"] > 30 else 110
    return min(interfaces * slots * size + 2, cap)


def test_nodes_run_the_pods_that_have_addresses(platform: Graph) -> None:
    """Requirement 19."""
    for group in platform.of(NODE_GROUP):
        fewest = min(pods_by_formula(name, platform) for name in group.inputs["instanceTypes"])
        assert max_pods_of(platform, group) == fewest


def test_subnets_hold_the_nodes_at_their_maximum(whole_platform: Graph) -> None:
    """Requirement 20."""
    planned = {entry["cidr"]: entry for entry in stack_plan(whole_platform)["subnets"]}
    roles = subnets_by_role(whole_platform)
    made = {str(block_of(subnet)) for subnets in roles.values() for subnet in subnets}
    assert planned.keys() == made
    for entry in planned.values():
        assert entry["fits"]
        assert entry["neededAddresses"] <= entry["usableAddresses"]
    # By far less than the plan: only the pods themselves, without what is kept warm.
    pods = sum(
        (max_pods_of(whole_platform, group) or 0) * group.inputs["scalingConfig"]["maxSize"]
        for group in whole_platform.of(NODE_GROUP)
    )
    with_pods = roles.get("pods") or roles["private"]
    assert pods <= sum(block_of(subnet).num_addresses for subnet in with_pods)


def test_warm_targets_do_something(platform: Graph) -> None:
    """Requirement 21."""
    environment = cni_environment(platform)
    prefixes = environment.get("ENABLE_PREFIX_DELEGATION") == "true"
    named = {key for key in environment if key.endswith("_TARGET")}
    by_address = named & {"WARM_IP_TARGET", "MINIMUM_IP_TARGET"}
    assert "WARM_IP_TARGET" not in named or "MINIMUM_IP_TARGET" in named
    assert not by_address or named == by_address
    assert ("WARM_ENI_TARGET" if prefixes else "WARM_PREFIX_TARGET") not in named
    if prefixes and not by_address:
        assert environment.get("WARM_PREFIX_TARGET") != "0"


def test_addon_configuration_is_canonical(platform: Graph) -> None:
    """Requirement 22."""
    texts = [addon.inputs.get("configurationValues") for addon in platform.of(ADDON)]
    assert any(texts)
    for text in filter(None, texts):
        data = json.loads(text)
        assert text == json.dumps(data, sort_keys=True, separators=(",", ":"))
        assert all(isinstance(value, str) for value in data.get("env", {}).values())


def test_the_cni_takes_over_and_keeps_what_is_tuned(platform: Graph) -> None:
    """Requirement 23."""
    inputs = platform.addon("vpc-cni").inputs
    assert inputs["resolveConflictsOnCreate"] == "OVERWRITE"
    assert inputs["resolveConflictsOnUpdate"] == "PRESERVE"
