"""Exports of many resources, made of dev's."""

import json
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from deployment.export import export
from deployment.types import STACK
from offline.simulation import run_stack
from stackfile.files import PROGRAM

# What Kubernetes objects are called, and where they are.
_KUBERNETES_NAMES: Final = ("name", "namespace")


class Shape(StrEnum):
    """What there is many times."""

    PLATFORMS = "platforms with names and IDs of their own"
    APPLICATIONS = "applications of one platform, in one namespace"
    URNS = "URNs of the same things"


def write_export(path: Path, resources: int, shape: Shape = Shape.PLATFORMS) -> int:
    """Writes an export of at least so many resources; returns how many they are."""
    data = export(run_stack(PROGRAM, "dev").resources)
    stack, *platform = data["deployment"]["resources"]
    if stack["type"] != STACK:
        raise ValueError("the first resource of an export is its stack")
    apart = _is_of_an_application if shape is Shape.APPLICATIONS else None
    copied = list(filter(apart, platform))
    rest = [resource for resource in platform if resource not in copied]
    parts = _own_names(copied, shape).split(json.dumps(copied)[1:-1])
    copies = -(-(resources - len(rest)) // len(copied))
    head, _, tail = json.dumps(
        data | {"deployment": data["deployment"] | {"resources": [stack, *rest, "copies"]}}
    ).partition('"copies"')
    with path.open("w", encoding="utf-8") as file:
        file.write(head)
        for number in range(copies):
            file.write(", " if number else "")
            # Every other part is a name.
            file.writelines(
                f"{part}-{number}" if index % 2 else part for index, part in enumerate(parts)
            )
        file.write(tail)
    return 1 + len(rest) + copies * len(copied)


def _is_of_an_application(resource: dict[str, Any]) -> bool:
    namespace = resource.get("inputs", {}).get("metadata", {}).get("namespace")
    return namespace is not None and "GracefulWebApp$" in resource["urn"]


def _own_names(copied: list[dict[str, Any]], shape: Shape) -> re.Pattern[str]:
    """Returns what matches, in JSON text, the names and IDs that each copy has for itself."""
    urns = {resource["urn"].split("::", maxsplit=3)[3] for resource in copied}
    of_urns = rf'(?<=::)(?:{_either(urns)})(?="|::)'
    if shape is Shape.URNS:
        return re.compile(f"({of_urns})")
    names = {resource["id"] for resource in copied if "id" in resource}
    names.update(name for resource in copied for name in _of_kubernetes(resource))
    elsewhere = '(?<!"namespace": ")' if shape is Shape.APPLICATIONS else ""
    return re.compile(rf"({of_urns}|{elsewhere}(?<![\w-])(?:{_either(names)})(?![\w-]))")


def _of_kubernetes(resource: dict[str, Any]) -> Iterator[str]:
    metadata = resource.get("inputs", {}).get("metadata", {})
    return (metadata[key] for key in _KUBERNETES_NAMES if metadata.get(key))


def _either(names: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))
