"""Which AMI type fits the instance types of a node group, by EC2's data on all of them."""

import pytest
from botocore.loaders import Loader

from offline.ec2_data import instance_type, instance_type_data
from planning.instance_types import InstanceType
from planning.node_images import IMAGES, ami_type, image_fault, is_unchecked, name_fault, no_image


def kinds_of(names: str) -> list[InstanceType]:
    found = [instance_type(name) for name in names.split()]
    return [kind for kind in found if kind]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("m5.xlarge", "AL2023_x86_64_STANDARD"),
        ("m6i.xlarge m5.metal c7i.large", "AL2023_x86_64_STANDARD"),
        ("t4g.medium m7g.metal", "AL2023_ARM_64_STANDARD"),
        # EC2 lists the 32-bit architecture of old types, too, and lists it first.
        ("t2.medium m5.xlarge", "AL2023_x86_64_STANDARD"),
        ("g4dn.xlarge g5.xlarge", "AL2023_x86_64_NVIDIA"),
        ("p5.48xlarge", "AL2023_x86_64_NVIDIA"),
        ("g5g.xlarge g5g.metal", "AL2023_ARM_64_NVIDIA"),
        ("inf1.xlarge inf2.xlarge trn1.2xlarge", "AL2023_x86_64_NEURON"),
    ],
)
def test_the_ami_type_fits_every_instance_type(names: str, expected: str) -> None:
    kinds = kinds_of(names)

    assert len(kinds) == len(names.split())
    assert ami_type(kinds) == expected
    assert not any(map(no_image, kinds))


@pytest.mark.parametrize(
    "names", ["m5.xlarge t4g.medium", "g4dn.xlarge m5.xlarge", "g5.xlarge g5g.xlarge",
              "inf2.xlarge g5.xlarge"],
)  # fmt: skip
def test_types_that_need_different_images_are_refused_with_what_each_needs(names: str) -> None:
    with pytest.raises(ValueError, match="must all run the same image of EKS; ") as refused:
        ami_type(kinds_of(names))

    for name in names.split():
        assert f"{name} needs AL2023_" in str(refused.value)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a1.large", "needs Graviton2 or later"),
        ("a1.metal", "needs Graviton2 or later"),
        ("mac1.metal", "EKS builds images for arm64 and x86_64 alone"),
        ("mac2.metal", "EKS builds images for arm64 and x86_64 alone"),
        ("g7.2xlarge", "driver 595"),
        ("dl2q.24xlarge", "no image of EKS has a driver for its Qualcomm devices"),
        ("f2.6xlarge", "no image of EKS has a driver for its Xilinx devices"),
        ("vt1.3xlarge", "no image of EKS has a driver for its Xilinx devices"),
        # Neuron devices that the data leaves out.
        ("trn2u.48xlarge", "the data does not say which"),
    ],
)
def test_what_no_image_supports_is_refused_with_its_reason(name: str, reason: str) -> None:
    (kind,) = kinds_of(name)

    assert reason in str(no_image(kind))


def test_every_type_has_an_image_or_a_reason_and_none_has_both() -> None:
    for kind in kinds_of(" ".join(instance_type_data())):
        if reason := no_image(kind):
            assert (
                kind.family in {"a1", "g7", "dl2q", "f2", "vt1", "trn2u"} or "mac" in kind.name
            ), (kind.name, reason)
        else:
            expects_driver = kind.family.startswith(("p3", "p4", "p5", "p6", "g", "inf", "trn"))
            assert expects_driver == (not ami_type([kind]).endswith("STANDARD")), kind.name


def test_every_image_of_eks_is_known_or_refused_with_its_reason() -> None:
    shapes = Loader().load_service_model("eks", "service-2")["shapes"]
    of_eks = set(shapes["AMITypes"]["enum"])

    refused = {name: str(name_fault(name)) for name in of_eks - IMAGES.keys()}

    assert IMAGES.keys() < of_eks
    assert all(reason.startswith("is refused: ") for reason in refused.values()), refused
    assert "Linux" in refused["WINDOWS_CORE_2025_x86_64"]
    assert "1.33" in refused["AL2_ARM_64"]
    assert "amiId" in refused["CUSTOM"]
    assert "must be an image of EKS (AL2023_x86_64_STANDARD, " in str(name_fault("Bottlerocket"))


@pytest.mark.parametrize(
    ("image", "kind", "reason"),
    [
        ("BOTTLEROCKET_x86_64", "m6i.large", None),
        ("BOTTLEROCKET_ARM_64_FIPS", "m7g.large", None),
        ("BOTTLEROCKET_x86_64_NVIDIA", "g5.xlarge", None),
        ("BOTTLEROCKET_ARM_64_NVIDIA_FIPS", "g5g.xlarge", None),
        # Bottlerocket's plain image drives Neuron devices, Amazon Linux's does not.
        ("BOTTLEROCKET_x86_64", "inf2.xlarge", None),
        ("AL2023_x86_64_STANDARD", "inf2.xlarge", "has Neuron devices; AL2023_x86_64_NEURON"),
        ("BOTTLEROCKET_x86_64", "m7g.large", "is for x86_64, and m7g.large is arm64"),
        ("AL2023_ARM_64_STANDARD", "m6i.large", "is for arm64, and m6i.large is "),
        ("BOTTLEROCKET_x86_64", "g5.xlarge", "has NVIDIA devices; BOTTLEROCKET_x86_64_NVIDIA"),
        ("AL2023_x86_64_NVIDIA", "m6i.large", "m6i.large has no devices; AL2023_x86_64_STANDARD"),
        ("AL2023_x86_64_NVIDIA", "g7.2xlarge", "driver 595"),
        ("AL2023_ARM_64_STANDARD", "a1.large", "Graviton2"),
        ("BOTTLEROCKET_x86_64", "trn2u.48xlarge", "the data does not say which"),
        ("BOTTLEROCKET_x86_64", "f2.6xlarge", "amiId with an image of your own"),
    ],
)
def test_an_image_that_a_stack_names_fits_the_instance_type(
    image: str, kind: str, reason: str | None
) -> None:
    (known,) = kinds_of(kind)

    fault = image_fault(image, known, own=False)

    assert fault is None if reason is None else reason in str(fault)


def test_an_image_of_ones_own_brings_its_drivers_and_not_another_architecture() -> None:
    gpu, arm = kinds_of("g7.2xlarge m7g.large")

    assert image_fault("AL2023_x86_64_NVIDIA", gpu, own=True) is None
    assert image_fault("AL2023_x86_64_STANDARD", gpu, own=True) is None
    assert image_fault("AL2023_x86_64_STANDARD", arm, own=True)
    assert is_unchecked("BOTTLEROCKET_x86_64_NVIDIA", gpu)
    assert not is_unchecked("BOTTLEROCKET_ARM_64", arm)
