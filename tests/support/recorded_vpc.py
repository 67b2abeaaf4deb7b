"""The VPC that is shipped as a recording, changed, and the stack that is in it."""

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from programs import section

from offline import recording
from offline.engine import run_main
from offline.monitor import RecordingMonitor
from offline.simulation import factories
from stackfile.account import Account
from stackfile.capacity import address_plan, check_fits
from stackfile.files import PROGRAM, configuration
from stackfile.load import load_settings
from stackfile.network_check import check_network

STACK: Final = "existing"
VPC_ID: Final = "vpc-0e1a2b3c4d5e6f708"
PRIVATE: Final = "subnet-0b17d5e9f30c2b481"
PUBLIC: Final = "subnet-0a17d5e9f30c2b481"
CONTROL: Final = "subnet-0c17d5e9f30c2b481"
KEY: Final = "eks-platform:network.existing"
RECORDED: Final[Mapping[str, Any]] = json.loads(
    (PROGRAM / f"Vpc.{VPC_ID}.json").read_text(encoding="utf-8")
)
Change = Callable[[Any], object]


def check(**network: Any) -> None:
    """Reads the stack and checks its network, and makes nothing."""

    def main() -> None:
        account = Account()
        settings = load_settings(account)
        state = check_network(settings, account.place)
        check_fits(address_plan(settings, account, is_running=state.is_running))

    config = dict(configuration(PROGRAM, STACK))
    config["eks-platform:network"] = json.dumps({**section("network", STACK), **network})
    if network.get("nat") == "none":
        for key in ("nfs", "sampleApp"):
            del config[f"eks-platform:{key}"]
    made = factories("eks-platform", config)
    run_main(main, PROGRAM, RecordingMonitor("eks-platform", STACK, config, made))


def existing(**subnets: Any) -> dict[str, Any]:
    own = section("network", STACK)["existing"]
    return {"existing": {**own, "subnets": {**own["subnets"], **subnets}}}


def write(change: Change = lambda _: None) -> None:
    """Writes the shipped recording into the folder of recordings, with a change."""
    data = copy.deepcopy(dict(RECORDED))
    change(data)
    path = recording.FOLDER / f"Vpc.{data['id']}.json"
    path.write_text(json.dumps(data), encoding="utf-8")


def subnet(identifier: str, **changes: Any) -> Change:
    return lambda data: data["subnets"][identifier].update(changes)


def untag(identifier: str, tag: str) -> Change:
    return lambda data: data["subnets"][identifier]["tags"].pop(tag)


def tag(identifier: str, key: str) -> Change:
    return lambda data: data["subnets"][identifier]["tags"].update({key: "1"})


def default_route(identifier: str, target: str | None) -> Change:
    def change(data: Any) -> None:
        for table in data["routeTables"].values():
            if identifier in table["subnets"]:
                kept = [r for r in table["routes"] if r["destination"] != "0.0.0.0/0"]
                more = [{"destination": "0.0.0.0/0", "target": target}] if target else []
                table["routes"] = kept + more

    return change


def endpoint(service: str, **changes: Any) -> Change:
    def change(data: Any) -> None:
        for identifier, found in list(data["endpoints"].items()):
            if found["service"].endswith(f".{service}"):
                if changes:
                    found.update(changes)
                else:
                    del data["endpoints"][identifier]

    return change


def elsewhere(data: Any) -> None:
    """Puts a subnet into another VPC, which is recorded, too."""
    other: dict[str, Any] = {**copy.deepcopy(data), "id": "vpc-00000000", "subnets": {}}
    other["subnets"][PRIVATE] = data["subnets"].pop(PRIVATE)
    other["cidrs"] = ["10.61.0.0/16"]
    path = recording.FOLDER / "Vpc.vpc-00000000.json"
    path.write_text(json.dumps(other), encoding="utf-8")


def answers(owner: str) -> list[tuple[str, dict[str, Any]]]:
    """Returns EC2's answers for the shipped recording."""
    blocks = [
        {"CidrBlock": block, "CidrBlockState": {"State": "associated"}}
        for block in RECORDED["cidrs"]
    ]
    gone = {"CidrBlock": "10.99.0.0/16", "CidrBlockState": {"State": "disassociated"}}
    vpc = {
        "VpcId": VPC_ID,
        "OwnerId": owner,
        "CidrBlock": RECORDED["cidrs"][0],
        "CidrBlockAssociationSet": [*blocks, gone],
    }
    return [
        ("describe_vpcs", {"Vpcs": [vpc]}),
        ("describe_vpc_attribute", {"EnableDnsSupport": {"Value": True}}),
        ("describe_vpc_attribute", {"EnableDnsHostnames": {"Value": True}}),
        (
            "describe_subnets",
            {
                "Subnets": [
                    {
                        "SubnetId": identifier,
                        "OwnerId": owner,
                        "SubnetArn": f"arn:aws:ec2:eu-central-1:{owner}:subnet/{identifier}",
                        "AvailabilityZone": one["zone"],
                        "AvailabilityZoneId": one["zoneId"],
                        "CidrBlock": one["cidr"],
                        "AvailableIpAddressCount": one["free"],
                        "MapPublicIpOnLaunch": one["publicAddresses"],
                        "Tags": [{"Key": k, "Value": v} for k, v in one["tags"].items()],
                    }
                    for identifier, one in RECORDED["subnets"].items()
                ]
            },
        ),
        (
            "describe_route_tables",
            {
                "RouteTables": [
                    {
                        "RouteTableId": identifier,
                        "OwnerId": owner,
                        "Associations": [
                            *({"Main": False, "SubnetId": subnet} for subnet in one["subnets"]),
                            *([{"Main": True}] if one["main"] else []),
                        ],
                        "Routes": [
                            *(_route(**route) for route in one["routes"]),
                            {
                                "DestinationCidrBlock": "10.1.0.0/16",
                                "NatGatewayId": "nat-1",
                                "State": "blackhole",
                            },
                        ],
                    }
                    for identifier, one in RECORDED["routeTables"].items()
                ]
            },
        ),
        (
            "describe_vpc_endpoints",
            {
                "VpcEndpoints": [
                    {
                        "VpcEndpointId": identifier,
                        "OwnerId": owner,
                        "ServiceName": one["service"],
                        "VpcEndpointType": one["type"],
                        "State": "Available",
                        "PrivateDnsEnabled": one["privateDns"],
                        "SubnetIds": one["subnets"],
                        "RouteTableIds": one["routeTables"],
                    }
                    for identifier, one in RECORDED["endpoints"].items()
                ]
            },
        ),
    ]


def _route(destination: str, target: str) -> dict[str, str]:
    by_list = destination.startswith("pl-")
    where = "DestinationPrefixListId" if by_list else "DestinationCidrBlock"
    to = "NatGatewayId" if target.startswith("nat-") else "GatewayId"
    return {where: destination, to: target, "State": "active"}
