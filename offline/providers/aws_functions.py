"""The functions of the simulated ``aws`` provider, answered from moto's copy of EC2's data."""

from collections.abc import Callable, Mapping
from typing import Final

from deployment.properties import without_nulls
from offline.cloud.behaviour import Inputs
from offline.ec2_data import instance_type_data, offerings
from stackfile.placeholders import DOCUMENTATION_ACCOUNT

from .simulated import InvokeRefusedError, NotSimulatedError

# Partitions by the regions' prefix (https://docs.aws.amazon.com/whitepapers/latest/
# aws-fault-isolation-boundaries/partitions.html).
_PARTITIONS: Final[Mapping[str, str]] = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
_DNS_SUFFIXES: Final[Mapping[str, str]] = {"aws-cn": "amazonaws.com.cn"}

CALLER_IDENTITY: Final = "aws:index/getCallerIdentity:getCallerIdentity"


def partition_of(region: str) -> str:
    """Returns the partition that a region is in."""
    found = (name for prefix, name in _PARTITIONS.items() if region.startswith(prefix))
    return next(found, "aws")


def dns_suffix_of(region: str) -> str:
    """Returns the domain of AWS's endpoints in a region."""
    return _DNS_SUFFIXES.get(partition_of(region), "amazonaws.com")


def caller_identity(region: str, account: str) -> Inputs:
    """Returns who calls: a role of the account."""
    arn = f"arn:{partition_of(region)}:sts::{account}:assumed-role/deployer/preview"
    return {"accountId": account, "arn": arn, "userId": "AROAEXAMPLE:preview", "id": account}


def _get_caller_identity(region: str, _arguments: Inputs) -> Inputs:
    return caller_identity(region, DOCUMENTATION_ACCOUNT)


def _get_partition(region: str, _arguments: Inputs) -> Inputs:
    partition, suffix = partition_of(region), dns_suffix_of(region)
    return {
        "partition": partition,
        "dnsSuffix": suffix,
        "reverseDnsPrefix": ".".join(reversed(suffix.split("."))),
        "id": partition,
    }


def _get_region(region: str, _arguments: Inputs) -> Inputs:
    return {"id": region, "name": region, "region": region}


def _get_availability_zones(region: str, arguments: Inputs) -> Inputs:
    # The data holds no Local Zones, which are what this filter keeps out.
    _expect_filters(arguments, {"opt-in-status"})
    names = sorted({offer["Location"] for offer in offerings(region)})
    return {"names": names, "id": region, "zoneIds": [], "groupNames": [region], "region": region}


def _get_instance_type(region: str, arguments: Inputs) -> Inputs:
    name = str(arguments["instanceType"])
    if not any(offer["InstanceType"] == name for offer in offerings(region)):
        raise InvokeRefusedError(
            f"InvalidInstanceType: The following supplied instance types do not exist: [{name}]"
        )
    data = instance_type_data()[name]
    network = data["NetworkInfo"]
    return {
        "id": name,
        "instanceType": name,
        "region": region,
        "supportedArchitectures": data["ProcessorInfo"]["SupportedArchitectures"],
        "defaultVcpus": data["VCpuInfo"]["DefaultVCpus"],
        "memorySize": data["MemoryInfo"]["SizeInMiB"],
        "hypervisor": data.get("Hypervisor", ""),
        "bareMetal": data["BareMetal"],
        "maximumNetworkInterfaces": network["MaximumNetworkInterfaces"],
        "maximumIpv4AddressesPerInterface": network["Ipv4AddressesPerInterface"],
        "maximumNetworkCards": network["MaximumNetworkCards"],
        "defaultNetworkCardIndex": network["DefaultNetworkCardIndex"],
        "networkCards": [
            {
                "index": card["NetworkCardIndex"],
                "maximumInterfaces": card["MaximumNetworkInterfaces"],
                "performance": card["NetworkPerformance"],
                "baselineBandwidth": card["BaselineBandwidthInGbps"],
                "peakBandwidth": card["PeakBandwidthInGbps"],
            }
            for card in network["NetworkCards"]
        ],
    }


def _get_instance_type_offerings(region: str, arguments: Inputs) -> Inputs:
    if arguments.get("locationType") != "availability-zone":
        raise NotSimulatedError(f"offerings by {arguments.get('locationType')!r} are not simulated")
    wanted = _expect_filters(arguments, {"instance-type"}).get("instance-type")
    offers = [o for o in offerings(region) if wanted is None or o["InstanceType"] in wanted]
    return {
        "id": region,
        "region": region,
        "locationType": "availability-zone",
        "instanceTypes": [offer["InstanceType"] for offer in offers],
        "locations": [offer["Location"] for offer in offers],
        "locationTypes": ["availability-zone"] * len(offers),
    }


# Each function, and the arguments that it takes here.
FUNCTIONS: Final[Mapping[str, tuple[Callable[[str, Inputs], Inputs], tuple[str, ...]]]] = {
    CALLER_IDENTITY: (_get_caller_identity, ()),
    "aws:index/getPartition:getPartition": (_get_partition, ()),
    "aws:index/getRegion:getRegion": (_get_region, ()),
    "aws:index/getAvailabilityZones:getAvailabilityZones": (_get_availability_zones, ("filters",)),
    "aws:ec2/getInstanceType:getInstanceType": (_get_instance_type, ("instanceType",)),
    "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": (
        _get_instance_type_offerings,
        ("filters", "locationType"),
    ),
}


def result_of(token: str, region: str, arguments: Inputs) -> Inputs:
    """Returns what a function of AWS returns.

    :raises NotSimulatedError: for a function or an argument that the simulation does not know.
    """
    if token not in FUNCTIONS:
        raise NotSimulatedError(f"the simulated AWS has no function {token}")
    function, known = FUNCTIONS[token]
    if unknown := sorted(without_nulls(arguments).keys() - set(known)):
        raise NotSimulatedError(f"argument {', '.join(unknown)} is not simulated")
    return function(region, arguments)


def _expect_filters(arguments: Inputs, known: set[str]) -> dict[str, list[str]]:
    filters = {entry["name"]: entry["values"] for entry in arguments.get("filters") or []}
    if unknown := sorted(filters.keys() - known):
        raise NotSimulatedError(f"filter {', '.join(unknown)} is not simulated")
    return filters
