"""What EC2 says of a region of one account, kept in a file for offline runs."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import pulumi
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator
from pydantic.alias_generators import to_camel

from stackfile.files import PROGRAM, recording_name

from .ec2_types import instance_type_of

# Where recordings lie.
FOLDER: Path = PROGRAM
# The calls, in their order, and the permission that each needs.
CALLS: Final = (
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeInstanceTypeOfferings",
)
# What is kept of an instance type: what the simulated provider answers with.
_KEPT: Final = (
    "BareMetal",
    "Hypervisor",
    "ProcessorInfo",
    "VCpuInfo",
    "MemoryInfo",
    "NetworkInfo",
    "SupportedUsageClasses",
    "GpuInfo",
    "NeuronInfo",
    "InferenceAcceleratorInfo",
    "FpgaInfo",
    "MediaAcceleratorInfo",
    "InstanceStorageInfo",
)
# A region's Local Zones and Wavelength Zones are others' business: EKS has no control plane there.
_IN_REGION: Final = {"Name": "zone-type", "Values": ["availability-zone"]}


class RecordingError(pulumi.RunError):
    """A recording that cannot be made or read; its message needs no traceback."""


class RecordedModel(BaseModel):
    """A part of a recording: keys are camelCase in the file."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", validate_by_name=True)


class RecordedType(RecordedModel):
    """An instance type.

    :param zones: those that offer it.
    :param data: what ``DescribeInstanceTypes`` says of it, as far as the platform asks.
    """

    zones: tuple[str, ...]
    data: dict[str, Any]


class Recording(RecordedModel):
    """What EC2 says of a region of one account. No account number is in it.

    :param recorded: the day.
    :param zones: the ID of each availability zone by its name.
    :param instance_types: by name.
    """

    region: str
    recorded: date
    zones: dict[str, str]
    instance_types: dict[str, RecordedType]

    @field_validator("instance_types")
    @classmethod
    def _check_types(cls, types: dict[str, RecordedType]) -> dict[str, RecordedType]:
        for name, kind in types.items():
            try:
                instance_type_of(name, kind.data)
            except (LookupError, TypeError, AttributeError) as error:
                raise ValueError(f"{name} is not as EC2 tells it: {error!r}") from None
        return types

    @property
    def source(self) -> str:
        """Which data this is, in the characters of a session's name."""
        return f"{path_of(self.region).name}@{self.recorded}"


def path_of(region: str) -> Path:
    """Returns the file of a region's recording."""
    return FOLDER / recording_name(region)


def read(region: str) -> Recording | None:
    """Returns the recording of a region, or ``None`` where there is none.

    :raises RecordingError: for a file that cannot be read, or is another region's.
    """
    path = path_of(region)
    try:
        changed = path.stat().st_mtime_ns
    except FileNotFoundError:
        return None
    return _read(path, region, changed)


@lru_cache(maxsize=1)
def _read(path: Path, region: str, _changed: int) -> Recording:
    """Returns the recording in a file; read once until the file changes."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise RecordingError(f"{path.name} cannot be read: {error.strerror}") from None
    try:
        found = Recording.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise RecordingError(
            f"{path.name} is no recording: {place}: {first['msg']}; `make record REGION={region}` "
            "writes it anew"
        ) from None
    if found.region != region:
        raise RecordingError(f"{path.name} is a recording of {found.region}")
    return found


def record(region: str, client: Any) -> Recording:
    """Returns what EC2 says of a region now.

    :param client: boto3's client of EC2 in the region.
    """
    answer = client.describe_availability_zones(Filters=[_IN_REGION])
    zones = {zone["ZoneName"]: zone["ZoneId"] for zone in answer["AvailabilityZones"]}
    types = {
        kind["InstanceType"]: {key: kind[key] for key in _KEPT if key in kind}
        for page in client.get_paginator("describe_instance_types").paginate()
        for kind in page["InstanceTypes"]
    }
    offers: dict[str, list[str]] = {}
    pages = client.get_paginator("describe_instance_type_offerings").paginate(
        LocationType="availability-zone"
    )
    for page in pages:
        for offer in page["InstanceTypeOfferings"]:
            offers.setdefault(offer["InstanceType"], []).append(offer["Location"])
    return Recording(
        region=region,
        recorded=datetime.now(tz=UTC).date(),
        zones=dict(sorted(zones.items())),
        instance_types={
            name: RecordedType(zones=tuple(sorted(offers.get(name, ()))), data=data)
            for name, data in sorted(types.items())
        },
    )


def text_of(found: Recording) -> str:
    """Returns a recording as its file holds it: a line for each instance type."""
    data: Mapping[str, Any] = found.model_dump(mode="json", by_alias=True)
    head = {key: value for key, value in data.items() if key != "instanceTypes"}
    lines = ",\n".join(
        f"    {json.dumps(name)}: {json.dumps(kind, sort_keys=True)}"
        for name, kind in data["instanceTypes"].items()
    )
    return f'{json.dumps(head, indent=2)[:-2]},\n  "instanceTypes": {{\n{lines}\n  }}\n}}\n'
