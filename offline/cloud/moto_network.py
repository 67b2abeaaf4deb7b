"""How EC2's networks behave: moto's answers, and dependencies that moto does not know."""

from collections.abc import Iterator, Mapping
from functools import partial
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any, Final

from deployment import types

from . import network
from .behaviour import Behaviour, Inputs
from .cloud import Cloud, Thing
from .moto_behaviour import OfMoto

if TYPE_CHECKING:
    from moto.ec2.models import EC2Backend

# How long the AWS provider tries to delete what is still in use
# (https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ec2/vpc_.go,
# vpc_subnet.go and vpc_internet_gateway.go in the same folder).
_VPC_PATIENCE: Final = 5 * 60
_SUBNET_PATIENCE: Final = 20 * 60
_GATEWAY_PATIENCE: Final = 20 * 60


def ec2_of(cloud: Cloud, thing: Thing) -> "EC2Backend":
    """Returns EC2 of the region that a resource is in."""
    return cloud.account.ec2(thing.properties["region"])


# How a type of EC2 behaves.
OfEc2 = partial(OfMoto["EC2Backend"], ec2_of)


def _make_vpc(ec2: "EC2Backend", thing: Thing, inputs: Inputs) -> object:
    made = ec2.create_vpc(inputs["cidrBlock"])
    _change_vpc(ec2, thing, inputs)
    return made


def _change_vpc(ec2: "EC2Backend", thing: Thing, inputs: Inputs) -> None:
    for key, name in (
        ("enableDnsSupport", "enable_dns_support"),
        ("enableDnsHostnames", "enable_dns_hostnames"),
    ):
        if key in inputs:
            ec2.modify_vpc_attribute(thing.id, name, inputs[key])


def _in_vpc(cloud: Cloud, vpc: Thing) -> Iterator[Thing]:
    """Of these moto looks at subnets and route tables alone.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpc.html
    """
    groups = (types.SECURITY_GROUP, network.SECURITY_GROUP)
    for token in (types.INTERNET_GATEWAY, types.VPC_ENDPOINT, *groups):
        yield from cloud.of(token, vpcId=vpc.id)


def _remove_block(ec2: "EC2Backend", block: Thing) -> None:
    ec2.disassociate_vpc_cidr_block(block.id)
    # moto goes on to take subnets in a block that is gone.
    ec2.get_vpc(block.inputs["vpcId"])._cidr_block_association_set.pop(block.id)  # noqa: SLF001


def _in_block(cloud: Cloud, block: Thing) -> list[Thing]:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateVpcCidrBlock.html."""
    range_ = ip_network(block.inputs["cidrBlock"])
    subnets = cloud.of(types.SUBNET, vpcId=block.inputs["vpcId"])
    return [found for found in subnets if range_.overlaps(ip_network(found.inputs["cidrBlock"]))]


def _make_internet_gateway(ec2: "EC2Backend", _gateway: Thing, inputs: Inputs) -> object:
    made = ec2.create_internet_gateway()
    if vpc_id := inputs.get("vpcId"):
        ec2.attach_internet_gateway(made.id, vpc_id)
    return made


def _remove_internet_gateway(ec2: "EC2Backend", gateway: Thing) -> None:
    if attached := ec2.get_internet_gateway(gateway.id).vpc:
        ec2.detach_internet_gateway(gateway.id, attached.id)
    ec2.delete_internet_gateway(gateway.id)


def _served_by_gateway(cloud: Cloud, gateway: Thing) -> list[Thing]:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachInternetGateway.html."""
    subnets = cloud.of(types.SUBNET, vpcId=gateway.inputs.get("vpcId"))
    return [
        interface
        for subnet in subnets
        for interface in cloud.of(network.INTERFACE, subnetId=subnet.id, isPublic=True)
    ]


def _remove_nat_gateway(ec2: "EC2Backend", thing: Thing) -> None:
    gateway = ec2.nat_gateways.pop(thing.id)
    # moto keeps both; of AWS's, neither outlives the gateway.
    ec2.disassociate_address(association_id=gateway.address_set[0]["associationId"])
    ec2.delete_network_interface(gateway.address_set[0]["networkInterfaceId"])


def _targets(inputs: Inputs) -> Mapping[str, Any]:
    """Returns where a route leads, as moto's requests take it."""
    return {"gateway_id": inputs.get("gatewayId"), "nat_gateway_id": inputs.get("natGatewayId")}


