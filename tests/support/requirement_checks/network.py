"""Network: requirements 13 to 18 and 39."""

from collections.abc import Iterator
from ipaddress import IPv4Network, ip_network
from itertools import combinations

from graph_model import Graph

from deployment.resource import Resource
from offline import schema
from requirement_checks.ordering import NODE_GROUP
from requirement_checks.registry import requirement

SUBNET = "aws:ec2/subnet:Subnet"
_RESERVED = 5


def block_of(resource: Resource) -> IPv4Network:
    """Returns the block of a VPC, a subnet or a part of one."""
    return IPv4Network(resource.inputs["cidrBlock"])


def route_table_of(graph: Graph, subnet: Resource) -> Resource:
    """Returns the route table that a subnet is associated with."""
    associations = graph.of("aws:ec2/routeTableAssociation:RouteTableAssociation")
    (found,) = (a for a in associations if a.inputs["subnetId"] == subnet.id)
    return graph.with_id(found.inputs["routeTableId"])


def routes_of(graph: Graph, table: Resource) -> list[Resource]:
    """Returns the routes of a route table."""
    routes = graph.of("aws:ec2/route:Route")
    return [r for r in routes if r.inputs["routeTableId"] == table.id]


def pod_blocks(graph: Graph) -> list[IPv4Network]:
    """Returns the VPC's blocks for pods alone."""
    associations = graph.of("aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation")
    return [block_of(association) for association in associations]


def subnets_by_role(graph: Graph) -> dict[str, list[Resource]]:
    """Returns the subnets by what their blocks, routes and users make of them."""
    control_plane = set(graph.one("aws:eks/cluster:Cluster").inputs["vpcConfig"]["subnetIds"])
    roles: dict[str, list[Resource]] = {"public": [], "private": [], "control-plane": []}
    for subnet in graph.of(SUBNET):
        routes = routes_of(graph, route_table_of(graph, subnet))
        if any(block_of(subnet).subnet_of(block) for block in pod_blocks(graph)):
            roles.setdefault("pods", []).append(subnet)
        elif subnet.id in control_plane:
            roles["control-plane"].append(subnet)
        elif any(route.inputs.get("gatewayId") for route in routes):
            roles["public"].append(subnet)
        else:
            roles["private"].append(subnet)
    return roles


@requirement(13)
def zones_are_two_and_blocks_apart(graph: Graph) -> Iterator[str]:
    vpc = [block_of(graph.one("aws:ec2/vpc:Vpc")), *pod_blocks(graph)]
    for role, subnets in subnets_by_role(graph).items():
        if len({subnet.inputs["availabilityZone"] for subnet in subnets}) < 2:
            yield f"{role} subnets are in fewer than two zones: {subnets}"
    for subnet in graph.of(SUBNET):
        if not any(block_of(subnet).subnet_of(block) for block in vpc):
            yield f"{subnet} lies outside {vpc}"
    for one, other in combinations(graph.of(SUBNET), 2):
        if block_of(one).overlaps(block_of(other)):
            yield f"{one} overlaps {other}"


@requirement(14)
def subnets_are_tagged_and_large_enough(graph: Graph) -> Iterator[str]:
    wanted = {
        "public": {"kubernetes.io/role/elb": "1"},
        "private": {"kubernetes.io/role/internal-elb": "1"},
        "control-plane": {},
        "pods": {},
    }
    least = {"public": 27, "private": 8, "control-plane": 16, "pods": 8}
    for role, subnets in subnets_by_role(graph).items():
        for subnet in subnets:
            tags = subnet.inputs.get("tags", {})
            roles = {key: tags[key] for key in tags if key.startswith("kubernetes.io/role/")}
            if roles != wanted[role]:
                yield f"{role} {subnet} is tagged {roles}"
            usable = block_of(subnet).num_addresses - _RESERVED
            if usable < least[role]:
                yield f"{role} {subnet} has {usable} usable addresses"


@requirement(15)
def each_zone_leaves_by_its_own_nat_gateway(graph: Graph) -> Iterator[str]:
    gateways = {gateway.id: gateway for gateway in graph.of("aws:ec2/natGateway:NatGateway")}
    roles = subnets_by_role(graph)
    for subnet in [*roles["private"], *roles.get("pods", [])]:
        routes = routes_of(graph, route_table_of(graph, subnet))
        used = [gateways.get(route.inputs.get("natGatewayId", "")) for route in routes]
        if len(used) != 1 or used[0] is None:
            yield f"{subnet} leaves by {used}"
            continue
        home = graph.with_id(used[0].inputs["subnetId"])
        zones = (subnet.inputs["availabilityZone"], home.inputs["availabilityZone"])
        # One gateway for all is what a stack asks for in so many words.
        if len(gateways) > 1 and zones[0] != zones[1]:
            yield f"{subnet} in {zones[0]} leaves through {zones[1]}"
        if not any(
            r.inputs.get("gatewayId") for r in routes_of(graph, route_table_of(graph, home))
        ):
            yield f"{used[0]} is in {home}, which does not reach the internet"


