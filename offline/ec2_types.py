"""An instance type from what EC2's ``DescribeInstanceTypes`` says of it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from planning.instance_types import InstanceType, accelerator


def instance_type_of(name: str, data: Mapping[str, Any]) -> InstanceType:
    """Returns an instance type, without zones.

    :raises LookupError, TypeError, AttributeError: for data that EC2 does not give.
    """
    return InstanceType(
        name=name,
        architectures=tuple(data["ProcessorInfo"]["SupportedArchitectures"]),
        zones=frozenset(),
        vcpus=data["VCpuInfo"]["DefaultVCpus"],
        memory_mib=data["MemoryInfo"]["SizeInMiB"],
        # EC2 names no hypervisor for bare metal.
        nitro=data["BareMetal"] or data["Hypervisor"] == "nitro",
        network_interfaces=_default_card(data)["MaximumNetworkInterfaces"],
        addresses_per_interface=data["NetworkInfo"]["Ipv4AddressesPerInterface"],
        accelerator=accelerator(_device_makers(data), neuron="NeuronInfo" in data),
        other_attachments=sum(_counts(data)),
        usage_classes=tuple(data["SupportedUsageClasses"]),
    )


_DEVICES: Final = (
    ("GpuInfo", "Gpus"),
    ("InferenceAcceleratorInfo", "Accelerators"),
    ("FpgaInfo", "Fpgas"),
    ("MediaAcceleratorInfo", "Accelerators"),
)


def _device_makers(data: Mapping[str, Any]) -> Iterator[str]:
    """Yields the maker of each kind of device that needs a driver."""
    for info, key in _DEVICES:
        yield from (device["Manufacturer"] for device in data.get(info, {}).get(key, ()))


def _counts(data: Mapping[str, Any]) -> Iterator[int]:
    """Yields how many there are of each kind of instance store, and of each kind of device."""
    for info, key in (("InstanceStorageInfo", "Disks"), *_DEVICES):
        yield from (one.get("Count") or 0 for one in data.get(info, {}).get(key, ()))


def _default_card(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the network card that an instance has in any case."""
    network = data["NetworkInfo"]
    return next(
        card
        for card in network["NetworkCards"]
        if card["NetworkCardIndex"] == network["DefaultNetworkCardIndex"]
    )
