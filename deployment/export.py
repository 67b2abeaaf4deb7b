"""A deployment as ``pulumi stack export`` writes it."""

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, Final

from pulumi.provider.experimental.property_value import PropertyValue

from .properties import Properties, exported

STACK_TYPE: Final = "pulumi:pulumi:Stack"
# Among the inputs of a provider: what the engine keeps for itself
# (https://github.com/pulumi/pulumi/blob/v3.274.1/pkg/resource/deploy/providers/registry.go).
INTERNAL_KEY: Final = "__internal"
# An export that uses a feature has the later version, every other one the earlier
# (``SerializeDeploymentWithMetadata`` in
# https://github.com/pulumi/pulumi/blob/v3.274.1/pkg/resource/stack/deployment.go).
_PLAIN_VERSION: Final = 3
_FEATURES_VERSION: Final = 4
# The features that the engine itself reads (``supportedFeatures`` in the same file). Each of them
# adds something that stands beside what is read here and leaves the meaning of that as it is.
_FEATURES: Final = (
    "byteString",
    "extensionParameterization",
    "hooks",
    "refreshBeforeUpdate",
    "replaceWith",
    "snippets-prototype",
    "taint",
    "views",
)


class NoDeploymentError(ValueError):
    """A file that is no exported deployment, or none of a known form; its message is one line."""


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
    additional_secret_outputs: tuple[str, ...] = ()
    timeouts: Mapping[str, float] = field(default_factory=dict[str, float])
    retain_on_delete: bool = False
    deleted_with: str = ""
    replace_with: tuple[str, ...] = ()
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
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

    @property
    def features(self) -> set[str]:
        """The features by which an export with this resource is one of the later version."""
        used = {"hooks": self.hooks, "replaceWith": self.replace_with}
        return {feature for feature, value in used.items() if value}

    def to_data(self) -> dict[str, Any]:
        """Returns the resource in the form of the export, in the order of its fields there.

        What is empty is left out, as there (``ResourceV3`` in
        https://github.com/pulumi/pulumi/blob/v3.274.1/sdk/go/common/apitype/core.go).
        """
        data: dict[str, Any] = {
            "urn": self.urn,
            "custom": self.custom,
            "id": self.id,
            "type": self.type,
            "inputs": exported_map(self.inputs),
            "outputs": exported_map(self.outputs),
            "parent": self.parent,
            "protect": self.protect,
            "dependencies": sorted(self.dependencies),
            "provider": self.provider,
            "propertyDependencies": {
                key: sorted(urns) for key, urns in sorted(self.property_dependencies.items())
            },
            "additionalSecretOutputs": list(self.additional_secret_outputs),
            "customTimeouts": dict(self.timeouts),
            "retainOnDelete": self.retain_on_delete,
            "deletedWith": self.deleted_with,
            "replaceWith": list(self.replace_with),
            "ignoreChanges": list(self.ignore_changes),
            "replaceOnChanges": list(self.replace_on_changes),
            "resourceHooks": {kind: list(names) for kind, names in sorted(self.hooks.items())},
        }
        always = {"urn", "custom", "type"}
        return {key: value for key, value in data.items() if value or key in always}


def export(resources: Iterable[RecordedResource]) -> dict[str, Any]:
    """Returns the deployment; the same resources give the same data, in whatever order.

    Resources come after everything that they need, as Pulumi wants them, and the stack first. What
    would make two exports of one program differ is left out or at its zero: the time, and of each
    resource when it was made (``created``, ``modified``) and by which line of which file
    (``sourcePosition``, ``stackTrace``).
    """
    by_urn = {resource.urn: resource for resource in resources}
    features = sorted(set[str]().union(*(resource.features for resource in by_urn.values())))
    return {
        "version": _FEATURES_VERSION if features else _PLAIN_VERSION,
        **({"features": features} if features else {}),
        "deployment": {
            "manifest": {"time": "0001-01-01T00:00:00Z", "magic": "", "version": ""},
            "resources": [by_urn[urn].to_data() for urn in _in_order(by_urn)],
            "metadata": {},
        },
    }


def exported_map(properties: Properties) -> dict[str, Any]:
    """Returns the properties as the export has them."""
    return {
        key: exported(value) for key, value in sorted(properties.items()) if value.value is not None
    }


def _in_order(by_urn: Mapping[str, RecordedResource]) -> Iterator[str]:
    sorter = TopologicalSorter(_predecessors(by_urn))
    sorter.prepare()
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=lambda urn: (by_urn[urn].type != STACK_TYPE, urn))
        yield from ready
        sorter.done(*ready)


def _predecessors(by_urn: Mapping[str, RecordedResource]) -> Mapping[str, set[str]]:
    """Returns what each resource comes after.

    Where it depends on a component, that is also what is in there and does not come after the
    resource itself: only what stands before it counts for the engine (``DependenciesOf`` in
    https://github.com/pulumi/pulumi/blob/v3.274.1/pkg/resource/graph/dependency_graph.go).
    """
    found = {urn: set(resource.predecessors) for urn, resource in by_urn.items()}
    inside: dict[str, list[str]] = {}
    for urn in sorted(by_urn):
        holder = by_urn[urn].parent
        while holder in by_urn and by_urn[holder].type != STACK_TYPE:
            inside.setdefault(holder, []).append(urn)
            holder = by_urn[holder].parent
    for urn, resource in sorted(by_urn.items()):
        for component in sorted(resource.dependencies & inside.keys()):
            if not by_urn[component].custom:
                found[urn].update(
                    child for child in inside[component] if not _comes_after(child, urn, found)
                )
    return found


def _comes_after(later: str, earlier: str, predecessors: Mapping[str, set[str]]) -> bool:
    """Returns whether a resource is another one or comes after it."""
    pending, seen = [later], set[str]()
    while pending:
        urn = pending.pop()
        if urn == earlier:
            return True
        if urn not in seen:
            seen.add(urn)
            pending += predecessors.get(urn, ())
    return False


def read(path: Path) -> Mapping[str, Any]:
    """Returns the export in a file.

    :raises NoDeploymentError: for a file that cannot be read or is no export, and for an export of
        a version or with a feature that is not known.
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
        version, features = data["version"], data.get("features") or ()
    except (AttributeError, KeyError, TypeError):
        resources, known, version, features = (), False, None, ()
    if not (resources and known and isinstance(version, int) and _are_texts(features)):
        message = f"{path} is no deployment as `pulumi stack export` or `make graph` writes it"
        raise NoDeploymentError(message)
    if version not in {_PLAIN_VERSION, _FEATURES_VERSION}:
        raise NoDeploymentError(
            f"{path} is a deployment of version {version}; read are versions {_PLAIN_VERSION} and "
            f"{_FEATURES_VERSION}"
        )
    # In the earlier version the engine does not look at them either.
    unknown = sorted(set(features) - set(_FEATURES)) if version == _FEATURES_VERSION else []
    if unknown:
        raise NoDeploymentError(
            f"{path} uses features that are not known here: {', '.join(unknown)}; read are "
            + ", ".join(_FEATURES)
        )
    return data


def _are_texts(features: object) -> bool:
    return isinstance(features, Sequence) and all(isinstance(name, str) for name in features)


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
