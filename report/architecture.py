"""What the architecture diagram shows, read from the graph and from no name in it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from deployment.deployment import Deployment
from deployment.resource import Resource
from deployment.types import (
    CLUSTER,
    NAT_GATEWAY,
    NODE_GROUP,
    ROUTE,
    ROUTE_TABLE_ASSOCIATION,
    SUBNET,
    VPC,
)

from .parts import BORDER, MANAGED, ON_NODES, Part, parts_in, pod_subnets, subnets_of

_MORE_BLOCKS: Final = "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"
_ANYWHERE: Final = "0.0.0.0/0"
# From the outside in; a role that the graph does not tell comes last.
ROLES: Final = ("public", "private", "pods", "control-plane", "other")


@dataclass(frozen=True, kw_only=True, slots=True)
class SubnetPart:
    """A subnet with what is in it.

    :param nat: the URN of the NAT gateway that its default route leads to.
    """

    resource: Resource
    zone: str
    role: str
    cidr: str
    nat: str | None
    parts: Sequence[Part]


@dataclass(frozen=True, kw_only=True, slots=True)
class Architecture:
    """A stack as a diagram shows it.

    :param border: what is at the border of the VPC: internet gateway and gateway endpoints.
    :param managed: what AWS runs outside of the VPC: control plane and file systems.
    :param on_nodes: what runs on the nodes: controllers, add-ons and applications.
    """

    vpc: Resource
    cidrs: Sequence[str]
    zones: Mapping[str, Sequence[SubnetPart]]
    border: Sequence[Part]
    managed: Sequence[Part]
    on_nodes: Sequence[Part]

    @property
    def subnets(self) -> Sequence[SubnetPart]:
        """The subnets of all zones."""
        return [subnet for subnets in self.zones.values() for subnet in subnets]


def read_architecture(deployment: Deployment) -> Architecture | None:
    """Returns what the diagram shows, or ``None`` for a stack without a VPC."""
    vpcs = deployment.of(VPC)
    if not vpcs:
        return None
    subnets = [_subnet(deployment, subnet) for subnet in deployment.of(SUBNET)]
    subnets.sort(key=lambda subnet: (subnet.zone, ROLES.index(subnet.role), subnet.cidr))
    blocks = (vpcs[0], *deployment.of(_MORE_BLOCKS))
    return Architecture(
        vpc=vpcs[0],
        cidrs=[str(each.inputs.get("cidrBlock", "")) for each in blocks],
        zones={zone: list(found) for zone, found in groupby(subnets, attrgetter("zone"))},
        border=parts_in(deployment, BORDER),
        managed=parts_in(deployment, MANAGED),
        on_nodes=parts_in(deployment, ON_NODES),
    )


def _subnet(deployment: Deployment, subnet: Resource) -> SubnetPart:
    routes = list(_default_routes(deployment, subnet))
    gateways = [deployment.by_id(NAT_GATEWAY, route.get("natGatewayId")) for route in routes]
    is_of = {
        "public": any(route.get("gatewayId") for route in routes),
        "private": _holds(deployment, NODE_GROUP, subnet),
        "pods": subnet.id in pod_subnets(deployment),
        "control-plane": _holds(deployment, CLUSTER, subnet),
    }
    role = next((role for role in ROLES if is_of.get(role)), "other")
    return SubnetPart(
        resource=subnet,
        zone=str(subnet.inputs.get("availabilityZone", "")),
        role=role,
        cidr=str(subnet.inputs.get("cidrBlock", "")),
        nat=next((found.urn for found in gateways if found), None),
        parts=parts_in(deployment, subnet.id, role),
    )


def _holds(deployment: Deployment, token: str, subnet: Resource) -> bool:
    return any(subnet.id in subnets_of(found) for found in deployment.of(token))


def _default_routes(deployment: Deployment, subnet: Resource) -> Iterator[Mapping[str, Any]]:
    tables = {
        association.inputs.get("routeTableId")
        for association in deployment.of(ROUTE_TABLE_ASSOCIATION)
        if association.inputs.get("subnetId") == subnet.id
    }
    for route in deployment.of(ROUTE):
        inputs = route.inputs
        if inputs.get("routeTableId") in tables and inputs.get("destinationCidrBlock") == _ANYWHERE:
            yield inputs
