"""Network interfaces, security groups and routes, as other services use them."""

from collections.abc import Sequence
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any, Final

from deployment.types import INTERNET_GATEWAY, SUBNET

from .moto_account import identifiers

if TYPE_CHECKING:
    from .cloud import Cloud, Thing

INTERFACE: Final = "cloud:ec2:NetworkInterface"
SECURITY_GROUP: Final = "cloud:ec2:SecurityGroup"
_ROUTE: Final = "aws:ec2/route:Route"
_ASSOCIATION: Final = "aws:ec2/routeTableAssociation:RouteTableAssociation"
_NAT_GATEWAY: Final = "aws:ec2/natGateway:NatGateway"
_EVERYWHERE: Final = "0.0.0.0/0"
# https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
_RESERVED_ADDRESSES: Final = 5


def add_interface(
    cloud: "Cloud",
    subnet_id: str,
    *,
    owner: str,
    security_groups: Sequence[str] = (),
    is_public: bool = False,
) -> str:
    """Puts a network interface of somebody into a subnet and returns its ID.

    :param is_public: whether it has a public address.
    """
    number = sum(1 for thing in cloud.of(INTERFACE) if thing.properties["owner"] == owner)
    identifier = f"eni-{cloud.digits(f'{owner}/{subnet_id}/{number}')}"
    properties: dict[str, Any] = {
        "owner": owner,
        "subnetId": subnet_id,
        "securityGroups": list(security_groups),
        "isPublic": is_public,
    }
    cloud.make(INTERFACE, identifier, properties)
    return identifier


def has_public_address(interface: "Thing") -> bool:
    """Returns whether a network interface has a public address."""
    return bool(interface.properties["isPublic"])


def remove_interfaces(cloud: "Cloud", owner: str) -> None:
    """Takes all network interfaces of somebody away."""
    for thing in cloud.of(INTERFACE):
        if thing.properties["owner"] == owner:
            cloud.forget(thing)


def free_addresses(cloud: "Cloud", subnet_id: str) -> int:
    """Returns how many addresses of a subnet nobody has."""
    subnet = cloud.find(SUBNET, subnet_id)
    if subnet is None:
        return 0
    used = sum(1 for thing in cloud.of(INTERFACE) if thing.properties["subnetId"] == subnet_id)
    return ip_network(subnet.inputs["cidrBlock"]).num_addresses - _RESERVED_ADDRESSES - used


def create_security_group(cloud: "Cloud", vpc_id: str, identifier: str, *, owner: str) -> None:
    """Makes a security group that a service makes for itself."""
    if cloud.find(SECURITY_GROUP, identifier):
        return
    region = cloud.things["aws:ec2/vpc:Vpc", vpc_id].properties["region"]
    properties = {"vpcId": vpc_id, "owner": owner, "region": region}
    with identifiers(identifier.removeprefix("sg-")):
        cloud.account.ec2(region).create_security_group(identifier, owner, vpc_id)
    cloud.make(SECURITY_GROUP, identifier, properties)


def delete_security_group(cloud: "Cloud", identifier: str) -> None:
    """Takes such a security group away."""
    if found := cloud.find(SECURITY_GROUP, identifier):
        ec2 = cloud.account.ec2(found.properties["region"])
        ec2.delete_security_group(group_id=identifier)
        cloud.forget(found)


def has_route_to_internet(cloud: "Cloud", subnet_id: str) -> bool:
    """Returns whether what is in a subnet reaches the internet by NAT."""
    for route in _default_routes(cloud, subnet_id):
        gateway = cloud.find(_NAT_GATEWAY, str(route.inputs.get("natGatewayId")))
        if gateway and gateway.is_ready and _is_public(cloud, gateway.inputs["subnetId"]):
            return True
    return False


def _is_public(cloud: "Cloud", subnet_id: str) -> bool:
    return any(
        cloud.find(INTERNET_GATEWAY, str(route.inputs.get("gatewayId")))
        for route in _default_routes(cloud, subnet_id)
    )


def _default_routes(cloud: "Cloud", subnet_id: str) -> list["Thing"]:
    tables: list[Any] = [
        association.inputs["routeTableId"]
        for association in cloud.of(_ASSOCIATION)
        if association.is_ready and association.inputs.get("subnetId") == subnet_id
    ]
    return [
        route
        for route in cloud.of(_ROUTE)
        if route.is_ready
        and route.inputs["routeTableId"] in tables
        and route.inputs.get("destinationCidrBlock") == _EVERYWHERE
    ]
