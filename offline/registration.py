"""What the engine keeps of a request to register a resource, beside what the cloud answers."""

import re
from collections.abc import Mapping
from typing import Final

from deployment.properties import unmarshalled
from deployment.resource import Resource

from . import callbacks
from .callbacks import Registration

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


def not_simulated(request: Registration) -> list[str]:
    """Returns the options of a resource that are set and not simulated, as a program calls them."""
    given = {field.name for field, _ in request.ListFields()}
    return [option for field, option in _NOT_SIMULATED.items() if field in given]


def recorded(request: Registration, urn: str, parent: Resource | None) -> Resource:
    """Returns the resource as the engine keeps it, without what its provider makes of it.

    What a resource does not say for itself its parent says (``inheritFromParent`` in
    https://github.com/pulumi/pulumi/blob/v3.274.1/pkg/resource/deploy/source_eval.go).
    """
    parent = parent or Resource(urn="", type="", custom=False)
    return Resource(
        urn=urn,
        type=request.type,
        custom=request.custom,
        parent=request.parent,
        protect=request.protect if request.HasField("protect") else parent.protect,
        retain_on_delete=(
            request.retainOnDelete
            if request.HasField("retainOnDelete")
            else parent.retain_on_delete
        ),
        deleted_with=request.deletedWith or parent.deleted_with,
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
    )


def _property_dependencies(request: Registration) -> dict[str, frozenset[str]]:
    """Returns what each property depends on: all that the resource does where none is told.

    Of a resource with transforms of its own, it is what the last of them has answered.
    """
    if request.transforms:
        properties = unmarshalled(request.object)
        return {key: frozenset(value.all_dependencies()) for key, value in properties.items()}
    told = {key: frozenset(found.urns) for key, found in request.propertyDependencies.items()}
    untold = frozenset[str]() if told else frozenset(request.dependencies)
    return dict.fromkeys(request.object.fields, untold) | told


def _seconds(duration: str) -> float:
    """Returns the seconds of a duration such as ``1h30m``; whole ones as JSON writes them."""
    parts = _DURATION_PART.findall(duration)
    seconds = float(sum(float(number) * _UNITS[unit] for number, unit in parts))
    return int(seconds) if seconds.is_integer() else seconds
