"""EC2's own data on instance types and zones, from moto's copy of it.

Read from the package's files: moto's EC2 itself is slow to import, and Pulumi is not needed here.
"""

import gzip
import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from planning.instance_types import InstanceType


@cache
def instance_type_data() -> Mapping[str, Any]:
    """Returns what ``DescribeInstanceTypes`` says of each type, by name."""
    data: Mapping[str, Any] = _moto_data("instance_types.json.gz")
    return data


@cache
def offerings(region: str) -> Sequence[Mapping[str, str]]:
    """Returns which zone of a region offers which type; nothing for an unknown region."""
    try:
        offers: list[dict[str, str]] = _moto_data(
            f"instance_type_offerings/availability-zone/{region}.json.gz"
        )
    except FileNotFoundError:
        return []
    return sorted(offers, key=lambda offer: (offer["InstanceType"], offer["Location"]))


def instance_type(name: str) -> InstanceType | None:
    """Returns an instance type of any region, without zones; ``None`` for an unknown one."""
    data = instance_type_data().get(name)
    if data is None:
        return None
    network = data["NetworkInfo"]
    default_card = next(
        card
        for card in network["NetworkCards"]
        if card["NetworkCardIndex"] == network["DefaultNetworkCardIndex"]
    )
    return InstanceType(
        name=name,
        architectures=tuple(data["ProcessorInfo"]["SupportedArchitectures"]),
        zones=frozenset(),
        vcpus=data["VCpuInfo"]["DefaultVCpus"],
        memory_mib=data["MemoryInfo"]["SizeInMiB"],
        # EC2 names no hypervisor for bare metal.
        nitro=data["BareMetal"] or data["Hypervisor"] == "nitro",
        network_interfaces=default_card["MaximumNetworkInterfaces"],
        addresses_per_interface=network["Ipv4AddressesPerInterface"],
    )


def _moto_data(path: str) -> Any:
    resource = files("moto") / "ec2" / "resources" / path
    with resource.open("rb") as compressed:
        return json.loads(gzip.decompress(compressed.read()))
