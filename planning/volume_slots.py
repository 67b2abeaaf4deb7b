"""How many volumes of EBS an instance takes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from .instance_types import InstanceType

# What the EBS CSI driver counts with: types that are not of the Nitro system, bare metal of the
# older generations, and the others, whose primary network interface takes the 28th slot
# (https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/pkg/cloud/limits/volume_limits.go,
# https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-limits.html).
_XEN: Final = 39
_METAL: Final = 31
_SHARED: Final = 27
# Types with slots for volumes alone: by virtual processors, up to so many, how many slots.
_DEDICATED: Final = ((48, 32), (72, 48), (96, 64), (128, 88), (1 << 20, 128))
# Bare metal of these has fewer (the same list): up to so many processors.
_DEDICATED_METAL: Final = ((96, 39), (1 << 20, 64))
# From the seventh generation on, without Graviton3 and those for HPC, and these of earlier ones
# (https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-limits.html).
_GENERATION: Final = 7
_OTHERS: Final = frozenset(("f2", "g6", "g6e", "g6f", "gr6", "gr6f"))
_NONE: Final = frozenset(
    ("c7g", "c7gd", "c7gn", "m7g", "m7gd", "r7g", "r7gd", "hpc7a", "hpc7g", "hpc8a")
)
# What the list has otherwise, of types that EKS has images for: slots, and whether they are shared.
_EXCEPTIONS: Final[Mapping[str, tuple[int, bool]]] = MappingProxyType(
    {
        "g5.48xlarge": (9, True),
        "inf2.24xlarge": (28, True),
        "inf2.48xlarge": (28, True),
        "m8azn.12xlarge": (64, False),
        "m8azn.24xlarge": (128, False),
        "p4d.24xlarge": (28, False),
        "p4de.24xlarge": (28, False),
        "p5.4xlarge": (32, False),
        "p5.48xlarge": (64, False),
        "p5e.48xlarge": (64, False),
        "p5en.48xlarge": (64, False),
        "p6-b200.48xlarge": (64, False),
        "p6-b300.48xlarge": (64, False),
        "trn1.2xlarge": (25, True),
        "trn1.32xlarge": (28, True),
        "trn1n.32xlarge": (28, True),
        "trn2.3xlarge": (32, False),
        "trn2.48xlarge": (64, False),
        "trn2u.48xlarge": (64, False),
        "x8aedz.12xlarge": (64, False),
        "x8aedz.24xlarge": (128, False),
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class VolumeSlots:
    """How many volumes an instance takes beside those that it starts with.

    :param least: with all network interfaces that it may have.
    :param most: with one network interface.
    """

    least: int
    most: int


def volume_slots(kind: InstanceType, disks: int = 1) -> VolumeSlots:
    """Returns how many volumes a node takes for pods, as the EBS CSI driver works it out.

    The driver counts network interfaces when its pod on the node starts; the VPC CNI attaches more
    as pods come. Of a type that is not known yet, the driver assumes the fewest, and so does this.

    :param disks: the volumes that the node itself has.
    """
    slots, shared = _attachments(kind)
    most = slots - disks
    # The first interface is not in the number of slots.
    interfaces = kind.network_interfaces - 1 if shared else 0
    # The driver says 1 where there are none, for Kubernetes takes 0 for no limit.
    return VolumeSlots(least=max(1, most - interfaces), most=max(1, most))


def _attachments(kind: InstanceType) -> tuple[int, bool]:
    """Returns how many slots there are, and whether network interfaces take of them."""
    if kind.name in _EXCEPTIONS:
        return _EXCEPTIONS[kind.name]
    if not kind.nitro:
        return _XEN, False
    metal = ".metal" in kind.name
    if _has_dedicated(kind.family):
        table = _DEDICATED_METAL if metal else _DEDICATED
        return next(slots for vcpus, slots in table if kind.vcpus <= vcpus), False
    if metal:
        return _METAL, True
    return max(1, _SHARED - kind.other_attachments), True


def _has_dedicated(family: str) -> bool:
    generation = re.match(r"[a-z]+(\d+)", family)
    if family in _NONE or generation is None:
        return False
    return family in _OTHERS or int(generation[1]) >= _GENERATION
