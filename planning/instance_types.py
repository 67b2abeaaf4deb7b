"""What the planner needs to know about an EC2 instance type, whoever tells it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

NVIDIA: Final = "NVIDIA"
NEURON: Final = "Neuron"


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
    :param other_attachments: instance stores and accelerators, which take slots of volumes.
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
    other_attachments: int = 0
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
