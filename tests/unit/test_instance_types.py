"""Which AMI type fits the instance types of a node group."""

import pytest

from planning.instance_types import InstanceType, ami_type


def instance_type(name: str, *architectures: str) -> InstanceType:
    return InstanceType(
        name=name,
        architectures=architectures,
        zones=frozenset(),
        vcpus=2,
        memory_mib=8192,
        nitro=True,
        network_interfaces=3,
        addresses_per_interface=10,
    )


M5 = instance_type("m5.xlarge", "x86_64")
M6I = instance_type("m6i.xlarge", "x86_64")
T4G = instance_type("t4g.medium", "arm64")
# EC2 lists the 32-bit architecture of old types, too, and lists it first.
T2 = instance_type("t2.medium", "i386", "x86_64")


@pytest.mark.parametrize(
    ("instance_types", "expected"),
    [
        pytest.param([M5], "AL2023_x86_64_STANDARD", id="x86"),
        pytest.param([M6I, M5], "AL2023_x86_64_STANDARD", id="several x86"),
        pytest.param([T4G], "AL2023_ARM_64_STANDARD", id="arm"),
        pytest.param([T2], "AL2023_x86_64_STANDARD", id="32 and 64 bits"),
        pytest.param([T2, M5], "AL2023_x86_64_STANDARD", id="32 and 64 bits beside 64 bits"),
    ],
)
def test_the_ami_type_fits_every_instance_type(
    instance_types: list[InstanceType], expected: str
) -> None:
    assert ami_type(instance_types) == expected


@pytest.mark.parametrize("instance_types", [[M5, T4G], [T4G, M5], [T2, M5, T4G]])
def test_two_architectures_in_one_group_are_refused_with_their_names(
    instance_types: list[InstanceType],
) -> None:
    with pytest.raises(ValueError, match="must all be x86_64 or all be arm64; ") as refused:
        ami_type(instance_types)

    for kind in instance_types:
        assert f"{kind.name} is {'/'.join(kind.architectures)}" in str(refused.value)


def test_an_architecture_that_eks_builds_no_image_for_is_refused() -> None:
    mac = instance_type("mac1.metal", "x86_64_mac")

    with pytest.raises(ValueError, match=r"mac1\.metal is x86_64_mac$"):
        ami_type([mac])
