"""The functions of the simulated ``aws`` provider, answered from moto's copy of EC2's data."""

import gzip
import json
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from .simulated import InvokeRefusedError, NotSimulatedError

# Partitions by the regions' prefix (https://docs.aws.amazon.com/whitepapers/latest/
# aws-fault-isolation-boundaries/partitions.html).
_PARTITIONS: Final[Mapping[str, str]] = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
_DNS_SUFFIXES: Final[Mapping[str, str]] = {"aws-cn": "amazonaws.com.cn"}


def partition_of(region: str) -> str:
    """Returns the partition that a region is in."""
    found = (name for prefix, name in _PARTITIONS.items() if region.startswith(prefix))
    return next(found, "aws")


def dns_suffix_of(region: str) -> str:
    """Returns the domain of AWS's endpoints in a region."""
    return _DNS_SUFFIXES.get(partition_of(region), "amazonaws.com")


def caller_identity(region: str, account_id: str) -> Mapping[str, Any]:
    """Returns who calls: a role of the account."""
    arn = f"arn:{partition_of(region)}:sts::{account_id}:assumed-role/deployer/preview"
    return {"accountId": account_id, "arn": arn, "userId": "AROAEXAMPLE:preview", "id": account_id}


def _get_partition(region: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    _expect(arguments, set())
    partition, suffix = partition_of(region), dns_suffix_of(region)
    return {
        "partition": partition,
        "dnsSuffix": suffix,
        "reverseDnsPrefix": ".".join(reversed(suffix.split("."))),
        "id": partition,
    }


def _get_availability_zones(region: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    _expect(arguments, {"filters"})
    # The data holds no Local Zones, which are what this filter keeps out.
    _expect_filters(arguments, {"opt-in-status"})
    names = sorted({offer["Location"] for offer in _offerings(region)})
    return {"names": names, "id": region, "zoneIds": [], "groupNames": [region], "region": region}


def _get_instance_type(region: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    _expect(arguments, {"instanceType"})
    name = str(arguments["instanceType"])
    if not any(offer["InstanceType"] == name for offer in _offerings(region)):
        message = (
            f"InvalidInstanceType: The following supplied instance types do not exist: [{name}]"
        )
        raise InvokeRefusedError(message)
    data = _instance_types()[name]
    return {
        "id": name,
        "instanceType": name,
        "region": region,
        "supportedArchitectures": data["ProcessorInfo"]["SupportedArchitectures"],
        "defaultVcpus": data["VCpuInfo"]["DefaultVCpus"],
        "memorySize": data["MemoryInfo"]["SizeInMiB"],
        "hypervisor": data.get("Hypervisor", ""),
        "bareMetal": data["BareMetal"],
        "maximumNetworkInterfaces": data["NetworkInfo"]["MaximumNetworkInterfaces"],
        "maximumIpv4AddressesPerInterface": data["NetworkInfo"]["Ipv4AddressesPerInterface"],
        "maximumNetworkCards": data["NetworkInfo"]["MaximumNetworkCards"],
    }


def _get_instance_type_offerings(region: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    _expect(arguments, {"filters", "locationType"})
    if arguments.get("locationType") != "availability-zone":
        message = f"offerings by {arguments.get('locationType')!r} are not simulated"
        raise NotSimulatedError(message)
    wanted = _expect_filters(arguments, {"instance-type"}).get("instance-type")
    offers = [o for o in _offerings(region) if wanted is None or o["InstanceType"] in wanted]
    return {
        "id": region,
        "region": region,
        "locationType": "availability-zone",
        "instanceTypes": [offer["InstanceType"] for offer in offers],
        "locations": [offer["Location"] for offer in offers],
        "locationTypes": ["availability-zone"] * len(offers),
    }


FUNCTIONS: Final[Mapping[str, Callable[[str, Mapping[str, Any]], Mapping[str, Any]]]] = {
    "aws:index/getPartition:getPartition": _get_partition,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _get_availability_zones,
    "aws:ec2/getInstanceType:getInstanceType": _get_instance_type,
    "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": _get_instance_type_offerings,
}


def _expect(arguments: Mapping[str, Any], known: set[str]) -> None:
    given = {key for key, value in arguments.items() if value is not None}
    if unknown := sorted(given - known):
        message = f"argument {', '.join(unknown)} is not simulated"
        raise NotSimulatedError(message)


def _expect_filters(arguments: Mapping[str, Any], known: set[str]) -> dict[str, list[str]]:
    filters = {entry["name"]: entry["values"] for entry in arguments.get("filters") or []}
    if unknown := sorted(filters.keys() - known):
        message = f"filter {', '.join(unknown)} is not simulated"
        raise NotSimulatedError(message)
    return filters


@cache
def _instance_types() -> Mapping[str, Any]:
    data: Mapping[str, Any] = _moto_data("instance_types.json.gz")
    return data


@cache
def _offerings(region: str) -> list[dict[str, str]]:
    """Returns which zone of the region offers which type; nothing for an unknown region."""
    try:
        offers: list[dict[str, str]] = _moto_data(
            f"instance_type_offerings/availability-zone/{region}.json.gz"
        )
    except FileNotFoundError:
        return []
    return sorted(offers, key=lambda offer: (offer["InstanceType"], offer["Location"]))


def _moto_data(path: str) -> Any:
    # Read from the package's files: moto's EC2 itself is slow to import.
    resource = files("moto") / "ec2" / "resources" / path
    with resource.open("rb") as compressed:
        return json.loads(gzip.decompress(compressed.read()))
