"""Pods, whatever makes them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from deployment.types import CRON_JOB, POD

from .reading import Path, items, read
from .registry import Subject

_TEMPLATE: Final = ("spec", "template")
_OF_A_JOB: Final = ("spec", "jobTemplate", "spec", "template")


def template(kind: str, properties: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns metadata and spec of a workload's pods."""
    if kind == POD:
        return properties
    path: Path = _OF_A_JOB if kind == CRON_JOB else _TEMPLATE
    return read(properties, path, {})


def pod(subject: Subject) -> Mapping[str, Any]:
    """Returns the spec of a workload's pods."""
    return read(template(subject.resource.type, subject.resource.properties), "spec", {})


def containers(subject: Subject) -> Iterator[Mapping[str, Any]]:
    """Yields the containers of a workload, those that come first included."""
    for key in ("initContainers", "containers"):
        yield from items(pod(subject), key)


def namespace(properties: Mapping[str, Any]) -> str:
    """Returns the namespace of an object."""
    return read(properties, "metadata.namespace", "default")


def name(properties: Mapping[str, Any]) -> str:
    """Returns the name of an object in Kubernetes."""
    return read(properties, "metadata.name", "")


def selects(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Returns whether labels have all that a selector asks for."""
    return all(labels.get(key) == value for key, value in selector.items())
