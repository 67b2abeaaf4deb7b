"""How EC2's networks behave: moto's answers, and dependencies that moto does not know."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from deployment.types import INTERNET_GATEWAY, SUBNET, VPC_ENDPOINT

from .behaviour import Behaviour
from .moto_behaviour import OfMoto
from .network import (
    INTERFACE,
    SECURITY_GROUP,
    add_interface,
    has_public_address,
    remove_interfaces,
)

if TYPE_CHECKING:
    from moto.ec2.models import EC2Backend

    from .cloud import Cloud, Thing

# How long the AWS provider tries to delete what is still in use
# (https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ec2/vpc_.go,
# vpc_subnet.go and vpc_internet_gateway.go in the same folder).
_VPC_PATIENCE: Final = 5 * 60
_SUBNET_PATIENCE: Final = 20 * 60
_GATEWAY_PATIENCE: Final = 20 * 60
_GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"


def ec2_of(cloud: "Cloud", thing: "Thing") -> "EC2Backend":
    """Returns EC2 of the region that a resource is in."""
    return cloud.account.ec2(thing.properties["region"])


def _make_vpc(cloud: "Cloud", thing: "Thing") -> str:
    made = ec2_of(cloud, thing).create_vpc(thing.inputs["cidrBlock"])
    _change_vpc(cloud, thing, thing.inputs)
    return made.id


def _change_vpc(cloud: "Cloud", thing: "Thing", inputs: Mapping[str, Any]) -> None:
    for key, name in (
        ("enableDnsSupport", "enable_dns_support"),
        ("enableDnsHostnames", "enable_dns_hostnames"),
    ):
        if key in inputs:
            ec2_of(cloud, thing).modify_vpc_attribute(thing.id, name, inputs[key])


def _what_vpc_has(cloud: "Cloud", vpc: "Thing") -> str:
    """Of these moto looks at subnets and route tables alone.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpc.html
    """
    for token in (INTERNET_GATEWAY, VPC_ENDPOINT, _GROUP, SECURITY_GROUP):
        if any(_in_vpc(thing, vpc.id) for thing in cloud.of(token)):
            return (
                f"DependencyViolation: The vpc '{vpc.id}' has dependencies and cannot be deleted."
            )
    return ""


def _in_vpc(thing: "Thing", vpc_id: str) -> bool:
    return thing.properties.get("vpcId") == vpc_id


def _make_block(cloud: "Cloud", thing: "Thing") -> str:
    made = ec2_of(cloud, thing).associate_vpc_cidr_block(
        thing.inputs["vpcId"], thing.inputs["cidrBlock"], amazon_provided_ipv6_cidr_block=False
    )
    return made["association_id"]


def _remove_block(cloud: "Cloud", thing: "Thing") -> None:
    ec2 = ec2_of(cloud, thing)
    ec2.disassociate_vpc_cidr_block(thing.id)
    # moto goes on to take subnets in a block that is gone.
    blocks = ec2.get_vpc(thing.inputs["vpcId"])._cidr_block_association_set  # noqa: SLF001
    blocks.pop(thing.id)


def _what_block_has(cloud: "Cloud", thing: "Thing") -> str:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateVpcCidrBlock.html."""
    from ipaddress import ip_network

    block = ip_network(thing.inputs["cidrBlock"])
    for subnet in cloud.of(SUBNET):
        within = ip_network(subnet.inputs["cidrBlock"])
        if _in_vpc(subnet, thing.inputs["vpcId"]) and block.overlaps(within):
            return (
                f"DependencyViolation: The CIDR block {block} is in use by subnet {subnet.id} and "
                "cannot be disassociated"
            )
    return ""


def _make_subnet(cloud: "Cloud", thing: "Thing") -> str:
    ec2 = ec2_of(cloud, thing)
    # Without a zone AWS chooses one; here it is always the same.
    zone = thing.inputs.get("availabilityZone") or f"{ec2.region_name}a"
    made = ec2.create_subnet(
        thing.inputs["vpcId"], thing.inputs["cidrBlock"], availability_zone=zone
    )
    return made.id


def _what_subnet_has(cloud: "Cloud", subnet: "Thing") -> str:
    """https://docs.aws.amazon.com/vpc/latest/userguide/subnet-deleting.html."""
    if any(found.properties["subnetId"] == subnet.id for found in cloud.of(INTERFACE)):
        return (
            f"DependencyViolation: The subnet '{subnet.id}' has dependencies and cannot be deleted."
        )
    return ""


def _make_reservation(cloud: "Cloud", thing: "Thing") -> str:
    made = ec2_of(cloud, thing).create_subnet_cidr_reservation(
        thing.inputs["subnetId"], thing.inputs["reservationType"], thing.inputs["cidrBlock"]
    )
    return made.id


def _make_internet_gateway(cloud: "Cloud", thing: "Thing") -> str:
    ec2 = ec2_of(cloud, thing)
    made = ec2.create_internet_gateway()
    if vpc_id := thing.inputs.get("vpcId"):
        ec2.attach_internet_gateway(made.id, vpc_id)
    return made.id


def _remove_internet_gateway(cloud: "Cloud", thing: "Thing") -> None:
    ec2 = ec2_of(cloud, thing)
    if attached := ec2.get_internet_gateway(thing.id).vpc:
        ec2.detach_internet_gateway(thing.id, attached.id)
    ec2.delete_internet_gateway(thing.id)


