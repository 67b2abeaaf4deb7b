"""Inputs of an earlier deployment and of a new one, brought into one form.

The real providers add to the inputs of a resource, and the export of a real stack holds what they
added. What a program has left out is no change then.
"""

from collections.abc import Mapping
from typing import Any, Final

from deployment import types
from deployment.properties import RESOURCE_SIGNATURE, SECRET_SIGNATURE, SIGNATURE_KEY
from deployment.resource import Resource
from deployment.steps import Place

from .immutable import is_object_of_kubernetes

# Under this key a bridged provider lists the properties that it gave a value
# (https://github.com/pulumi/pulumi-terraform-bridge/blob/master/pkg/tfbridge/schema.go).
_DEFAULTS: Final = "__defaults"
# What Pulumi and its providers keep among the properties for themselves.
_INTERNAL: Final = "__"
# What the AWS provider adds to each resource that has it: the tags with the provider's own ones
# (https://github.com/pulumi/pulumi-aws/blob/master/provider/tags.go), and the provider's region
# (https://github.com/pulumi/pulumi-aws/blob/master/provider/region.go), which is compared apart.
_ADDED_BY_AWS: Final = frozenset({"region", "tagsAll"})
# What the Kubernetes provider adds to a release (``setDefaults`` and ``NewPropertyMap`` in
# https://github.com/pulumi/pulumi-kubernetes/blob/master/provider/pkg/provider/helm_release.go).
_ADDED_TO_RELEASES: Final = frozenset(
    {"allowNullValues", "checksum", "compat", "keyring", "namespace", "resourceNames", "timeout"}
)
_DEFAULT_NAMESPACE: Final = "default"


class _Unknown(str):
    """Stands for a secret, which is in both and may be another one."""

    __slots__ = ()


_SECRET: Final = _Unknown("[secret]")


def comparable(
    old: Resource, new: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any], list[Place]]:
    """Returns the old and the new inputs in one form, and where secrets stand in both.

    :param new: in the form of an export.
    """
    unknown: list[Place] = []
    before, after = _aligned(_without_added(old, new), new, (), unknown)
    return before, after, unknown


def _without_added(old: Resource, new: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the old inputs without what a provider adds and the new ones leave out."""
    added: frozenset[str] = frozenset()
    if old.type.startswith("aws:"):
        added = _ADDED_BY_AWS
    elif old.type == types.RELEASE:
        added = _ADDED_TO_RELEASES
    found = {key: item for key, item in old.inputs.items() if key in new or key not in added}
    metadata = found.get("metadata")
    if (
        is_object_of_kubernetes(old.type)
        and isinstance(metadata, Mapping)
        and metadata.get("namespace") == _DEFAULT_NAMESPACE
        and "namespace" not in (new.get("metadata") or {})
    ):
        found["metadata"] = {key: metadata[key] for key in metadata.keys() - {"namespace"}}
    return found


def _aligned(old: Any, new: Any, place: Place, unknown: list[Place]) -> tuple[Any, Any]:
    """Returns both values in plain form; a secret in either of them is the same in both."""
    if _is_secret(old) or _is_secret(new):
        unknown.append(place)
        return _SECRET, _SECRET
    old, new = _plain(old), _plain(new)
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        before, after = _own(old, new), _own(new, new)
        for key in sorted(before.keys() & after.keys()):
            before[key], after[key] = _aligned(before[key], after[key], (*place, key), unknown)
        return before, after
    if isinstance(old, list) and isinstance(new, list):
        pairs = [
            _aligned(mine, theirs, (*place, index), unknown)
            for index, (mine, theirs) in enumerate(zip(old, new, strict=False))
        ]
        length = len(pairs)
        return [*(a for a, _ in pairs), *old[length:]], [*(b for _, b in pairs), *new[length:]]
    return old, new


def _own(properties: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the properties without nulls and what is internal, and defaults that are not new."""
    listed: Any = properties.get(_DEFAULTS)
    defaults = listed if isinstance(listed, list) else ()
    return {
        key: item
        for key, item in properties.items()
        if item is not None
        and not key.startswith(_INTERNAL)
        and (key in new or key not in defaults)
    }


def _is_secret(value: Any) -> bool:
    return isinstance(value, Mapping) and value.get(SIGNATURE_KEY) == SECRET_SIGNATURE


def _plain(value: Any) -> Any:
    """Returns the ID in place of a reference to a resource."""
    if isinstance(value, Mapping) and value.get(SIGNATURE_KEY) == RESOURCE_SIGNATURE:
        return value.get("id") or value.get("urn")
    return value
