"""What EC2 says of a VPC that is there already, kept in a file for offline runs."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from stackfile.files import vpc_recording_name
from stackfile.placeholders import DOCUMENTATION_ACCOUNT

from . import recording
from .recording import RecordedModel, RecordingError

# The calls, in their order, and the permission that each needs.
CALLS: Final = (
    "ec2:DescribeVpcs",
    "ec2:DescribeVpcAttribute",
    "ec2:DescribeSubnets",
    "ec2:DescribeRouteTables",
    "ec2:DescribeVpcEndpoints",
    "eks:ListClusters",
)
# Where EC2 says that a route leads
# (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Route.html).
_TARGETS: Final = (
    "GatewayId",
    "NatGatewayId",
    "TransitGatewayId",
    "NetworkInterfaceId",
    "InstanceId",
    "VpcPeeringConnectionId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "EgressOnlyInternetGatewayId",
    "CoreNetworkArn",
)
_BLACKHOLE: Final = "blackhole"


class RecordedSubnet(RecordedModel):
    """A subnet.

    :param free: addresses that nobody has.
    """

    zone: str
    zone_id: str
    cidr: str
    free: int
    public_addresses: bool
    tags: dict[str, str]


class RecordedRoute(RecordedModel):
    """A route, from a block or a prefix list to a gateway or the like."""

    destination: str
    target: str


class RecordedTable(RecordedModel):
    """A route table, without the routes that lead nowhere any more."""

    main: bool
    subnets: tuple[str, ...]
    routes: tuple[RecordedRoute, ...]


class RecordedEndpoint(RecordedModel):
    """An endpoint.

    :param service: by EC2's whole name.
    :param type: such as ``Interface`` or ``Gateway``.
    """

    service: str
    type: str
    state: str
    private_dns: bool
    subnets: tuple[str, ...]
    route_tables: tuple[str, ...]


class VpcRecording(RecordedModel):
    """What EC2 says of a VPC. No account number is in it.

    :param clusters: the names of all clusters in the region: one of a stack may be in the VPC.
    """

    region: str
    recorded: date
    id: str
    cidrs: tuple[str, ...]
    dns_support: bool
    dns_hostnames: bool
    subnets: dict[str, RecordedSubnet]
    route_tables: dict[str, RecordedTable]
    endpoints: dict[str, RecordedEndpoint]
    clusters: tuple[str, ...]


def path_of(vpc_id: str) -> Path:
    """Returns the file of a VPC's recording."""
    return recording.FOLDER / vpc_recording_name(vpc_id)


def recordings(region: str) -> Iterator[VpcRecording]:
    """Yields the recorded VPCs of a region.

    :raises RecordingError: for a file that cannot be read, or is another VPC's.
    """
    for path in sorted(recording.FOLDER.glob(vpc_recording_name("*"))):
        found = _read(path, path.stat().st_mtime_ns)
        if found.region == region:
            yield found


@lru_cache(maxsize=16)
def _read(path: Path, _changed: int) -> VpcRecording:
    """Returns the recording in a file; read once until the file changes."""
    try:
        found = VpcRecording.model_validate_json(path.read_bytes())
    except OSError as error:
        raise RecordingError(f"{path.name} cannot be read: {error.strerror}") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise RecordingError(f"{path.name} is no recording: {place}: {first['msg']}") from None
    if vpc_recording_name(found.id) != path.name:
        raise RecordingError(f"{path.name} is a recording of {found.id}")
    return found


def record(region: str, vpc_id: str, client: Any, eks: Any) -> VpcRecording:
    """Returns what EC2 says of a VPC now.

    :param client: boto3's client of EC2 in the region.
    :param eks: that of EKS.
    """
    (vpc,) = client.describe_vpcs(VpcIds=[vpc_id])["Vpcs"]
    in_vpc = [{"Name": "vpc-id", "Values": [vpc_id]}]

    def attribute(name: str) -> bool:
        answer = client.describe_vpc_attribute(VpcId=vpc_id, Attribute=name)
        return bool(answer[f"{name[0].upper()}{name[1:]}"]["Value"])

    def pages(call: str, key: str) -> Iterator[Any]:
        for page in client.get_paginator(call).paginate(Filters=in_vpc):
            yield from page[key]

    associations = vpc.get("CidrBlockAssociationSet", ())
    blocks = [
        one["CidrBlock"] for one in associations if one["CidrBlockState"]["State"] == "associated"
    ]
    found = VpcRecording(
        region=region,
        recorded=datetime.now(tz=UTC).date(),
        id=vpc_id,
        cidrs=tuple(dict.fromkeys([vpc["CidrBlock"], *blocks])),
        dns_support=attribute("enableDnsSupport"),
        dns_hostnames=attribute("enableDnsHostnames"),
        subnets={one["SubnetId"]: _subnet(one) for one in pages("describe_subnets", "Subnets")},
        route_tables={
            one["RouteTableId"]: _table(one)
            for one in pages("describe_route_tables", "RouteTables")
        },
        endpoints={
            one["VpcEndpointId"]: _endpoint(one)
            for one in pages("describe_vpc_endpoints", "VpcEndpoints")
        },
        clusters=tuple(
            name
            for page in eks.get_paginator("list_clusters").paginate()
            for name in page["clusters"]
        ),
    )
    # A tag or a core network's ARN may name the account.
    text = found.model_dump_json(by_alias=True)
    if owner := vpc.get("OwnerId"):
        text = text.replace(owner, DOCUMENTATION_ACCOUNT)
    return VpcRecording.model_validate_json(text)


def text_of(found: VpcRecording) -> str:
    """Returns a recording as its file holds it."""
    return found.model_dump_json(by_alias=True, indent=2) + "\n"


def _subnet(data: Mapping[str, Any]) -> RecordedSubnet:
    return RecordedSubnet(
        zone=data["AvailabilityZone"],
        zone_id=data["AvailabilityZoneId"],
        cidr=data["CidrBlock"],
        free=data["AvailableIpAddressCount"],
        public_addresses=data["MapPublicIpOnLaunch"],
        tags={tag["Key"]: tag["Value"] for tag in data.get("Tags", ())},
    )


def _table(data: Mapping[str, Any]) -> RecordedTable:
    associations = data.get("Associations", ())
    return RecordedTable(
        main=any(one.get("Main") for one in associations),
        subnets=tuple(one["SubnetId"] for one in associations if one.get("SubnetId")),
        routes=tuple(
            RecordedRoute(destination=destination, target=target)
            for route in data.get("Routes", ())
            if route.get("State") != _BLACKHOLE
            for destination in [
                route.get("DestinationCidrBlock") or route.get("DestinationPrefixListId")
            ]
            for target in [next((route[key] for key in _TARGETS if route.get(key)), None)]
            if destination and target
        ),
    )


def _endpoint(data: Mapping[str, Any]) -> RecordedEndpoint:
    return RecordedEndpoint(
        service=data["ServiceName"],
        type=data["VpcEndpointType"],
        state=data["State"].lower(),
        private_dns=data.get("PrivateDnsEnabled", False),
        subnets=tuple(data.get("SubnetIds", ())),
        route_tables=tuple(data.get("RouteTableIds", ())),
    )
