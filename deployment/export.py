"""A deployment as ``pulumi stack export`` writes it."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, Final

from .deployment import Deployment
from .form import NoDeploymentError, check, resource_of
from .json_file import JsonFileError, read_json
from .properties import exported_map
from .resource import Resource
from .texts import json_text, printable
from .types import STACK

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


def export(resources: Iterable[Resource]) -> dict[str, Any]:
    """Returns the deployment; the same resources give the same data, in whatever order.

    Resources come after everything that they need, as Pulumi wants them, and the stack first. What
    would make two exports of one program differ is left out or at its zero: the time, and of each
    resource when it was made (``created``, ``modified``) and by which line of which file
    (``sourcePosition``, ``stackTrace``).

    :param resources: with property values, as they are recorded.
    """
    deployment = Deployment(resource.seen_as(exported_map) for resource in resources)
    used = {"hooks": "hooks", "replaceWith": "replace_with"}
    features = [
        feature
        for feature, field in used.items()
        if any(getattr(resource, field) for resource in deployment)
    ]
    return {
        "version": _FEATURES_VERSION if features else _PLAIN_VERSION,
        **({"features": features} if features else {}),
        "deployment": {
            "manifest": {"time": "0001-01-01T00:00:00Z", "magic": "", "version": ""},
            "resources": [deployment.by_urn[urn].to_data() for urn in _in_order(deployment)],
            "metadata": {},
        },
    }


def _in_order(deployment: Deployment) -> Iterator[str]:
    """Yields the URNs: parents and all that a resource comes after before it, the stack first."""
    by_urn = deployment.by_urn
    sorter = TopologicalSorter(deployment.predecessors)
    for resource in deployment:
        sorter.add(resource.urn, *{resource.parent} - {""})
    sorter.prepare()
    while sorter.is_active():
        ready = set(sorter.get_ready())
        # What is in a component is complete at once.
        while components := ready - by_urn.keys():
            sorter.done(*components)
            ready = ready - components | set(sorter.get_ready())
        resources = (by_urn[node] for node in ready if isinstance(node, str))
        in_order = [one.urn for one in sorted(resources, key=lambda r: (r.type != STACK, r.urn))]
        yield from in_order
        sorter.done(*in_order)


def read(path: Path) -> Mapping[str, Any]:
    """Returns the export in a file; each resource has the form of one.

    :raises NoDeploymentError: for a file that cannot be read or is no export, for an export of a
        version or with a feature that is not known, and for resources of another form.
    """
    try:
        data = read_json(path)
    except JsonFileError as error:
        raise NoDeploymentError(str(error)) from None
    if message := _other_version(data):
        raise NoDeploymentError(f"{path} {message}")
    try:
        check(resources_of(data))
    except NoDeploymentError as error:
        raise NoDeploymentError(f"{path}: {printable(str(error))}") from None
    return data


def _other_version(data: Any) -> str:
    """Returns why data is no export that can be read here, or nothing."""
    try:
        resources = data["deployment"].get("resources") or []
        version, features = data["version"], data.get("features") or ()
    except (AttributeError, KeyError, TypeError):
        resources, version, features = None, None, ()
    if not (isinstance(resources, list) and isinstance(version, int) and _are_texts(features)):
        return "is no deployment as `pulumi stack export` or `make graph` writes it"
    if version not in {_PLAIN_VERSION, _FEATURES_VERSION}:
        return (
            f"is a deployment of version {version}; read are versions {_PLAIN_VERSION} and "
            f"{_FEATURES_VERSION}"
        )
    # In the earlier version the engine does not look at them either.
    unknown = sorted(set(features) - set(_FEATURES)) if version == _FEATURES_VERSION else []
    if unknown:
        return (
            f"uses features that are not known here: {', '.join(unknown)}; read are "
            + ", ".join(_FEATURES)
        )
    return "" if resources else "holds no resource: nothing is deployed"


def _are_texts(features: object) -> bool:
    return isinstance(features, Sequence) and all(isinstance(name, str) for name in features)


def resources_of(deployment: Mapping[str, Any]) -> Iterator[Resource]:
    """Yields the resources of an export, less those that wait for their deletion.

    :raises NoDeploymentError: for a resource of another form.
    """
    for index, data in enumerate(deployment["deployment"]["resources"], 1):
        resource = resource_of(index, data)
        if not resource.delete:
            yield resource


def earlier(deployment: Mapping[str, Any]) -> Deployment:
    """Returns the deployment that an export holds, with the copies that wait for their deletion.

    :raises NoDeploymentError: for a resource of another form.
    """
    listed = enumerate(deployment["deployment"]["resources"], 1)
    found = [resource_of(index, data) for index, data in listed]
    live = [resource for resource in found if not resource.delete]
    return Deployment(live, (resource for resource in found if resource.delete))


def interrupted(deployment: Mapping[str, Any]) -> Iterator[str]:
    """Yields a sentence for each operation that the last deployment began and did not end."""
    operations = deployment["deployment"].get("pending_operations")
    for operation in operations if isinstance(operations, list) else ():
        if isinstance(operation, Mapping):
            resource = operation.get("resource")
            urn = resource.get("urn") if isinstance(resource, Mapping) else None
            yield (
                f"the last deployment ended while it was {operation.get('type')} {urn}; "
                "the cloud may hold what Pulumi does not know of: `pulumi refresh` first"
            )


def write(deployment: Mapping[str, Any], path: Path) -> None:
    """Writes the deployment as JSON text that is the same for the same deployment."""
    path.write_text(json_text(deployment, indent=2) + "\n", encoding="utf-8")


def stable_id(*parts: str) -> str:
    """Returns a UUID that is the same for the same parts."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(parts)))
