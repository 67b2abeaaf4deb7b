"""Network interfaces, security groups and routes, as other services use them."""

from collections.abc import Iterable, Sequence
from ipaddress import ip_network
from typing import Final

from deployment import types
from offline.derived import digest

from .cloud import Cloud, Thing
from .moto_account import identifiers

INTERFACE: Final = "cloud:ec2:NetworkInterface"
SECURITY_GROUP: Final = "cloud:ec2:SecurityGroup"
# https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
_RESERVED_ADDRESSES: Final = 5


def set_interfaces(
    cloud: Cloud,
    owner: str,
    subnets: Iterable[str],
    security_groups: Sequence[str] = (),
    *,
    is_public: bool = False,
) -> None:
    """Gives somebody a network interface in each of these subnets, and has no others left.

    :param is_public: whether they have public addresses.
    """
    remove_interfaces(cloud, owner)
    for number, subnet in enumerate(subnets):
        properties = {
            "owner": owner,
            "subnetId": subnet,
            "securityGroups": list(security_groups),
            "isPublic": is_public,
        }
        cloud.make(INTERFACE, f"eni-{digest(f'{owner}/{subnet}/{number}', 17)}", properties)


def remove_interfaces(cloud: Cloud, owner: str) -> None:
    """Takes all network interfaces of somebody away."""
    for thing in cloud.of(INTERFACE, owner=owner):
        cloud.forget(thing)


def free_addresses(cloud: Cloud, subnet_id: str) -> int:
    """Returns how many addresses of a subnet nobody has."""
    subnet = cloud.find(types.SUBNET, subnet_id)
    if subnet is None:
        return 0
    used = _RESERVED_ADDRESSES + len(cloud.of(INTERFACE, subnetId=subnet_id))
    return ip_network(subnet.inputs["cidrBlock"]).num_addresses - used


def create_security_group(cloud: Cloud, vpc_id: str, identifier: str, *, owner: str) -> None:
    """Makes a security group that a service makes for itself."""
    if cloud.find(SECURITY_GROUP, identifier):
        return
    region = cloud.things[types.VPC, vpc_id].properties["region"]
    with identifiers(identifier.removeprefix("sg-")):
        cloud.account.ec2(region).create_security_group(identifier, owner, vpc_id)
    cloud.make(SECURITY_GROUP, identifier, {"vpcId": vpc_id, "owner": owner, "region": region})


def delete_security_group(cloud: Cloud, identifier: str) -> None:
    """Takes such a security group away."""
    if found := cloud.find(SECURITY_GROUP, identifier):
        ec2 = cloud.account.ec2(found.properties["region"])
        ec2.delete_security_group(group_id=identifier)
        cloud.forget(found)


def has_route_to_internet(cloud: Cloud, subnet_id: str) -> bool:
    """Returns whether what is in a subnet reaches the internet by NAT."""
    gateways = _gateways(cloud, subnet_id, types.NAT_GATEWAY, "natGatewayId")
    return any(
        gateway.is_ready
        and _gateways(cloud, gateway.inputs["subnetId"], types.INTERNET_GATEWAY, "gatewayId")
        for gateway in gateways
    )


def _gateways(cloud: Cloud, subnet_id: str, token: str, key: str) -> list[Thing]:
    """Returns where the default routes of a subnet lead, as far as these are there.

    :param key: the input of a route that names such a gateway.
    """
    routes = (
        route
        for association in cloud.ready(types.ROUTE_TABLE_ASSOCIATION, subnetId=subnet_id)
        for route in cloud.ready(types.ROUTE, routeTableId=association.inputs["routeTableId"])
        if route.inputs.get("destinationCidrBlock") == "0.0.0.0/0"
    )
    found = (cloud.find(token, str(route.inputs.get(key))) for route in routes)
    return [gateway for gateway in found if gateway]
