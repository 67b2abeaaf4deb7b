"""Which AMI type fits the instance types of a node group, by EC2's data on all of them."""

import pytest
from botocore.loaders import Loader

from offline.ec2_data import instance_type, instance_type_data
from planning.instance_types import AMI_TYPES, InstanceType, ami_type, no_image


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


def test_eks_knows_every_ami_type() -> None:
    shapes = Loader().load_service_model("eks", "service-2")["shapes"]

    assert set(AMI_TYPES.values()) <= set(shapes["AMITypes"]["enum"])
