"""What an offline run knows of EC2: an account's recording, or else moto's copy of EC2's data.

Read from the package's files: moto's EC2 itself is slow to import, and Pulumi is not needed here.
"""

import gzip
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from planning.instance_types import InstanceType

from . import recording
from .ec2_types import instance_type_of


@dataclass(frozen=True, kw_only=True, slots=True)
class RegionData:
    """What is known of a region.

    :param source: which data this is, in the characters of a session's name.
    :param zones: the ID of each availability zone by its name; empty where it is not known, for
        each account has names of its own.
    :param types: what ``DescribeInstanceTypes`` says, by name: of a recording, the region's types;
        of moto's data, the types of all regions.
    :param offers: the zones that offer a type, by its name.
    """

    source: str
    zones: Mapping[str, str]
    types: Mapping[str, Any]
    offers: Mapping[str, frozenset[str]]


def region_data(region: str) -> RegionData:
    """Returns what is known of a region; of one that no data knows, no zones and no offers.

    :raises recording.RecordingError: for a recording that cannot be read.
    """
    found = recording.read(region)
    if found is None:
        return _moto_region(region)
    return RegionData(
        source=found.source,
        zones=found.zones,
        types={name: kind.data for name, kind in found.instance_types.items()},
        offers={name: frozenset(kind.zones) for name, kind in found.instance_types.items()},
    )


@cache
def regions() -> tuple[str, ...]:
    """Returns the regions whose zones and offers moto's data knows."""
    folder = files("moto") / "ec2" / "resources" / "instance_type_offerings" / "availability-zone"
    return tuple(sorted(file.name.removesuffix(".json.gz") for file in folder.iterdir()))


@cache
def _moto_region(region: str) -> RegionData:
    offers: defaultdict[str, set[str]] = defaultdict(set)
    if region in regions():
        path = f"instance_type_offerings/availability-zone/{region}.json.gz"
        for offer in _moto_data(path):
            offers[offer["InstanceType"]].add(offer["Location"])
    zones = {zone for offering in offers.values() for zone in offering}
    return RegionData(
        source=f"moto-{version('moto')}",
        zones=dict.fromkeys(sorted(zones), ""),
        types=instance_type_data(),
        offers={name: frozenset(offering) for name, offering in sorted(offers.items())},
    )


@cache
def instance_type_data() -> Mapping[str, Any]:
    """Returns what ``DescribeInstanceTypes`` says of the types that moto knows, by name."""
    data: Mapping[str, Any] = _moto_data("instance_types.json.gz")
    return data


def instance_type(name: str, region: str | None = None) -> InstanceType | None:
    """Returns an instance type, or ``None`` where the data does not know it.

    :param region: whose zones may offer it; ``None``: any region, without zones.
    """
    known = region_data(region) if region else None
    data = (known.types if known else instance_type_data()).get(name)
    if data is None:
        return None
    kind = instance_type_of(name, data)
    return replace(kind, zones=known.offers.get(name, frozenset())) if known else kind


def _moto_data(path: str) -> Any:
    resource = files("moto") / "ec2" / "resources" / path
    with resource.open("rb") as compressed:
        return json.loads(gzip.decompress(compressed.read()))
