"""The section about what an offline run cannot know."""

from typing import Annotated, Final, Literal

from pydantic import Field

from planning.instance_types import NEURON, NVIDIA, InstanceType

from .checks import DISTINCT
from .section import Section, key_of
from .types import InstanceTypeName, ZoneId, ZoneName

_COMPARED: Final = (
    *("vcpus", "memory_mib", "network_interfaces", "addresses_per_interface"),
    *("nitro", "accelerator"),
)
_ACCELERATORS: Final = {"none": "", "nvidia": NVIDIA, "neuron": NEURON}


class DeclaredInstanceType(Section):
    """An entry of ``offline.instanceTypes``: what ``aws ec2 describe-instance-types`` says."""

    architecture: Literal["x86_64", "arm64"] = Field(examples=["x86_64"])
    """ProcessorInfo.SupportedArchitectures, the one of 64 bits."""
    vcpus: Annotated[int, Field(ge=1, le=4096)] = Field(examples=[8])
    """VCpuInfo.DefaultVCpus."""
    memory_mib: Annotated[int, Field(ge=512, le=1 << 26)] = Field(examples=[62464])
    """MemoryInfo.SizeInMiB."""
    network_interfaces: Annotated[int, Field(ge=1, le=64)] = Field(examples=[4])
    """NetworkInfo.NetworkCards[0].MaximumNetworkInterfaces: of the default card."""
    addresses_per_interface: Annotated[int, Field(ge=1, le=256)] = Field(examples=[15])
    """NetworkInfo.Ipv4AddressesPerInterface."""
    nitro: bool = True
    """Whether Hypervisor is nitro, or BareMetal is true."""
    accelerator: Literal["none", "nvidia", "neuron"] = "none"
    """nvidia with GpuInfo of NVIDIA's, neuron with NeuronInfo: decides the machine image."""
    spot: bool = True
    """Whether SupportedUsageClasses has spot."""
    zones: Annotated[tuple[ZoneName, ...], DISTINCT] | None = None
    """The zones that offer it; absent: every zone of the account."""

    def kind(self, name: str, zones: frozenset[str]) -> InstanceType:
        """Returns the instance type.

        :param zones: those of the account.
        """
        return InstanceType(
            name=name,
            architectures=(self.architecture,),
            zones=zones if self.zones is None else frozenset(self.zones),
            vcpus=self.vcpus,
            memory_mib=self.memory_mib,
            nitro=self.nitro,
            network_interfaces=self.network_interfaces,
            addresses_per_interface=self.addresses_per_interface,
            accelerator=_ACCELERATORS[self.accelerator],
            usage_classes=("on-demand", "spot") if self.spot else ("on-demand",),
        )

    def differences(self, kind: InstanceType) -> list[str]:
        """Returns in which keys this is not the instance type that it declares."""
        own = self.kind(kind.name, kind.zones)
        wrong = {
            "architecture": self.architecture not in kind.architectures,
            "zones": not own.zones <= kind.zones | kind.unknown_zones,
            "spot": self.spot != ("spot" in kind.usage_classes),
        }
        for field in _COMPARED:
            wrong[field] = getattr(own, field) != getattr(kind, field)
        return [key_of(field) for field, differs in wrong.items() if differs]


class OfflineSettings(Section):
    """``offline``: what a preview without an account takes as known."""

    zones: dict[ZoneName, ZoneId | None] = Field(
        default={}, examples=[{"us-west-1a": "usw1-az3", "us-west-1c": "usw1-az1"}]
    )
    """The account's availability zones in the region by name, each with its ID, or with nothing
    where the ID is not known; in place of those that the offline data has."""
    instance_types: dict[InstanceTypeName, DeclaredInstanceType] = Field(
        default={}, examples=[{"p3.2xlarge": {}}]
    )
    """Instance types that the offline data does not know, or knows wrongly, by name."""
