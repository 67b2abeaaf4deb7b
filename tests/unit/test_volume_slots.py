"""How many volumes an instance takes, beside EC2's own data on all of them."""

import pytest

from offline.ec2_data import instance_type, instance_type_data
from planning.node_images import no_image
from planning.volume_slots import volume_slots


@pytest.mark.parametrize(
    ("name", "disks", "least", "most"),
    [
        # 27 without its root volume; three interfaces at most.
        ("t3.medium", 1, 24, 26),
        # Eight interfaces, and an instance store.
        ("m5d.4xlarge", 1, 17, 24),
        # Slots for volumes alone.
        ("m7i.large", 1, 31, 31),
        ("m7i.48xlarge", 2, 126, 126),
        ("m7g.large", 1, 24, 26),
        ("t2.medium", 1, 38, 38),
        # 24 disks.
        ("d3.8xlarge", 1, 1, 2),
    ],
)
def test_a_node_takes_what_its_type_leaves(name: str, disks: int, least: int, most: int) -> None:
    kind = instance_type(name)
    assert kind
    found = volume_slots(kind, disks)
    assert (found.least, found.most) == (least, most)


def test_no_type_takes_fewer_than_is_said_and_only_bare_metal_takes_more() -> None:
    """EC2 counts 40 for types before Nitro, the driver 39."""
    for name, data in instance_type_data().items():
        kind = instance_type(name)
        assert kind
        if no_image(kind):
            continue
        slots = data["EbsInfo"]["MaximumEbsAttachments"] if kind.nitro else 39
        most = volume_slots(kind).most + 1
        assert most <= slots if ".metal" in name else most == slots, name


def test_slots_are_shared_with_interfaces_where_ec2_says_so() -> None:
    for name, data in instance_type_data().items():
        kind = instance_type(name)
        assert kind
        if kind.nitro and ".metal" not in name and not name.startswith("hpc"):
            found = volume_slots(kind)
            shared = data["EbsInfo"]["AttachmentLimitType"] == "shared"
            assert (found.least < found.most) == (shared and found.most > 1), name
