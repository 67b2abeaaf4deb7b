"""What the architecture diagram shows, read from the graph and from no name in it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from deployment.deployment import Deployment
from deployment.resource import Resource

from .parts import (
    CLUSTER,
    NAT,
    NODE_GROUP,
    Part,
    at_the_border,
    in_subnet,
    on_nodes,
    pod_subnets,
    run_by_aws,
)

VPC: Final = "aws:ec2/vpc:Vpc"
SUBNET: Final = "aws:ec2/subnet:Subnet"
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

    :param edge: what is at the border of the VPC: internet gateway and gateway endpoints.
    :param managed: what AWS runs outside of the VPC: control plane and file systems.
    :param on_nodes: what runs on the nodes: controllers, add-ons and applications.
    """

    vpc: Resource
    cidrs: Sequence[str]
    zones: Mapping[str, Sequence[SubnetPart]]
    edge: Sequence[Part]
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
    zones: dict[str, list[SubnetPart]] = {}
    for subnet in deployment.of(SUBNET):
        part = _subnet(deployment, subnet)
        zones.setdefault(part.zone, []).append(part)
    associations = deployment.of("aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation")
    return Architecture(
        vpc=vpcs[0],
        cidrs=[str(each.inputs.get("cidrBlock", "")) for each in (vpcs[0], *associations)],
        zones={
            zone: sorted(parts, key=lambda part: (ROLES.index(part.role), part.cidr))
            for zone, parts in sorted(zones.items())
        },
        edge=list(at_the_border(deployment)),
        managed=list(run_by_aws(deployment)),
        on_nodes=list(on_nodes(deployment)),
    )


def _subnet(deployment: Deployment, subnet: Resource) -> SubnetPart:
    routes = list(_default_routes(deployment, subnet))
    nat = next(
        (found for r in routes if (found := deployment.by_id(NAT, r.get("natGatewayId")))), None
    )
    role = _role(deployment, subnet, public=any(route.get("gatewayId") for route in routes))
    return SubnetPart(
        resource=subnet,
        zone=str(subnet.inputs.get("availabilityZone", "")),
        role=role,
        cidr=str(subnet.inputs.get("cidrBlock", "")),
        nat=nat.urn if nat else None,
        parts=list(in_subnet(deployment, subnet, role)),
    )


def _default_routes(deployment: Deployment, subnet: Resource) -> Iterator[Mapping[str, Any]]:
    tables = {
        association.inputs.get("routeTableId")
        for association in deployment.of("aws:ec2/routeTableAssociation:RouteTableAssociation")
        if association.inputs.get("subnetId") == subnet.id
    }
    for route in deployment.of("aws:ec2/route:Route"):
        inputs = route.inputs
        if inputs.get("routeTableId") in tables and inputs.get("destinationCidrBlock") == _ANYWHERE:
            yield inputs


def _role(deployment: Deployment, subnet: Resource, *, public: bool) -> str:
    if public:
        return "public"
    if any(subnet.id in group.inputs.get("subnetIds", ()) for group in deployment.of(NODE_GROUP)):
        return "private"
    if subnet.id in pod_subnets(deployment):
        return "pods"
    clusters = deployment.of(CLUSTER)
    if any(subnet.id in cluster.inputs["vpcConfig"]["subnetIds"] for cluster in clusters):
        return "control-plane"
    return "other"
