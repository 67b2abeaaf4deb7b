"""The entries of nodeGroups: images, zones, disks, reservations and updates."""

from typing import Any, Final

import pytest
from test_settings import DEV, GROUP, ZONES, changed, load, mistakes, row

from planning.volumes import volume_faults

OWN: Final = {"amiType": "AL2023_x86_64_STANDARD", "amiId": "ami-0123456789abcdef0"}
RESERVATION: Final = {"capacityReservation": "cr-0123456789abcdef0", "zones": ["ap-northeast-2a"]}


def group(**keys: Any) -> dict[str, Any]:
    return {**DEV["eks-platform:nodeGroups"]["default"], **keys}


@pytest.mark.parametrize(
    "keys",
    [
        {"amiType": "BOTTLEROCKET_x86_64"},
        {"amiType": "BOTTLEROCKET_ARM_64_FIPS", "instanceTypes": ["t4g.medium"]},
        OWN,
        {"zones": ["ap-northeast-2c"]},
        {"zones": ["ap-northeast-2c", "ap-northeast-2a"]},
        RESERVATION,
        # A type that one zone alone offers needs that zone alone.
        {"zones": ["ap-northeast-2a"], "instanceTypes": ["p4d.24xlarge"]},
        {"diskType": "io2", "diskIops": 20_000},
        {"diskType": "io1", "diskIops": 1500},
        {"diskType": "gp2"},
        {"diskIops": 4000, "diskThroughput": 1000},
        {"diskThroughput": 750},
        {"maxUnavailable": "1%"},
        {"maxUnavailable": "100%"},
        {"maxUnavailable": 100},
        {"updateStrategy": "MINIMAL", "nodeRepair": True},
    ],
    ids=str,
)
def test_what_a_node_group_may_have_loads(keys: dict[str, Any]) -> None:
    loaded = load(changed("nodeGroups/default", group(**keys), DEV)).node_groups["default"]

    assert loaded.zones_of(tuple(sorted(ZONES))) == tuple(sorted(keys.get("zones", ZONES)))


def test_a_share_of_unavailable_nodes_is_counted_of_the_largest_group() -> None:
    sizes = {"minSize": 0, "desiredSize": 0}

    def most(size: int, share: str) -> int:
        keys = group(**sizes, maxSize=size, maxUnavailable=share)
        return load(changed("nodeGroups/gpu", keys, DEV)).node_groups["gpu"].most_unavailable

    assert [most(4, "33%"), most(3, "100%"), most(1, "1%"), most(400, "50%")] == [2, 3, 1, 100]


def of_group(keys: dict[str, Any], key: str, *words: str) -> Any:
    return row("nodeGroups/default", group(**keys), f"{GROUP}.{key}", *words)