NETWORK: Final[Mapping[str, Behaviour]] = {
    types.VPC: OfEc2(
        make=_make_vpc,
        change=_change_vpc,
        users=_in_vpc,
        in_use="DependencyViolation: The vpc '{thing.id}' has dependencies and cannot be deleted.",
        remove=lambda ec2, vpc: ec2.delete_vpc(vpc.id),
        patience=_VPC_PATIENCE,
    ),
    "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation": OfEc2(
        make=lambda ec2, _, inputs: ec2.associate_vpc_cidr_block(
            inputs["vpcId"], inputs["cidrBlock"], amazon_provided_ipv6_cidr_block=False
        )["association_id"],
        called="",
        users=_in_block,
        in_use="DependencyViolation: The CIDR block {thing.inputs[cidrBlock]} is in use by subnet "
        "{user.id} and cannot be disassociated",
        remove=_remove_block,
        patience=_VPC_PATIENCE,
    ),
    types.SUBNET: OfEc2(
        # Without a zone AWS chooses one; here it is always the same.
        make=lambda ec2, _, inputs: ec2.create_subnet(
            inputs["vpcId"],
            inputs["cidrBlock"],
            availability_zone=inputs.get("availabilityZone") or f"{ec2.region_name}a",
        ),
        # https://docs.aws.amazon.com/vpc/latest/userguide/subnet-deleting.html
        users=lambda cloud, subnet: cloud.of(network.INTERFACE, subnetId=subnet.id),
        in_use="DependencyViolation: The subnet '{thing.id}' has dependencies and cannot be "
        "deleted.",
        remove=lambda ec2, subnet: ec2.delete_subnet(subnet.id),
        patience=_SUBNET_PATIENCE,
    ),
    types.RESERVATION: OfEc2(
        make=lambda ec2, _, inputs: ec2.create_subnet_cidr_reservation(
            inputs["subnetId"], inputs["reservationType"], inputs["cidrBlock"]
        ),
        remove=lambda ec2, thing: ec2.delete_subnet_cidr_reservation(thing.id),
    ),
    types.INTERNET_GATEWAY: OfEc2(
        make=_make_internet_gateway,
        users=_served_by_gateway,
        in_use="DependencyViolation: Network {thing.inputs[vpcId]} has some mapped public "
        "address(es). Please unmap those public address(es) before detaching the gateway.",
        remove=_remove_internet_gateway,
        patience=_GATEWAY_PATIENCE,
    ),
    "aws:ec2/eip:Eip": OfEc2(
        make=lambda ec2, thing, _: ec2.allocate_address("vpc", thing.properties["publicIp"]),
        called="allocation_id",
        # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReleaseAddress.html
        users=lambda cloud, address: cloud.of(types.NAT_GATEWAY, allocationId=address.id),
        in_use="InvalidIPAddress.InUse: Address {thing.id} is in use by {user.id}",
        remove=lambda ec2, address: ec2.release_address(allocation_id=address.id),
    ),
    types.NAT_GATEWAY: OfEc2(
        make=lambda ec2, _, inputs: ec2.create_nat_gateway(
            inputs["subnetId"], inputs["allocationId"]
        ),
        remove=_remove_nat_gateway,
        stands_in=lambda inputs: [inputs["subnetId"]],
        is_public=True,
    ),
    types.ROUTE_TABLE: OfEc2(
        make=lambda ec2, _, inputs: ec2.create_route_table(inputs["vpcId"]),
        remove=lambda ec2, table: ec2.delete_route_table(table.id),
    ),
    types.ROUTE: OfEc2(
        make=lambda ec2, _, inputs: ec2.create_route(
            inputs["routeTableId"], inputs["destinationCidrBlock"], **_targets(inputs)
        ),
        called="",
        change=lambda ec2, route, inputs: ec2.replace_route(
            route.inputs["routeTableId"], route.inputs["destinationCidrBlock"], **_targets(inputs)
        ),
        remove=lambda ec2, route: ec2.delete_route(
            route.inputs["routeTableId"], route.inputs["destinationCidrBlock"]
        ),
    ),
    types.ROUTE_TABLE_ASSOCIATION: OfEc2(
        make=lambda ec2, _, inputs: ec2.associate_route_table(
            inputs["routeTableId"], subnet_id=inputs["subnetId"]
        ),
        called="",
        remove=lambda ec2, association: ec2.disassociate_route_table(association.id),
    ),
}
