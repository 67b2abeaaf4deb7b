"""What the engine keeps of a request to register a resource, beside what the cloud answers."""

import re
from collections.abc import Mapping
from typing import Final

from google.protobuf.message import Message
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.runtime.proto import resource_pb2

from deployment.properties import unmarshalled
from deployment.resource import Resource

from . import callbacks

# The parts of a duration, in seconds (https://pkg.go.dev/time#ParseDuration).
_UNITS: Final[Mapping[str, float]] = {
    "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600,
}  # fmt: skip
_DURATION_PART: Final = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")
# Options that change what a deployment does and that nothing here does anything about.
_NOT_SIMULATED: Final[Mapping[str, str]] = {
    "importId": "import",
    "replacement_trigger": "replacement_trigger",
    "hideDiffs": "hide_diffs",
}


def not_simulated(request: resource_pb2.RegisterResourceRequest) -> list[str]:
    """Returns the options of a resource that are set and not simulated, as a program calls them."""
    given = {field.name for field, _ in request.ListFields()}
    return [option for field, option in _NOT_SIMULATED.items() if field in given]


def recorded(
    request: resource_pb2.RegisterResourceRequest,
    urn: str,
    parent: Resource | None,
    *,
    inputs: Mapping[str, PropertyValue],
    outputs: Mapping[str, PropertyValue],
    identifier: str,
    provider: str,
) -> Resource:
    """Returns the resource as the engine keeps it.

    What a resource does not say for itself its parent says (``inheritFromParent`` in
    https://github.com/pulumi/pulumi/blob/v3.274.1/pkg/resource/deploy/source_eval.go).
    """
    return Resource(
        urn=urn,
        type=request.type,
        custom=request.custom,
        id=identifier,
        parent=request.parent,
        provider=provider,
        protect=_own(request, "protect", of_parent=parent is not None and parent.protect),
        retain_on_delete=_own(
            request, "retainOnDelete", of_parent=parent is not None and parent.retain_on_delete
        ),
        deleted_with=request.deletedWith or (parent.deleted_with if parent else ""),
        replace_with=tuple(request.replace_with),
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        timeouts={
            field.name: _seconds(str(value)) for field, value in request.customTimeouts.ListFields()
        },
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        hooks=callbacks.exported_hooks(request.hooks),
        dependencies=frozenset(request.dependencies),
        property_dependencies=_property_dependencies(request),
        inputs=inputs,
        outputs=outputs,
    )


def _own(message: Message, option: str, *, of_parent: bool) -> bool:
    return bool(getattr(message, option)) if message.HasField(option) else of_parent


def _property_dependencies(
    request: resource_pb2.RegisterResourceRequest,
) -> dict[str, frozenset[str]]:
    """Returns what each property depends on: all that the resource does where none is told.

    Of a resource with transforms of its own, it is what the last of them has answered.
    """
    if request.transforms:
        properties = unmarshalled(request.object)
        return {key: frozenset(value.all_dependencies()) for key, value in properties.items()}
    told = request.propertyDependencies
    if not told:
        return {key: frozenset(request.dependencies) for key in request.object.fields}
    return {key: frozenset() for key in request.object.fields} | {
        key: frozenset(dependencies.urns) for key, dependencies in told.items()
    }


def _seconds(duration: str) -> float:
    """Returns the seconds of a duration such as ``1h30m``; whole ones as JSON writes them."""
    parts = _DURATION_PART.findall(duration)
    seconds = float(sum(float(number) * _UNITS[unit] for number, unit in parts))
    return int(seconds) if seconds.is_integer() else seconds
