"""What the planner needs to know about an EC2 instance type, whoever tells it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

NVIDIA: Final = "NVIDIA"
NEURON: Final = "Neuron"
# Amazon Linux 2023, the family that EKS builds for current versions, by EC2's name of the
# architecture and by what the image has a driver for
# (https://docs.aws.amazon.com/eks/latest/userguide/al2023.html,
# https://docs.aws.amazon.com/eks/latest/userguide/ml-eks-optimized-ami.html).
AMI_TYPES: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("x86_64", ""): "AL2023_x86_64_STANDARD",
        ("arm64", ""): "AL2023_ARM_64_STANDARD",
        ("x86_64", NVIDIA): "AL2023_x86_64_NVIDIA",
        ("arm64", NVIDIA): "AL2023_ARM_64_NVIDIA",
        ("x86_64", NEURON): "AL2023_x86_64_NEURON",
    }
)
_GPU_TABLE: Final = "https://docs.aws.amazon.com/eks/latest/userguide/ml-eks-optimized-ami.html"
# What EC2's data does not tell: families that no AL2023 image of EKS supports, and why.
_UNSUPPORTED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "a1": "Amazon Linux 2023 needs Graviton2 or later "
        "(https://docs.aws.amazon.com/linux/al2023/ug/system-requirements.html)",
        "g7": f"it needs NVIDIA's driver 595, and EKS's image has 580 ({_GPU_TABLE})",
        "p2": "it needs NVIDIA's driver 470 or earlier, and EKS's image has a later one "
        "(https://docs.aws.amazon.com/eks/latest/userguide/eks-optimized-ami.html)",
        **dict.fromkeys(
            ("g2", "g3", "g3s"), f"EKS's image with NVIDIA's driver is not for it ({_GPU_TABLE})"
        ),
    }
)
# The families of accelerated computing, by EC2's naming convention
# (https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html).
_ACCELERATED: Final = re.compile(r"(p|g|gr|trn|inf|dl|f|vt)\d")


@dataclass(frozen=True, kw_only=True, slots=True)
class InstanceType:
    """An instance type as one region offers it.

    :param architectures: EC2's names, such as ``x86_64``.
    :param zones: the availability zones that offer it.
    :param unknown_zones: those of which nobody has said whether they offer it.
    :param vcpus: virtual processors with all cores and threads on.
    :param memory_mib: the memory, as EC2 counts it, in MiB; the system sees a little less.
    :param nitro: built on the Nitro system, as prefixes need; bare metal is.
    :param network_interfaces: how many its first network card takes; the VPC CNI gives pods
        addresses on no other card.
    :param addresses_per_interface: IPv4 addresses of an interface, its own first one included.
    :param accelerator: what needs a driver, as :func:`accelerator` names it; empty: nothing.
    :param usage_classes: how it is sold, in EC2's words, such as ``spot``.
    """

    name: str
    architectures: tuple[str, ...]
    zones: frozenset[str]
    unknown_zones: frozenset[str] = frozenset()
    vcpus: int
    memory_mib: int
    nitro: bool
    network_interfaces: int
    addresses_per_interface: int
    accelerator: str = ""
    usage_classes: tuple[str, ...] = ("on-demand", "spot")

    @property
    def family(self) -> str:
        """What its name begins with, such as ``m5``."""
        return self.name.partition(".")[0]


def accelerator(makers: Iterable[str], *, neuron: bool) -> str:
    """Returns what an instance type's devices need a driver for.

    :param makers: of each GPU, accelerator and FPGA, as EC2 names them.
    :param neuron: whether EC2 names Neuron devices.
    """
    # Of older types EC2 calls the same chips inference accelerators made by AWS.
    found = {NEURON if maker == "AWS" else maker for maker in makers} | (
        {NEURON} if neuron else set()
    )
    return "/".join(sorted(found))


def no_image(kind: InstanceType) -> str | None:
    """Returns why no AL2023 image of EKS is for an instance type, or ``None`` where one is."""
    if reason := _UNSUPPORTED.get(kind.family):
        return reason
    known = {architecture for architecture, _ in AMI_TYPES}
    if not known.intersection(kind.architectures):
        return f"EKS builds images for {' and '.join(sorted(known))} alone"
    if kind.accelerator:
        if not _images(kind):
            return f"no image of EKS has a driver for its {kind.accelerator} devices"
    elif _ACCELERATED.match(kind.name):
        return (
            "its family has accelerators, and the data does not say which; declare it in "
            "offline.instanceTypes"
        )
    return None


def ami_type(kinds: Sequence[InstanceType]) -> str:
    """Returns the EKS AMI type that fits every instance type of a group.

    :raises ValueError: where no AMI type does.
    """
    for name in AMI_TYPES.values():
        if all(name in _images(kind) for kind in kinds):
            return name
    needs = ", ".join(f"{kind.name} needs {' or '.join(_images(kind)) or 'none'}" for kind in kinds)
    raise ValueError(f"must all run the same image of EKS; {needs}")


def _images(kind: InstanceType) -> list[str]:
    """Returns the AMI types with the architecture and the drivers that an instance type needs."""
    return [
        name
        for (architecture, driver), name in AMI_TYPES.items()
        if architecture in kind.architectures and driver == kind.accelerator
    ]