@requirement(16)
def what_nobody_asked_for_is_closed_and_traffic_is_logged(graph: Graph) -> Iterator[str]:
    vpc = graph.one("aws:ec2/vpc:Vpc").id
    closed = [
        group
        for group in graph.of("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
        if group.inputs["vpcId"] == vpc
        and not group.inputs.get("ingress")
        and not group.inputs.get("egress")
    ]
    if not closed:
        yield "the default security group has rules"
    logs = [log for log in graph.of("aws:ec2/flowLog:FlowLog") if log.inputs.get("vpcId") == vpc]
    groups = {group.outputs["arn"]: group for group in graph.of("aws:cloudwatch/logGroup:LogGroup")}
    if not any(log.inputs.get("trafficType") == "ALL" for log in logs):
        yield "there are no flow logs of all traffic"
    for log in logs:
        group = groups.get(log.inputs.get("logDestination", ""))
        if group is None or not group.inputs.get("retentionInDays"):
            yield f"{log} goes to {group}, without retention"
    tables = {route_table_of(graph, s).id for s in subnets_by_role(graph)["private"]}
    s3 = [
        endpoint
        for endpoint in graph.of("aws:ec2/vpcEndpoint:VpcEndpoint")
        if endpoint.inputs["serviceName"].endswith(".s3")
        and endpoint.inputs.get("vpcEndpointType") == "Gateway"
    ]
    if not any(tables <= set(endpoint.inputs.get("routeTableIds", [])) for endpoint in s3):
        yield "private subnets have no gateway endpoint for S3"


@requirement(17)
def nodes_are_private(graph: Graph) -> Iterator[str]:
    private = {subnet.id for subnet in subnets_by_role(graph)["private"]}
    for group in graph.of(NODE_GROUP):
        if not set(group.inputs["subnetIds"]) <= private:
            yield f"{group} is not in private subnets only"
    for subnet in graph.of(SUBNET):
        if subnet.inputs.get("mapPublicIpOnLaunch"):
            yield f"{subnet} gives public addresses"
    for template in graph.of("aws:ec2/launchTemplate:LaunchTemplate"):
        for interface in template.inputs.get("networkInterfaces", []):
            if interface.get("associatePublicIpAddress") != "false":
                yield f"{template} gives public addresses"


@requirement(18)
def nodes_have_the_one_group_that_eks_makes(graph: Graph) -> Iterator[str]:
    for group in graph.of("aws:ec2/securityGroup:SecurityGroup"):
        if any(key.startswith("kubernetes.io/cluster/") for key in group.inputs.get("tags", {})):
            yield f"{group} carries the cluster's ownership tag, too"
    for template in graph.of("aws:ec2/launchTemplate:LaunchTemplate"):
        if template.inputs.get("vpcSecurityGroupIds") or template.inputs.get("networkInterfaces"):
            yield f"{template} replaces the group that lets the control plane in"
    for group in graph.of(NODE_GROUP):
        if not group.inputs.get("launchTemplate") or group.inputs.get("remoteAccess"):
            yield f"{group} has security groups of its own"


@requirement(39)
def everything_is_tagged(graph: Graph) -> Iterator[str]:
    wanted = set(graph.one("aws:ec2/vpc:Vpc").inputs["tags"].items())
    wanted = {item for item in wanted if item[0] != "Name"}
    if not wanted:
        yield "the stack has no tags to look for"
    for resource in graph:
        if resource.type.startswith("aws:") and "tagsAll" in schema.output_names(resource.type):
            tags = resource.inputs.get("tags") or {}
            if not wanted <= set(tags.items()):
                yield f"{resource} is tagged {tags}"
    for template in graph.of("aws:ec2/launchTemplate:LaunchTemplate"):
        kinds = {
            entry["resourceType"]: set(entry.get("tags", {}).items())
            for entry in template.inputs.get("tagSpecifications", [])
        }
        for kind in ("instance", "volume", "network-interface"):
            if not wanted <= kinds.get(kind, set()):
                yield f"{template} leaves each {kind} without tags"


def world_open(block: str) -> bool:
    """Returns whether a block is everybody."""
    return ip_network(block).prefixlen == 0
