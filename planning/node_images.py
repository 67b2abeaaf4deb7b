"""Which machine image of EKS is for which instance types."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from planning.instance_types import NEURON, NVIDIA, InstanceType

Family = Literal["AL2023", "Bottlerocket"]
# The volumes of a node itself: Bottlerocket keeps its system apart.
DISKS: Final[Mapping[Family, int]] = MappingProxyType({"AL2023": 1, "Bottlerocket": 2})


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeImage:
    """A kind of image.

    :param architecture: EC2's name.
    :param drivers: the devices that it has a driver for, where it has any; empty text: none.
    """

    family: Family
    architecture: str
    drivers: tuple[str, ...]


def _image(family: Family, architecture: str, *drivers: str) -> NodeImage:
    return NodeImage(family=family, architecture=architecture, drivers=drivers or ("",))


def _bottlerocket(suffix: str) -> Mapping[str, NodeImage]:
    # The plain image has Neuron's driver, too
    # (https://github.com/eksctl-io/eksctl/pull/8173).
    return {
        f"BOTTLEROCKET_x86_64{suffix}": _image("Bottlerocket", "x86_64", "", NEURON),
        f"BOTTLEROCKET_ARM_64{suffix}": _image("Bottlerocket", "arm64"),
        f"BOTTLEROCKET_x86_64_NVIDIA{suffix}": _image("Bottlerocket", "x86_64", NVIDIA),
        f"BOTTLEROCKET_ARM_64_NVIDIA{suffix}": _image("Bottlerocket", "arm64", NVIDIA),
    }


# By EKS's name. The first that fits is taken where a stack names none: of Amazon Linux 2023, which
# EKS builds for current versions
# (https://docs.aws.amazon.com/eks/latest/userguide/al2023.html,
# https://docs.aws.amazon.com/eks/latest/userguide/ml-eks-optimized-ami.html,
# https://docs.aws.amazon.com/eks/latest/userguide/eks-optimized-ami-bottlerocket.html).
IMAGES: Final[Mapping[str, NodeImage]] = MappingProxyType(
    {
        "AL2023_x86_64_STANDARD": _image("AL2023", "x86_64"),
        "AL2023_ARM_64_STANDARD": _image("AL2023", "arm64"),
        "AL2023_x86_64_NVIDIA": _image("AL2023", "x86_64", NVIDIA),
        "AL2023_ARM_64_NVIDIA": _image("AL2023", "arm64", NVIDIA),
        "AL2023_x86_64_NEURON": _image("AL2023", "x86_64", NEURON),
        **_bottlerocket(""),
        **_bottlerocket("_FIPS"),
    }
)
# The images that EKS has and the platform does not run, by what their names begin with.
_REFUSED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "WINDOWS_": "the platform's network policies, storage drivers and applications are for "
        "Linux nodes (https://docs.aws.amazon.com/eks/latest/userguide/windows-support.html)",
        "AL2_": "EKS has built no image of Amazon Linux 2 since Kubernetes 1.33 "
        "(https://docs.aws.amazon.com/eks/latest/userguide/eks-ami-deprecation-faqs.html)",
        "CUSTOM": "EKS takes it for an image of your own: name that in amiId, and here the image "
        "of EKS that it is built on",
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


def name_fault(name: str) -> str | None:
    """Returns why a name is of no image that nodes may have, or ``None``."""
    if name in IMAGES:
        return None
    for beginning, reason in _REFUSED.items():
        if name.startswith(beginning):
            return f"is refused: {reason}, got {name!r}"
    return f"must be an image of EKS ({', '.join(IMAGES)}), got {name!r}"


def no_image(kind: InstanceType) -> str | None:
    """Returns why no AL2023 image of EKS is for an instance type, or ``None`` where one is."""
    if reason := _UNSUPPORTED.get(kind.family):
        return reason
    known = {image.architecture for image in IMAGES.values()}
    if not known.intersection(kind.architectures):
        return f"EKS builds images for {' and '.join(sorted(known))} alone"
    if kind.accelerator and not _fitting(kind, "AL2023"):
        return f"no image of EKS has a driver for its {kind.accelerator} devices"
    return _undeclared(kind)


def image_fault(name: str, kind: InstanceType, *, own: bool) -> str | None:
    """Returns why an image is not for an instance type, or ``None``.

    :param name: EKS's name.
    :param own: whether an image of the user's own, built on this one, stands in its place: it
        brings whichever drivers it brings.
    """
    image = IMAGES[name]
    if image.architecture not in kind.architectures:
        return f"is for {image.architecture}, and {kind.name} is {'/'.join(kind.architectures)}"
    if own:
        return None
    if image.family == "AL2023" and (reason := no_image(kind)):
        return f"is not for {kind.name}: {reason}"
    if reason := _undeclared(kind):
        return f"is not for {kind.name}: {reason}"
    if kind.accelerator not in image.drivers:
        has = " or ".join(filter(None, image.drivers))
        drives = f"has drivers for {has} devices" if has else "has no driver for devices"
        needs = f"has {kind.accelerator} devices" if kind.accelerator else "has no devices"
        others = ", ".join(_fitting(kind, image.family)) or "amiId with an image of your own"
        return f"{drives}, and {kind.name} {needs}; {others}"
    return None


def named_like(family: Family, kind: InstanceType) -> str | None:
    """Returns the image of a family that an instance type needs, or ``None`` where none fits."""
    return next(iter(_fitting(kind, family)), None)


def is_unchecked(name: str, kind: InstanceType) -> bool:
    """Returns whether nobody has said that an image works on an instance type of its kind."""
    return IMAGES[name].family != "AL2023" and kind.family in _UNSUPPORTED


def ami_type(kinds: Sequence[InstanceType]) -> str:
    """Returns the first image of EKS that fits every instance type of a group.

    :raises ValueError: where none does.
    """
    fitting = [_fitting(kind, "AL2023") for kind in kinds]
    for name in IMAGES:
        if all(name in names for names in fitting):
            return name
    needs = ", ".join(
        f"{kind.name} needs {' or '.join(names) or 'none'}"
        for kind, names in zip(kinds, fitting, strict=True)
    )
    raise ValueError(f"must all run the same image of EKS; {needs}")


def _undeclared(kind: InstanceType) -> str | None:
    """Returns that a type should have devices and the data names none, or ``None``."""
    if kind.accelerator or not _ACCELERATED.match(kind.name):
        return None
    return (
        "its family has accelerators, and the data does not say which; declare it in "
        "offline.instanceTypes"
    )


def _fitting(kind: InstanceType, family: Family) -> list[str]:
    """Returns the images with the architecture and the drivers that an instance type needs."""
    return [
        name
        for name, image in IMAGES.items()
        if image.family == family
        and image.architecture in kind.architectures
        and kind.accelerator in image.drivers
    ]
