"""The functions of the simulated ``aws`` provider about a VPC that is there, by its recording."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from offline import vpc_recording
from offline.cloud.behaviour import Inputs
from offline.vpc_recording import RecordedEndpoint, RecordedSubnet, RecordedTable, VpcRecording

from .simulated import InvokeRefusedError, NotSimulatedError

# By the beginning of an ID: which property of a route the provider tells it in.
_TARGETS: Final[Mapping[str, str]] = {
    "nat": "natGatewayId",
    "tgw": "transitGatewayId",
    "eni": "networkInterfaceId",
    "i": "instanceId",
    "vpce": "vpcEndpointId",
    "pcx": "vpcPeeringConnectionId",
    "lgw": "localGatewayId",
    "cagw": "carrierGatewayId",
    "eigw": "egressOnlyGatewayId",
    "arn": "coreNetworkArn",
}
_NO_TARGET: Final = dict.fromkeys(
    [
        *_TARGETS.values(),
        *("cidrBlock", "destinationPrefixListId", "gatewayId", "ipv6CidrBlock", "odbNetworkArn"),
    ],
    "",
)
# Routes that the provider leaves out: to the VPC itself, and those of gateway endpoints
# (https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ec2/vpc_route_table_data_source.go,
# `dataSourceRoutesRead`).
_LOCAL: Final = "local"


def _get_vpc(region: str, arguments: Inputs) -> Inputs:
    vpc = _vpc(region, arguments["id"])
    return {
        "id": vpc.id,
        "region": region,
        "cidrBlock": vpc.cidrs[0],
        "cidrBlockAssociations": [
            {"associationId": "", "cidrBlock": block, "state": "associated"} for block in vpc.cidrs
        ],
        "enableDnsSupport": vpc.dns_support,
        "enableDnsHostnames": vpc.dns_hostnames,
        "tags": {},
    }


def _get_subnets(region: str, arguments: Inputs) -> Inputs:
    wanted = {one["name"]: one["values"] for one in arguments.get("filters") or ()}
    if unknown := sorted(wanted.keys() - {"vpc-id"}):
        raise NotSimulatedError(f"filter {', '.join(unknown)} is not simulated")
    tags = (arguments.get("tags") or {}).items()
    ids = [
        identifier
        for vpc in vpc_recording.recordings(region)
        if vpc.id in wanted.get("vpc-id", [vpc.id])
        for identifier, subnet in vpc.subnets.items()
        if tags <= subnet.tags.items()
    ]
    return {"id": region, "region": region, "ids": ids, "tags": dict(tags)}


def _get_subnet(region: str, arguments: Inputs) -> Inputs:
    identifier = str(arguments["id"])
    for vpc in vpc_recording.recordings(region):
        if subnet := vpc.subnets.get(identifier):
            return _subnet(region, vpc, identifier, subnet)
    raise InvokeRefusedError(
        f"InvalidSubnetID.NotFound: The subnet ID '{identifier}' does not exist"
    )


def _subnet(region: str, vpc: VpcRecording, identifier: str, subnet: RecordedSubnet) -> Inputs:
    return {
        "id": identifier,
        "region": region,
        "vpcId": vpc.id,
        "availabilityZone": subnet.zone,
        "availabilityZoneId": subnet.zone_id,
        "availableIpAddressCount": subnet.free,
        "cidrBlock": subnet.cidr,
        "mapPublicIpOnLaunch": subnet.public_addresses,
        "state": "available",
        "tags": subnet.tags,
    }


def _get_route_tables(region: str, arguments: Inputs) -> Inputs:
    vpc = _vpc(region, arguments["vpcId"])
    return {"id": region, "region": region, "vpcId": vpc.id, "ids": list(vpc.route_tables)}


def _get_route_table(region: str, arguments: Inputs) -> Inputs:
    identifier = str(arguments["routeTableId"])
    for vpc in vpc_recording.recordings(region):
        if table := vpc.route_tables.get(identifier):
            return {
                "id": identifier,
                "region": region,
                "routeTableId": identifier,
                "vpcId": vpc.id,
                "associations": _associations(identifier, table),
                "routes": [
                    _route(one.destination, one.target)
                    for one in table.routes
                    if one.target != _LOCAL and not one.destination.startswith("pl-")
                ],
                "tags": {},
            }
    raise InvokeRefusedError("no matching EC2 Route Table found")


def _associations(identifier: str, table: RecordedTable) -> Iterable[Inputs]:
    empty = {"gatewayId": "", "routeTableAssociationId": "", "routeTableId": identifier}
    subnets = [{**empty, "main": False, "subnetId": subnet} for subnet in table.subnets]
    return [*subnets, *([{**empty, "main": True, "subnetId": ""}] if table.main else [])]


def _route(destination: str, target: str) -> Inputs:
    key = _TARGETS.get(target.partition(":" if target.startswith("arn") else "-")[0], "gatewayId")
    return {**_NO_TARGET, "cidrBlock": destination, key: target}


def _get_vpc_endpoint(region: str, arguments: Inputs) -> Inputs:
    wanted = {one["name"]: one["values"] for one in arguments.get("filters") or ()}
    if unknown := sorted(wanted.keys() - {"vpc-endpoint-type"}):
        raise NotSimulatedError(f"filter {', '.join(unknown)} is not simulated")
    vpc = _vpc(region, arguments["vpcId"])
    found = {
        identifier: one
        for identifier, one in vpc.endpoints.items()
        if one.service == arguments["serviceName"]
        and one.state == arguments.get("state", one.state)
        and one.type in wanted.get("vpc-endpoint-type", [one.type])
    }
    if len(found) != 1:
        what = "multiple EC2 VPC Endpoints matched" if found else "no matching EC2 VPC Endpoint"
        raise InvokeRefusedError(f"{what} found" if not found else f"{what}; use more constraints")
    [(identifier, endpoint)] = found.items()
    return _endpoint(region, vpc, identifier, endpoint)


def _endpoint(
    region: str, vpc: VpcRecording, identifier: str, endpoint: RecordedEndpoint
) -> Inputs:
    return {
        "id": identifier,
        "region": region,
        "vpcId": vpc.id,
        "serviceName": endpoint.service,
        "state": endpoint.state,
        "vpcEndpointType": endpoint.type,
        "privateDnsEnabled": endpoint.private_dns,
        "subnetIds": list(endpoint.subnets),
        "routeTableIds": list(endpoint.route_tables),
        "tags": {},
    }


def _vpc(region: str, identifier: Any) -> VpcRecording:
    for vpc in vpc_recording.recordings(region):
        if vpc.id == identifier:
            return vpc
    raise InvokeRefusedError("no matching EC2 VPC found")


# Each function, and the arguments that it takes here.
NETWORK_FUNCTIONS: Final[Mapping[str, tuple[Callable[[str, Inputs], Inputs], tuple[str, ...]]]] = {
    "aws:ec2/getVpc:getVpc": (_get_vpc, ("id",)),
    "aws:ec2/getSubnets:getSubnets": (_get_subnets, ("filters", "tags")),
    "aws:ec2/getSubnet:getSubnet": (_get_subnet, ("id",)),
    "aws:ec2/getRouteTables:getRouteTables": (_get_route_tables, ("vpcId",)),
    "aws:ec2/getRouteTable:getRouteTable": (_get_route_table, ("routeTableId",)),
    "aws:ec2/getVpcEndpoint:getVpcEndpoint": (
        _get_vpc_endpoint,
        ("vpcId", "serviceName", "state", "filters"),
    ),
}
