"""AWS's partitions and regions, from botocore's copy of the SDKs' own data.

Read from the package's file, as a region is asked for in every run: the package itself is slow to
import.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import pulumi


@dataclass(frozen=True, kw_only=True, slots=True)
class Partition:
    """A set of regions with accounts, ARNs and domains of its own.

    :param name: such as ``aws-cn``.
    :param dns_suffix: the domain of its endpoints, such as ``amazonaws.com.cn``.
    """

    name: str
    dns_suffix: str


class UnknownPartitionError(pulumi.RunError):
    """A region in no partition of the data: there is nothing to derive its names from."""


@cache
def partition_of(region: str) -> Partition:
    """Returns the partition that a region is in, whether the data knows the region or not.

    :raises UnknownPartitionError: for a region of another form than those of all partitions.
    """
    for partition in _partitions():
        if re.fullmatch(partition["regionRegex"], region):
            return Partition(name=partition["id"], dns_suffix=partition["outputs"]["dnsSuffix"])
    names = ", ".join(partition["id"] for partition in _partitions())
    raise UnknownPartitionError(
        f"aws:region: {region!r} has not the form of a region in any partition that the offline "
        f"data knows (botocore {version('botocore')}: {names}); a preview needs its partition for "
        "ARNs and endpoints"
    )


@cache
def regions() -> Mapping[str, Sequence[str]]:
    """Returns the regions that the data knows, by partition."""
    return {
        partition["id"]: sorted(
            region for region in partition["regions"] if not region.endswith("-global")
        )
        for partition in _partitions()
    }


@cache
def _partitions() -> Sequence[Mapping[str, Any]]:
    text = (files("botocore") / "data" / "partitions.json").read_text(encoding="utf-8")
    found: Sequence[Mapping[str, Any]] = json.loads(text)["partitions"]
    return found