def _what_gateway_serves(cloud: "Cloud", gateway: "Thing") -> str:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachInternetGateway.html."""
    vpc_id = gateway.inputs.get("vpcId")
    subnets = {subnet.id for subnet in cloud.of(SUBNET) if _in_vpc(subnet, str(vpc_id))}
    for interface in cloud.of(INTERFACE):
        if interface.properties["subnetId"] in subnets and has_public_address(interface):
            return (
                f"DependencyViolation: Network {vpc_id} has some mapped public address(es). Please "
                "unmap those public address(es) before detaching the gateway."
            )
    return ""


def _make_address(cloud: "Cloud", thing: "Thing") -> str | None:
    made = ec2_of(cloud, thing).allocate_address("vpc", thing.properties["publicIp"])
    return made.allocation_id


def _what_address_serves(cloud: "Cloud", address: "Thing") -> str:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReleaseAddress.html."""
    for gateway in cloud.of("aws:ec2/natGateway:NatGateway"):
        if gateway.inputs.get("allocationId") == address.id:
            return f"InvalidIPAddress.InUse: Address {address.id} is in use by {gateway.id}"
    return ""


def _make_nat_gateway(cloud: "Cloud", thing: "Thing") -> str:
    made = ec2_of(cloud, thing).create_nat_gateway(
        thing.inputs["subnetId"], thing.inputs["allocationId"]
    )
    return made.id


def _place_nat_gateway(cloud: "Cloud", thing: "Thing") -> None:
    add_interface(cloud, thing.inputs["subnetId"], owner=thing.id, is_public=True)


def _remove_nat_gateway(cloud: "Cloud", thing: "Thing") -> None:
    ec2 = ec2_of(cloud, thing)
    gateway = ec2.nat_gateways.pop(thing.id)
    # moto keeps both; of AWS's, neither outlives the gateway.
    ec2.disassociate_address(association_id=gateway.address_set[0]["associationId"])
    ec2.delete_network_interface(gateway.address_set[0]["networkInterfaceId"])


def _take_interfaces(cloud: "Cloud", thing: "Thing") -> None:
    remove_interfaces(cloud, thing.id)


def _make_route_table(cloud: "Cloud", thing: "Thing") -> str:
    return ec2_of(cloud, thing).create_route_table(thing.inputs["vpcId"]).id


def _make_route(cloud: "Cloud", thing: "Thing") -> None:
    ec2_of(cloud, thing).create_route(
        thing.inputs["routeTableId"],
        thing.inputs["destinationCidrBlock"],
        gateway_id=thing.inputs.get("gatewayId"),
        nat_gateway_id=thing.inputs.get("natGatewayId"),
    )


def _change_route(cloud: "Cloud", thing: "Thing", inputs: Mapping[str, Any]) -> None:
    ec2_of(cloud, thing).replace_route(
        thing.inputs["routeTableId"],
        thing.inputs["destinationCidrBlock"],
        gateway_id=inputs.get("gatewayId"),
        nat_gateway_id=inputs.get("natGatewayId"),
    )


def _make_association(cloud: "Cloud", thing: "Thing") -> str:
    return ec2_of(cloud, thing).associate_route_table(
        thing.inputs["routeTableId"], subnet_id=thing.inputs["subnetId"]
    )


NETWORK: Final[Mapping[str, Behaviour]] = {
    "aws:ec2/vpc:Vpc": OfMoto(
        make=_make_vpc,
        change=_change_vpc,
        hindrance=_what_vpc_has,
        remove=lambda cloud, thing: ec2_of(cloud, thing).delete_vpc(thing.id),
        patience=_VPC_PATIENCE,
    ),
    "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation": OfMoto(
        make=_make_block,
        hindrance=_what_block_has,
        remove=_remove_block,
        patience=_VPC_PATIENCE,
    ),
    SUBNET: OfMoto(
        make=_make_subnet,
        hindrance=_what_subnet_has,
        remove=lambda cloud, thing: ec2_of(cloud, thing).delete_subnet(thing.id),
        patience=_SUBNET_PATIENCE,
    ),
    "aws:ec2/subnetCidrReservation:SubnetCidrReservation": OfMoto(
        make=_make_reservation,
        remove=lambda cloud, thing: ec2_of(cloud, thing).delete_subnet_cidr_reservation(thing.id),
    ),
    INTERNET_GATEWAY: OfMoto(
        make=_make_internet_gateway,
        hindrance=_what_gateway_serves,
        remove=_remove_internet_gateway,
        patience=_GATEWAY_PATIENCE,
    ),
    "aws:ec2/eip:Eip": OfMoto(
        make=_make_address,
        hindrance=_what_address_serves,
        remove=lambda cloud, thing: ec2_of(cloud, thing).release_address(allocation_id=thing.id),
    ),
    "aws:ec2/natGateway:NatGateway": OfMoto(
        make=_make_nat_gateway,
        made=_place_nat_gateway,
        remove=_remove_nat_gateway,
        gone=_take_interfaces,
    ),
    "aws:ec2/routeTable:RouteTable": OfMoto(
        make=_make_route_table,
        remove=lambda cloud, thing: ec2_of(cloud, thing).delete_route_table(thing.id),
    ),
    "aws:ec2/route:Route": OfMoto(
        make=_make_route,
        change=_change_route,
        remove=lambda cloud, thing: ec2_of(cloud, thing).delete_route(
            thing.inputs["routeTableId"], thing.inputs["destinationCidrBlock"]
        ),
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": OfMoto(
        make=_make_association,
        remove=lambda cloud, thing: ec2_of(cloud, thing).disassociate_route_table(thing.id),
    ),
}
