"""What an exported graph says of subnets, and of the addresses of pods in them."""

import base64
import email
import json
import tomllib
from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Any

from graph_model import Graph

from deployment.resource import Resource
from deployment.types import CLUSTER, ROUTE, ROUTE_TABLE_ASSOCIATION, STACK, SUBNET

POD_BLOCK = "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"


def block_of(resource: Resource) -> IPv4Network:
    """Returns the block of a VPC, a subnet or a part of one."""
    return IPv4Network(resource.inputs["cidrBlock"])


def route_table_of(graph: Graph, subnet: Resource) -> Resource:
    """Returns the route table that a subnet is associated with."""
    associations = graph.of(ROUTE_TABLE_ASSOCIATION)
    (found,) = (a for a in associations if a.inputs["subnetId"] == subnet.id)
    return graph.with_id(found.inputs["routeTableId"])


def routes_of(graph: Graph, table: Resource) -> list[Resource]:
    """Returns the routes of a route table."""
    return [route for route in graph.of(ROUTE) if route.inputs["routeTableId"] == table.id]


def pod_blocks(graph: Graph) -> list[IPv4Network]:
    """Returns the VPC's blocks for pods alone."""
    return [block_of(association) for association in graph.of(POD_BLOCK)]


def subnets_by_role(graph: Graph) -> dict[str, list[Resource]]:
    """Returns the subnets by what their blocks, routes and users make of them."""
    control_plane = set(graph.one(CLUSTER).inputs["vpcConfig"]["subnetIds"])
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


def nat_routes(graph: Graph) -> list[Resource]:
    """Returns the routes to NAT gateways."""
    return [route for route in graph.of(ROUTE) if route.inputs.get("natGatewayId")]


def cni_configuration(graph: Graph) -> dict[str, Any]:
    """Returns what the add-on vpc-cni is told."""
    data: dict[str, Any] = json.loads(graph.addon("vpc-cni").inputs["configurationValues"])
    return data


def cni_environment(graph: Graph) -> Mapping[str, str]:
    """Returns the environment of the VPC CNI."""
    environment: Mapping[str, str] = cni_configuration(graph).get("env", {})
    return environment


def max_pods_of(graph: Graph, group: Resource) -> int | None:
    """Returns the maxPods in the user data of a group's launch template."""
    template = graph.with_id(group.inputs["launchTemplate"]["id"])
    text = base64.b64decode(template.inputs.get("userData", "")).decode()
    found: int
    if group.inputs["amiType"].startswith("BOTTLEROCKET"):
        found = tomllib.loads(text)["settings"]["kubernetes"]["max-pods"]
        return found
    for part in email.message_from_string(text).walk():
        if part.get_content_type() == "application/node.eks.aws":
            config = json.loads(str(part.get_payload()))
            found = config["spec"]["kubelet"]["config"]["maxPods"]
            return found
    return None


def stack_plan(graph: Graph) -> dict[str, Any]:
    """Returns the plan that the stack exports."""
    plan: dict[str, Any] = graph.one(STACK).outputs["plan"]
    return plan
