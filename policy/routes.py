"""Where the traffic of subnets goes."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from pulumi_policy.proxy import UnknownValueError

from deployment.resource import Resource
from deployment.types import (
    DEFAULT_ROUTE_TABLE,
    INTERNET_GATEWAY,
    MAIN_ASSOCIATION,
    NAT_GATEWAY,
    ROUTE,
    ROUTE_TABLE,
    ROUTE_TABLE_ASSOCIATION,
    VPC,
    VPC_ENDPOINT,
)
from planning.private_access import S3, needed_endpoints

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
    """Returns what leads a subnet out: its route table's association and the routes to NAT.

    Without any route they are the endpoints of the services that each node calls.
    """
    if not leads_out(graph, subnet):
        return [*_associations(graph, subnet), *_endpoints(graph, subnet)]
    ways = [way.resource for way in _ways(graph, subnet) if _gateways_of(graph, way)]
    return [*_associations(graph, subnet), *ways]


def _endpoints(graph: Graph, subnet: Resource) -> list[Resource]:
    called = tuple(f".{service}" for service in (S3, *needed_endpoints(["nodes"])))
    return [
        endpoint
        for vpc in graph.named(subnet, "vpcId", VPC)
        for endpoint in graph.users(vpc, VPC_ENDPOINT, "vpcId")
        if text(endpoint.properties, "serviceName").endswith(called)
    ]


def _gateways_of(graph: Graph, way: _Way) -> list[Resource]:
    if not way.is_inline:
        return graph.named(way.resource, "natGatewayId", NAT_GATEWAY)
    try:
        own = text(way.data, "natGatewayId")
    except UnknownValueError as error:
        return graph.origins(way.resource, "routes", NAT_GATEWAY, error)
    return graph.keyed(way.resource, own, NAT_GATEWAY)


def leads_out(graph: Graph, subnet: Resource) -> bool:
    """Returns whether anything outside can be reached from a subnet."""
    return any(True for _ in _ways(graph, subnet))


def _associations(graph: Graph, subnet: Resource) -> list[Resource]:
    """Returns what puts a subnet on its route table: its own association, or its VPC's."""
    if found := graph.users(subnet, ROUTE_TABLE_ASSOCIATION, "subnetId"):
        return found
    for vpc in graph.named(subnet, "vpcId", VPC) if graph.of(MAIN_ASSOCIATION) else ():
        return graph.users(vpc, MAIN_ASSOCIATION, "vpcId")
    return []


def _tables(graph: Graph, subnet: Resource) -> list[Resource]:
    """Returns the route table that a subnet is on: a VPC stands for its main one.

    :raises OutsideError: where the table is not part of the stack.
    """
    if associations := _associations(graph, subnet):
        return [table for one in associations for table in _named(graph, one)]
    found = [table for vpc in graph.named(subnet, "vpcId", VPC) for table in _main_ones(graph, vpc)]
    if any(table.type != VPC or _routes(graph, table) for table in found):
        return found
    raise OutsideError(f"{subnet} is on the VPC's main route table, which is not part of the stack")


def _main_ones(graph: Graph, vpc: Resource) -> list[Resource]:
    return [vpc, *graph.users(vpc, DEFAULT_ROUTE_TABLE, "defaultRouteTableId")]


def _named(graph: Graph, resource: Resource) -> list[Resource]:
    """Returns the route table that an association or a route names, whatever makes it."""
    unknown: UnknownValueError = OutsideError("names no route table")
    for token in (ROUTE_TABLE, VPC, DEFAULT_ROUTE_TABLE):
        try:
            found = graph.named(resource, "routeTableId", token)
        except UnknownValueError as error:
            unknown = error
        else:
            return _main_ones(graph, found[0]) if token == VPC and found else found
    raise unknown


def _ways(graph: Graph, subnet: Resource) -> Iterator[_Way]:
    for table in _tables(graph, subnet):
        for route in _routes(graph, table):
            yield _Way(resource=route, data=route.properties)
        for inline in mappings(table.properties, "routes") if table.type != VPC else ():
            yield _Way(resource=table, data=inline)


def _routes(graph: Graph, table: Resource) -> list[Resource]:
    """Returns the routes of a table that are resources of their own."""
    return graph.grouped(ROUTE, _table_of).get(table.urn, [])


def _table_of(graph: Graph, route: Resource) -> str:
    with suppress(OutsideError):
        return next((table.urn for table in _named(graph, route)), "")
    return ""


def _leads_to_the_internet(graph: Graph, way: _Way) -> bool:
    try:
        return text(way.data, "gatewayId").startswith(_GATEWAY)
    except UnknownValueError as error:
        if way.is_inline:
            return bool(graph.origins(way.resource, "routes", INTERNET_GATEWAY, error))
        return bool(graph.named(way.resource, "gatewayId", INTERNET_GATEWAY))
