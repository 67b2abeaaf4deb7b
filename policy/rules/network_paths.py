"""Where the traffic of subnets goes."""

from pulumi_policy.proxy import UnknownValueError

from deployment.resource import Resource
from deployment.types import (
    INTERNET_GATEWAY,
    NAT_GATEWAY,
    ROUTE,
    ROUTE_TABLE,
    ROUTE_TABLE_ASSOCIATION,
)

from .graph import Graph
from .reading import read
from .unseen import OutsideError


def is_public(graph: Graph, subnet: Resource) -> bool:
    """Returns whether a subnet has a route to an internet gateway."""
    return any(_leads_to_the_internet(graph, route) for route in _routes(graph, subnet))


def nat_gateways(graph: Graph, subnet: Resource) -> list[Resource]:
    """Returns the NAT gateways that a subnet has a route to."""
    return [
        gateway
        for route in _routes(graph, subnet)
        for gateway in graph.named(route, "natGatewayId", NAT_GATEWAY)
    ]


def _routes(graph: Graph, subnet: Resource) -> list[Resource]:
    associations = graph.users(subnet, ROUTE_TABLE_ASSOCIATION, "subnetId")
    if not associations:
        message = f"{subnet} is on the VPC's main route table, which is not part of the stack"
        raise OutsideError(message)
    return [
        route
        for association in associations
        for table in graph.named(association, "routeTableId", ROUTE_TABLE)
        for route in graph.users(table, ROUTE, "routeTableId")
    ]


def _leads_to_the_internet(graph: Graph, route: Resource) -> bool:
    try:
        return str(read(route.properties, "gatewayId", "")).startswith("igw-")
    except UnknownValueError:
        return bool(graph.named(route, "gatewayId", INTERNET_GATEWAY))
