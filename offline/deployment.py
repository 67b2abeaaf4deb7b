"""A deployment as ``pulumi stack export`` writes it."""

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, Final

from pulumi.provider.experimental.property_value import PropertyValue

from .properties import Properties, exported

EXPORT_VERSION: Final = 3


class NoDeploymentError(ValueError):
    """A file that is no exported deployment; its message is one line."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedResource:
    """A resource as the program registered it and the simulation answered."""

    urn: str
    type: str
    custom: bool
    id: str = ""
    parent: str = ""
    provider: str = ""
    protect: bool = False
    ignore_changes: tuple[str, ...] = ()
    hooks: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    dependencies: frozenset[str] = frozenset()
    property_dependencies: Mapping[str, frozenset[str]] = field(
        default_factory=dict[str, frozenset[str]]
    )
    inputs: Properties = field(default_factory=dict[str, PropertyValue])
    outputs: Properties = field(default_factory=dict[str, PropertyValue])

    @property
    def name(self) -> str:
        """The logical name, the last part of the URN."""
        return self.urn.rsplit("::", maxsplit=1)[-1]

    @property
    def predecessors(self) -> frozenset[str]:
        """The URNs of all resources that must exist before this one."""
        provider = {self.provider.rpartition("::")[0]} if self.provider else set[str]()
        parent = {self.parent} if self.parent else set[str]()
        return self.dependencies | provider | parent

    def to_data(self) -> dict[str, Any]:
        """Returns the resource in the form of the export; what is empty is left out, as there."""
        data: dict[str, Any] = {
            "urn": self.urn,
            "custom": self.custom,
            "id": self.id,
            "type": self.type,
            "inputs": exported_map(self.inputs),
            "outputs": exported_map(self.outputs),
            "parent": self.parent,
            "dependencies": sorted(self.dependencies),
            "propertyDependencies": {
                key: sorted(urns) for key, urns in sorted(self.property_dependencies.items())
            },
            "provider": self.provider,
            "protect": self.protect,
            "ignoreChanges": list(self.ignore_changes),
            "resourceHooks": {kind: list(names) for kind, names in sorted(self.hooks.items())},
        }
        always = {"urn", "custom", "type", "inputs", "outputs"}
        return {key: value for key, value in data.items() if value or key in always}


def export(resources: Iterable[RecordedResource]) -> dict[str, Any]:
    """Returns the deployment; the same resources give the same data, in whatever order.

    Resources come after everything that they need, as Pulumi wants them. The time, which a real
    export holds, would make two exports of one program differ and is left at its zero.
    """
    by_urn = {resource.urn: resource for resource in resources}
    return {
        "version": EXPORT_VERSION,
        "deployment": {
            "manifest": {"time": "0001-01-01T00:00:00Z", "magic": "", "version": ""},
            "resources": [by_urn[urn].to_data() for urn in _in_order(by_urn)],
        },
    }


def exported_map(properties: Properties) -> dict[str, Any]:
    """Returns the properties as the export has them."""
    return {
        key: exported(value) for key, value in sorted(properties.items()) if value.value is not None
    }


def _in_order(by_urn: Mapping[str, RecordedResource]) -> Iterator[str]:
    sorter = TopologicalSorter({urn: resource.predecessors for urn, resource in by_urn.items()})
    sorter.prepare()
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        yield from ready
        sorter.done(*ready)


def read(path: Path) -> Mapping[str, Any]:
    """Returns the export in a file.

    :raises NoDeploymentError: for a file that cannot be read or is no export.
    """
    data: Any = None
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NoDeploymentError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        pass
    try:
        resources = data["deployment"]["resources"]
        known = all(resource["urn"] and resource["type"] for resource in resources)
        if data["version"] == EXPORT_VERSION and resources and known:
            return data
    except (KeyError, TypeError):
        pass
    message = f"{path} is no deployment as `pulumi stack export` or `make graph` writes it"
    raise NoDeploymentError(message)


def by_urn(deployment: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """Returns the resources of an export by URN."""
    resources = deployment["deployment"]["resources"]
    return {resource["urn"]: {"inputs": {}, "outputs": {}, **resource} for resource in resources}


def write(deployment: Mapping[str, Any], path: Path) -> None:
    """Writes the deployment as JSON text that is the same for the same deployment."""
    path.write_text(json.dumps(deployment, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def stable_id(*parts: str) -> str:
    """Returns a UUID that is the same for the same parts."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(parts)))
