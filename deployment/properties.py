"""Pulumi's property values as plain Python data, and back."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from google.protobuf import struct_pb2
from pulumi.provider.experimental.property_value import Computed, PropertyValue, ResourceReference

# How Pulumi marks secrets and resource references in JSON
# (https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/sig/sig.go).
SIGNATURE_KEY: Final = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  a mark, no secret
RESOURCE_SIGNATURE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT_SIGNATURE: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"

# What stands for a value that is not known before the deployment; the SDK's ``PropertyValue``
# leaves it as this text (https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/rpc.go).
UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

Properties = Mapping[str, PropertyValue]


class Reference(dict[str, str]):
    """A reference to a resource among plain data; providers that want a text take its ID."""


def has_unknown(data: Any) -> bool:
    """Returns whether plain data is or holds a value that is not known yet."""
    if isinstance(data, Mapping):
        return any(map(has_unknown, data.values()))
    if isinstance(data, (list, tuple)):
        return any(map(has_unknown, data))
    return isinstance(data, str) and UNKNOWN in data


def has_secret(data: Any) -> bool:
    """Returns whether data of an export is or holds a value with the mark of a secret."""
    if isinstance(data, Mapping):
        return data.get(SIGNATURE_KEY) == SECRET_SIGNATURE or any(map(has_secret, data.values()))
    return isinstance(data, list) and any(map(has_secret, data))


def _inside(content: Any, change: Callable[[Any], Any]) -> Any:
    """Returns a map or a list with each of its items changed; anything else as it is."""
    if isinstance(content, Mapping):
        return {key: change(item) for key, item in content.items()}
    if isinstance(content, Sequence) and not isinstance(content, str):
        return [change(item) for item in content]
    return content


def plain(value: PropertyValue) -> Any:
    """Returns the value without its marks of secrecy and dependency; whole numbers as ``int``."""
    content = value.value
    if isinstance(content, float) and content.is_integer():
        return int(content)
    if isinstance(content, ResourceReference):
        return Reference(urn=content.urn)
    return _inside(content, plain)


def plain_map(properties: Properties) -> dict[str, Any]:
    """Returns the plain value of each property."""
    return {key: plain(value) for key, value in properties.items()}


def property_value(data: Any, *, is_secret: bool = False) -> PropertyValue:
    """Returns plain data as a property value."""
    if isinstance(data, PropertyValue):
        return data
    is_number = isinstance(data, int) and not isinstance(data, bool)
    content = float(data) if is_number else _inside(data, property_value)
    return PropertyValue(content, is_secret=is_secret)


def property_map(data: Mapping[str, Any]) -> dict[str, PropertyValue]:
    """Returns each item of plain data as a property value."""
    return {key: property_value(item) for key, item in data.items()}


def unmarshalled(struct: struct_pb2.Struct) -> dict[str, PropertyValue]:
    """Returns the properties of a request, with references and outputs among them.

    The SDK's ``PropertyValue`` looks for the ID of a reference under another name than the one that
    the SDK's programs send it under, and takes no output that lacks what they leave out
    (``serialize_property`` in
    https://github.com/pulumi/pulumi/blob/v3.272.0/sdk/python/lib/pulumi/runtime/rpc.py).
    """
    completed = struct_pb2.Struct()
    completed.CopyFrom(struct)
    for value in completed.fields.values():
        _complete(value)
    return PropertyValue.unmarshal_map(completed)


def _complete(value: struct_pb2.Value) -> None:
    fields = value.struct_value.fields
    signature = fields[SIGNATURE_KEY].string_value if SIGNATURE_KEY in fields else ""
    if signature == RESOURCE_SIGNATURE and "id" in fields:
        fields["resource_id"].CopyFrom(fields["id"])
    if signature == OUTPUT_SIGNATURE:
        if "value" not in fields:
            fields["value"].string_value = UNKNOWN
        if "secret" not in fields:
            fields["secret"].bool_value = False
        fields["dependencies"].list_value.SetInParent()
    for item in (*fields.values(), *value.list_value.values):
        _complete(item)


def with_ids(value: PropertyValue) -> PropertyValue:
    """Returns the value as the engine gives it to a provider that takes no references.

    That is the ID of a resource, and the URN of a component, in place of each reference
    (``KeepResources`` in
    https://github.com/pulumi/pulumi/blob/v3.274.1/sdk/go/common/resource/plugin/rpc.go); the
    providers of AWS and Kubernetes are such
    (https://github.com/pulumi/pulumi-terraform-bridge/blob/master/pkg/tfbridge/provider.go).
    """
    content = value.value
    if isinstance(content, ResourceReference):
        content = plain(content.resource_id) if content.resource_id else content.urn
    return PropertyValue(_inside(content, with_ids), is_secret=value.is_secret)


def with_secrets(properties: Properties, names: Iterable[str]) -> Properties:
    """Returns the properties with the named ones secret, as the engine keeps them."""
    secret = set(names)
    return {
        key: value.with_secret(is_secret=value.is_secret or key in secret)
        for key, value in properties.items()
    }


def without_dependencies(value: PropertyValue) -> PropertyValue:
    """Returns the value as the engine hands it to programs: secrecy kept, dependencies apart."""
    return PropertyValue(_inside(value.value, without_dependencies), is_secret=value.is_secret)


def exported(value: PropertyValue) -> Any:
    """Returns the value as ``pulumi stack export`` writes it, with secrets withheld.

    A real export holds the ciphertext of a secret. There is no key here to encrypt with, so that
    the ciphertext is empty: the file says that there is a secret and not what it is.
    """
    if value.is_secret:
        return {SIGNATURE_KEY: SECRET_SIGNATURE, "ciphertext": ""}
    content = value.value
    if isinstance(content, ResourceReference):
        version, identifier = content.package_version or "", content.resource_id
        return {
            SIGNATURE_KEY: RESOURCE_SIGNATURE,
            "urn": content.urn,
            "packageVersion": version,
            **({} if identifier is None else {"id": plain(identifier)}),
        }
    if isinstance(content, Computed):
        raise TypeError("a run with known outputs met an unknown value")
    if isinstance(content, (Mapping, Sequence)) and not isinstance(content, str):
        content = dict(sorted(content.items())) if isinstance(content, Mapping) else content
        return _inside(content, exported)
    return plain(value)


def exported_map(properties: Properties) -> dict[str, Any]:
    """Returns properties as the export has them."""
    return {
        key: exported(value) for key, value in sorted(properties.items()) if value.value is not None
    }


def imported(data: Any) -> PropertyValue | None:
    """Returns what :func:`exported` has written as a value; ``None`` where a secret is in it."""
    if isinstance(data, Mapping):
        signature = data.get(SIGNATURE_KEY)
        if signature == RESOURCE_SIGNATURE:
            return PropertyValue(str(data.get("id") or data.get("urn", "")))
        if signature is not None:
            return None
        items = {str(key): imported(item) for key, item in data.items()}
        found = {key: item for key, item in items.items() if item is not None}
        return PropertyValue(found) if len(found) == len(items) else None
    if isinstance(data, list):
        listed = [item for item in map(imported, data) if item is not None]
        return PropertyValue(listed) if len(listed) == len(data) else None
    return property_value(data)


def without_nulls(data: Any) -> Any:
    """Returns plain data without the keys that have no value."""
    if isinstance(data, Mapping):
        data = {key: item for key, item in data.items() if item is not None}
    return _inside(data, without_nulls)