MISTAKES: Final = [
    of_group({"amiType": "WINDOWS_CORE_2022_x86_64"}, "amiType", "is refused: ", "Linux nodes",
             "got 'WINDOWS_CORE_2022_x86_64'"),
    of_group({"amiType": "AL2_x86_64"}, "amiType", "no image of Amazon Linux 2 since"),
    of_group({"amiType": "CUSTOM"}, "amiType", "name that in amiId"),
    of_group({"amiType": "Bottlerocket"}, "amiType", "must be an image of EKS (AL2023_x86_64_"),
    of_group({"amiType": "BOTTLEROCKET_ARM_64"}, "amiType",
             "is for arm64, and t3.medium is x86_64", "got 'BOTTLEROCKET_ARM_64'"),
    of_group({"amiType": "BOTTLEROCKET_x86_64_NVIDIA"}, "amiType",
             "has drivers for NVIDIA devices, and t3.medium has no devices; BOTTLEROCKET_x86_64"),
    of_group({"amiId": "ami-123"}, "amiId", "must be an image such as ami-", "got 'ami-123'"),
    of_group({"amiId": OWN["amiId"]}, "amiId", "needs amiType"),
    of_group({"zones": []}, "zones", "needs at least one zone; leave the key out"),
    of_group({"zones": ["ap-northeast-2b"]}, "zones[0]",
             "must be one of network.zones (ap-northeast-2a, ap-northeast-2c), got "),
    of_group({"zones": ["ap-northeast-2a"] * 2}, "zones", "names ap-northeast-2a more than once"),
    of_group({"zones": ["ap-northeast-2c"], "instanceTypes": ["p4d.24xlarge"]},
             "instanceTypes[0]", "ap-northeast-2c"),
    of_group({"capacityType": "CAPACITY_BLOCK"}, "capacityType", "'ON_DEMAND' or 'SPOT'"),
    of_group({"capacityReservation": "cr-1"}, "capacityReservation", "the ID of a capacity"),
    of_group({"capacityReservation": RESERVATION["capacityReservation"]}, "capacityReservation",
             "needs exactly one entry of zones", "got none"),
    of_group({**RESERVATION, "instanceTypes": ["t3.medium", "m5.xlarge"]}, "capacityReservation",
             "one entry of instanceTypes", "got 2"),
    of_group({**RESERVATION, "capacityType": "SPOT"}, "capacityReservation",
             "needs capacityType ON_DEMAND", "got SPOT"),
    of_group({"diskType": "st1"}, "diskType", "'gp3', 'gp2', 'io2' or 'io1'", 'got "st1"'),
    of_group({"diskType": "gp2", "diskGiB": 16_385}, "diskGiB", "must be 1 to 16384"),
    of_group({"diskType": "io2"}, "diskType", "diskIops, which the file leaves out: is needed"),
    of_group({"diskType": "gp2", "diskIops": 3000}, "diskIops", "for gp3, io1, io2 alone"),
    of_group({"diskIops": 2999}, "diskIops", "must be 3000 to 80000 for gp3, got 2999"),
    of_group({"diskIops": 15_001}, "diskIops", "at most 15000 (500 for each of 30 GiB)"),
    of_group({"diskType": "io1", "diskIops": 1501}, "diskIops", "at most 1500 (50 for each"),
    of_group({"diskType": "io2", "diskIops": 3000, "diskThroughput": 200}, "diskThroughput",
             "is for gp3 alone, and the volume is io2, got 200"),
    of_group({"diskThroughput": 751}, "diskThroughput",
             "must be at most 750 MiB/s (1 for each 4 of 3000 operations), got 751"),
    of_group({"diskThroughput": 2001}, "diskThroughput", "must be at most 2000"),
    of_group({"maxUnavailable": "0%"}, "maxUnavailable", 'a share such as "33%", got "0%"'),
    of_group({"maxUnavailable": "33"}, "maxUnavailable", "must be 1 to 100 nodes"),
    of_group({"maxUnavailable": 0}, "maxUnavailable", "must be 1 to 100 nodes", "got 0"),
    of_group({"maxUnavailable": True}, "maxUnavailable", "must be 1 to 100 nodes", "got true"),
    of_group({"updateStrategy": "FORCE"}, "updateStrategy", "'DEFAULT' or 'MINIMAL'"),
    of_group({"nodeRepair": "yes"}, "nodeRepair", "must be true or false"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "key", "fragments"), MISTAKES)
def test_a_mistake_is_said_with_its_key(
    path: str, value: object, key: str, fragments: tuple[str, ...]
) -> None:
    lines = mistakes(changed(path, value, DEV))

    assert any(line.startswith(f"{key}: ") for line in lines), lines
    assert all(any(words in line for line in lines) for words in fragments), lines


@pytest.mark.parametrize(
    ("volume", "parts"),
    [
        (("gp3", 1, 3000, 750), []),
        (("gp3", 65_536, 80_000, 2000), []),
        (("gp3", 65_537, None, None), ["size"]),
        (("gp3", 8, 4000, 1000), []),
        (("gp3", 8, 4001, None), ["iops"]),
        (("io2", 256, 256_000, None), []),
        (("io2", 255, 256_000, None), ["iops"]),
        (("io1", 4, None, 200), ["iops", "throughput"]),
        (("st1", 125, 500, None), ["iops"]),
        (("something new", 0, 1, 1), []),
    ],
)
def test_ebs_takes_so_many_operations_for_a_size(volume: Any, parts: list[str]) -> None:
    assert [part for part, _ in volume_faults(*volume)] == parts
