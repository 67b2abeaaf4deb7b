"""Where the traffic of subnets goes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pulumi_policy.proxy import UnknownValueError

from deployment.resource import Resource
from deployment.types import (
    INTERNET_GATEWAY,
    MAIN_ASSOCIATION,
    NAT_GATEWAY,
    ROUTE,
    ROUTE_TABLE,
    ROUTE_TABLE_ASSOCIATION,
    VPC,
)

from .graph import Graph
from .reading import mappings, text
from .unknown import NotCheckedError, OutsideError

_GATEWAY: Final = "igw-"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Way:
    """A route: a resource of its own, or an item of its table's list.

    :param resource: what is made with it.
    """

    resource: Resource
    data: Mapping[str, Any]

    @property
    def is_inline(self) -> bool:
        return self.resource.type != ROUTE


def zone_of(subnet: Resource) -> str:
    """Returns a subnet's zone, by its name or by its ID."""
    data = subnet.properties
    if zone := text(data, "availabilityZone") or text(data, "availabilityZoneId"):
        return zone
    raise NotCheckedError(f"{subnet} names no zone")


def is_public(graph: Graph, subnet: Resource) -> bool:
    """Returns whether a subnet has a route to an internet gateway."""
    return any(_leads_to_the_internet(graph, way) for way in _ways(graph, subnet))


def nat_gateways(graph: Graph, subnet: Resource) -> list[Resource]:
    """Returns the NAT gateways that a subnet has a route to."""
    return [gateway for way in _ways(graph, subnet) for gateway in _gateways_of(graph, way)]


def ways_out(graph: Graph, subnet: Resource) -> list[Resource]:
    """Returns what leads a subnet out: its route table's association and the routes to NAT."""
    ways = [way.resource for way in _ways(graph, subnet) if _gateways_of(graph, way)]
    return [*_associations(graph, subnet), *ways]


def _gateways_of(graph: Graph, way: _Way) -> list[Resource]:
    if not way.is_inline:
        return graph.named(way.resource, "natGatewayId", NAT_GATEWAY)
    try:
        own = text(way.data, "natGatewayId")
    except UnknownValueError as error:
        return graph.origins(way.resource, "routes", NAT_GATEWAY, error)
    return graph.by_key(NAT_GATEWAY).get(own, [])


def _associations(graph: Graph, subnet: Resource) -> list[Resource]:
    """Returns what puts a subnet on its route table: its own association, or its VPC's."""
    if found := graph.users(subnet, ROUTE_TABLE_ASSOCIATION, "subnetId"):
        return found
    for vpc in graph.named(subnet, "vpcId", VPC) if graph.of(MAIN_ASSOCIATION) else ():
        if found := graph.users(vpc, MAIN_ASSOCIATION, "vpcId"):
            return found
    raise OutsideError(f"{subnet} is on the VPC's main route table, which is not part of the stack")


def _ways(graph: Graph, subnet: Resource) -> Iterator[_Way]:
    for association in _associations(graph, subnet):
        for table in graph.named(association, "routeTableId", ROUTE_TABLE):
            for route in graph.users(table, ROUTE, "routeTableId"):
                yield _Way(resource=route, data=route.properties)
            for inline in mappings(table.properties, "routes"):
                yield _Way(resource=table, data=inline)


def _leads_to_the_internet(graph: Graph, way: _Way) -> bool:
    try:
        return text(way.data, "gatewayId").startswith(_GATEWAY)
    except UnknownValueError as error:
        if way.is_inline:
            return bool(graph.origins(way.resource, "routes", INTERNET_GATEWAY, error))
        return bool(graph.named(way.resource, "gatewayId", INTERNET_GATEWAY))
