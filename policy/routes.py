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
from .unknown import OutsideError


def is_public(graph: Graph, subnet: Resource) -> bool:
    """Returns whether a subnet has a route to an internet gateway."""
    return any(_leads_to_the_internet(graph, route) for route in _routes(graph, subnet))


def nat_gateways(graph: Graph, subnet: Resource) -> list[Resource]:
    """Returns the NAT gateways that a subnet has a route to."""
    return [gateway for route in _routes(graph, subnet) for gateway in _gateways_of(graph, route)]


def ways_out(graph: Graph, subnet: Resource) -> list[Resource]:
    """Returns what leads a subnet out: its route table's association and the routes to NAT."""
    routes = [route for route in _routes(graph, subnet) if _gateways_of(graph, route)]
    return [*_associations(graph, subnet), *routes]


def _gateways_of(graph: Graph, route: Resource) -> list[Resource]:
    return graph.named(route, "natGatewayId", NAT_GATEWAY)


def _associations(graph: Graph, subnet: Resource) -> list[Resource]:
    if found := graph.users(subnet, ROUTE_TABLE_ASSOCIATION, "subnetId"):
        return found
    raise OutsideError(f"{subnet} is on the VPC's main route table, which is not part of the stack")


def _routes(graph: Graph, subnet: Resource) -> list[Resource]:
    return [
        route
        for association in _associations(graph, subnet)
        for table in graph.named(association, "routeTableId", ROUTE_TABLE)
        for route in graph.users(table, ROUTE, "routeTableId")
    ]


def _leads_to_the_internet(graph: Graph, route: Resource) -> bool:
    try:
        return str(read(route.properties, "gatewayId", "")).startswith("igw-")
    except UnknownValueError:
        return bool(graph.named(route, "gatewayId", INTERNET_GATEWAY))
