"""What the planner needs to know about an EC2 instance type, whoever tells it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

# Amazon Linux 2023, the family that EKS builds for current versions
# (https://docs.aws.amazon.com/eks/latest/userguide/al2023.html), by EC2's name of the architecture.
AMI_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {"x86_64": "AL2023_x86_64_STANDARD", "arm64": "AL2023_ARM_64_STANDARD"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class InstanceType:
    """An instance type as one region offers it.

    :param architectures: EC2's names, such as ``x86_64``.
    :param zones: the availability zones that offer it.
    :param vcpus: virtual processors with all cores and threads on.
    :param memory_mib: the memory, as EC2 counts it, in MiB; the system sees a little less.
    :param nitro: built on the Nitro system, as prefixes need; bare metal is.
    :param network_interfaces: how many its first network card takes; the VPC CNI gives pods
        addresses on no other card.
    :param addresses_per_interface: IPv4 addresses of an interface, its own first one included.
    """

    name: str
    architectures: tuple[str, ...]
    zones: frozenset[str]
    vcpus: int
    memory_mib: int
    nitro: bool
    network_interfaces: int
    addresses_per_interface: int


def ami_type(instance_types: Sequence[InstanceType]) -> str:
    """Returns the EKS AMI type that fits every instance type of a group.

    :raises ValueError: where no AMI type does.
    """
    for architecture, name in AMI_TYPES.items():
        if all(architecture in kind.architectures for kind in instance_types):
            return name
    listed = ", ".join(f"{kind.name} is {'/'.join(kind.architectures)}" for kind in instance_types)
    raise ValueError(f"must all be {' or all be '.join(AMI_TYPES)}; {listed}")
