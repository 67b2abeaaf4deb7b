"""Looks up a network that is there already, by functions of the AWS provider."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from ipaddress import IPv4Network
from typing import Any, Final, TypeVar

import pulumi_aws as aws

from planning.aws_place import AwsPlace
from planning.found_network import FoundEndpoint, FoundNetwork, FoundRouteTable, FoundSubnet
from planning.layout import SubnetRole
from planning.private_access import S3

from .section import SubnetSelection

T = TypeVar("T")
_ANYWHERE: Final = "0.0.0.0/0"
# What the provider says of something that is not there, or is there twice
# (https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/tfresource/not_found_error.go,
# `SingularDataSourceFindError`), and EC2 itself of an ID that it does not know
# (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html).
_NOT_THERE: Final = ("no matching", ".NotFound")
_SEVERAL: Final = "multiple EC2 VPC Endpoint"
# States of a block that is not a VPC's any more, or was not taken
# (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcCidrBlockState.html).
_GOING: Final = ("disassociat", "fail")
# Where a route may lead, by the provider's properties
# (https://www.pulumi.com/registry/packages/aws/api-docs/ec2/getroutetable/).
_TARGETS: Final = (
    "gateway_id",
    "nat_gateway_id",
    "transit_gateway_id",
    "network_interface_id",
    "instance_id",
    "vpc_endpoint_id",
    "vpc_peering_connection_id",
    "local_gateway_id",
    "carrier_gateway_id",
    "core_network_arn",
)


def find_network(vpc_id: str, subnets: Mapping[SubnetRole, SubnetSelection]) -> FoundNetwork | str:
    """Returns a VPC with these subnets of it by role, or what of them is not there."""
    vpc = _found(lambda: aws.ec2.get_vpc(id=vpc_id))
    if vpc is None:
        return vpc_id
    by_role: dict[SubnetRole, Sequence[FoundSubnet]] = {}
    for role, selection in subnets.items():
        found: list[FoundSubnet] = []
        for identifier in selection.ids or _tagged(vpc_id, selection.tags or {}):
            subnet = _found(lambda identifier=identifier: aws.ec2.get_subnet(id=identifier))
            if subnet is None:
                return identifier
            found.append(_subnet(subnet))
        by_role[role] = found
    associations = vpc.cidr_block_associations
    blocks = [one.cidr_block for one in associations if not one.state.startswith(_GOING)]
    return FoundNetwork(
        id=vpc_id,
        blocks=tuple(map(IPv4Network, dict.fromkeys([vpc.cidr_block, *blocks]))),
        dns_support=vpc.enable_dns_support,
        dns_hostnames=vpc.enable_dns_hostnames,
        subnets=by_role,
        route_tables=[
            _table(aws.ec2.get_route_table(route_table_id=identifier))
            for identifier in sorted(aws.ec2.get_route_tables(vpc_id=vpc_id).ids)
        ],
    )


def find_endpoints(
    vpc_id: str, services: Iterable[str], place: AwsPlace
) -> Mapping[str, FoundEndpoint | None]:
    """Returns what a VPC has to reach each service, S3 by a gateway and the others not."""
    return {service: _endpoint(vpc_id, service, place) for service in services}


def clusters() -> Sequence[str]:
    """Returns the names of the clusters that are there."""
    return aws.eks.get_clusters().names


def _tagged(vpc_id: str, tags: Mapping[str, str]) -> Sequence[str]:
    in_vpc = aws.ec2.GetSubnetsFilterArgs(name="vpc-id", values=[vpc_id])
    return sorted(aws.ec2.get_subnets(filters=[in_vpc], tags=tags).ids)


def _subnet(found: aws.ec2.GetSubnetResult) -> FoundSubnet:
    return FoundSubnet(
        id=found.id,
        vpc_id=found.vpc_id,
        zone=found.availability_zone,
        zone_id=found.availability_zone_id,
        block=IPv4Network(found.cidr_block),
        free=found.available_ip_address_count,
        tags=found.tags,
    )


def _table(found: aws.ec2.GetRouteTableResult) -> FoundRouteTable:
    targets = [_target(route) for route in found.routes if route.cidr_block == _ANYWHERE]
    return FoundRouteTable(
        id=found.route_table_id,
        subnet_ids=frozenset(one.subnet_id for one in found.associations if one.subnet_id),
        is_main=any(one.main for one in found.associations),
        default_target=next(iter(targets), ""),
    )


def _target(route: Any) -> str:
    return next((str(found) for key in _TARGETS if (found := getattr(route, key, ""))), "")


def _endpoint(vpc_id: str, service: str, place: AwsPlace) -> FoundEndpoint | None:
    is_gateway = service == S3
    name = place.gateway_service(service) if is_gateway else place.interface_service(service)
    kind = aws.ec2.GetVpcEndpointFilterArgs(
        name="vpc-endpoint-type", values=["Gateway" if is_gateway else "Interface"]
    )
    try:
        found = _found(
            lambda: aws.ec2.get_vpc_endpoint(
                vpc_id=vpc_id, service_name=name, state="available", filters=[kind]
            )
        )
    except Exception as error:
        if _SEVERAL in str(error):
            return FoundEndpoint(is_gateway=is_gateway, is_one_of_several=True)
        raise
    return found and FoundEndpoint(
        is_gateway=is_gateway,
        private_dns=found.private_dns_enabled,
        route_table_ids=frozenset(found.route_table_ids),
    )


def _found(ask: Callable[[], T]) -> T | None:
    """Returns what the provider finds, or ``None`` where there is no such thing."""
    try:
        return ask()
    except Exception as error:
        # The SDK raises plain exceptions; their words are all that tells them apart.
        if any(words in str(error) for words in _NOT_THERE):
            return None
        raise
