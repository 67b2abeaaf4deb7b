"""The functions of the simulated ``aws`` provider, answered from what is known of EC2."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from deployment.properties import without_nulls
from offline import vpc_recording
from offline.cloud.behaviour import Inputs
from offline.ec2_data import region_data
from offline.partitions import partition_of
from stackfile.placeholders import DOCUMENTATION_ACCOUNT, OFFLINE_ROLE

from .network_functions import NETWORK_FUNCTIONS
from .simulated import InvokeRefusedError, NotSimulatedError

# Answered by the provider itself, which knows its cloud.
CLUSTERS: Final = "aws:eks/getClusters:getClusters"
CALLER_IDENTITY: Final = "aws:index/getCallerIdentity:getCallerIdentity"
# Devices that need a driver: the provider's key, and EC2's two.
_DEVICES: Final = (
    ("gpuses", "GpuInfo", "Gpus"),
    ("neuronDevices", "NeuronInfo", "NeuronDevices"),
    ("inferenceAccelerators", "InferenceAcceleratorInfo", "Accelerators"),
    ("fpgas", "FpgaInfo", "Fpgas"),
    ("mediaAccelerators", "MediaAcceleratorInfo", "Accelerators"),
)


def caller_identity(region: str, account: str) -> Inputs:
    """Returns who calls: a role of the account, in a session named after the data that answers."""
    session = region_data(region).source
    arn = f"arn:{partition_of(region).name}:sts::{account}:assumed-role/offline/{session}"
    return {"accountId": account, "arn": arn, "userId": f"{OFFLINE_ROLE}:{session}", "id": account}


def clusters(region: str, names: Sequence[str]) -> Inputs:
    """Returns which clusters there are."""
    return {"id": region, "region": region, "names": list(names)}


def _get_caller_identity(region: str, _arguments: Inputs) -> Inputs:
    return caller_identity(region, DOCUMENTATION_ACCOUNT)


def _get_partition(region: str, _arguments: Inputs) -> Inputs:
    found = partition_of(region)
    return {
        "partition": found.name,
        "dnsSuffix": found.dns_suffix,
        "reverseDnsPrefix": ".".join(reversed(found.dns_suffix.split("."))),
        "id": found.name,
    }


def _get_region(region: str, _arguments: Inputs) -> Inputs:
    return {"id": region, "name": region, "region": region}


def _get_availability_zones(region: str, arguments: Inputs) -> Inputs:
    # The data holds no Local Zones, which are what this filter keeps out.
    _expect_filters(arguments, {"opt-in-status"})
    zones = region_data(region).zones
    return {
        "names": list(zones),
        "id": region,
        "zoneIds": list(zones.values()),
        "groupNames": [region],
        "region": region,
    }


def _get_instance_type(region: str, arguments: Inputs) -> Inputs:
    name = str(arguments["instanceType"])
    data = region_data(region).types.get(name)
    if data is None:
        raise InvokeRefusedError(
            f"InvalidInstanceType: The following supplied instance types do not exist: [{name}]"
        )
    network = data["NetworkInfo"]
    return {
        "id": name,
        "instanceType": name,
        "region": region,
        "supportedArchitectures": data["ProcessorInfo"]["SupportedArchitectures"],
        "supportedUsagesClasses": data["SupportedUsageClasses"],
        "defaultVcpus": data["VCpuInfo"]["DefaultVCpus"],
        "memorySize": data["MemoryInfo"]["SizeInMiB"],
        "hypervisor": data.get("Hypervisor", ""),
        "bareMetal": data["BareMetal"],
        "maximumNetworkInterfaces": network.get("MaximumNetworkInterfaces"),
        "maximumIpv4AddressesPerInterface": network["Ipv4AddressesPerInterface"],
        "maximumNetworkCards": network.get("MaximumNetworkCards"),
        "defaultNetworkCardIndex": network["DefaultNetworkCardIndex"],
        "networkCards": [
            {
                "index": card["NetworkCardIndex"],
                "maximumInterfaces": card["MaximumNetworkInterfaces"],
                "performance": card.get("NetworkPerformance"),
                "baselineBandwidth": card.get("BaselineBandwidthInGbps"),
                "peakBandwidth": card.get("PeakBandwidthInGbps"),
            }
            for card in network["NetworkCards"]
        ],
        "instanceDisks": [
            {"count": disk.get("Count"), "size": disk.get("SizeInGB"), "type": disk.get("Type")}
            for disk in data.get("InstanceStorageInfo", {}).get("Disks", ())
        ],
        **_devices(data),
    }


def _devices(data: Mapping[str, Any]) -> Inputs:
    """Returns GPUs, accelerators and FPGAs by the provider's keys."""
    return {
        key: [
            {
                "count": device.get("Count"),
                "manufacturer": device.get("Manufacturer", "AWS"),
                "name": device.get("Name"),
                "memorySize": device.get("MemoryInfo", {}).get("SizeInMiB", 0),
            }
            for device in data.get(info, {}).get(devices, ())
        ]
        for key, info, devices in _DEVICES
    }


def _get_instance_type_offerings(region: str, arguments: Inputs) -> Inputs:
    if arguments.get("locationType") != "availability-zone":
        raise NotSimulatedError(f"offerings by {arguments.get('locationType')!r} are not simulated")
    wanted = _expect_filters(arguments, {"instance-type"}).get("instance-type")
    offers = [
        (name, zone)
        for name, zones in region_data(region).offers.items()
        if wanted is None or name in wanted
        for zone in sorted(zones)
    ]
    return {
        "id": region,
        "region": region,
        "locationType": "availability-zone",
        "instanceTypes": [name for name, _ in offers],
        "locations": [zone for _, zone in offers],
        "locationTypes": ["availability-zone"] * len(offers),
    }


def _get_cluster(region: str, arguments: Inputs) -> Inputs:
    """Returns of a cluster the block that EKS gives to Services where nothing is said."""
    network = {"ipFamily": "ipv4", "serviceIpv4Cidr": "172.20.0.0/16"}
    name = arguments["name"]
    return {"id": name, "name": name, "region": region, "kubernetesNetworkConfigs": [network]}


def _get_clusters(region: str, _arguments: Inputs) -> Inputs:
    recorded = (vpc.clusters for vpc in vpc_recording.recordings(region))
    return clusters(region, sorted({name for names in recorded for name in names}))


# Each function, and the arguments that it takes here.
FUNCTIONS: Final[Mapping[str, tuple[Callable[[str, Inputs], Inputs], tuple[str, ...]]]] = {
    CALLER_IDENTITY: (_get_caller_identity, ()),
    "aws:index/getPartition:getPartition": (_get_partition, ()),
    "aws:index/getRegion:getRegion": (_get_region, ()),
    "aws:index/getAvailabilityZones:getAvailabilityZones": (_get_availability_zones, ("filters",)),
    "aws:eks/getCluster:getCluster": (_get_cluster, ("name",)),
    "aws:ec2/getInstanceType:getInstanceType": (_get_instance_type, ("instanceType",)),
    "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": (
        _get_instance_type_offerings,
        ("filters", "locationType"),
    ),
    CLUSTERS: (_get_clusters, ()),
    **NETWORK_FUNCTIONS,
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
