"""The program's own functions that the engine calls: transforms, and hooks before updates."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from google.protobuf import struct_pb2
from google.protobuf.message import Message
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.runtime import _callbacks
from pulumi.runtime.proto import callback_pb2, resource_pb2

from deployment.properties import Properties
from deployment.resource import Resource

# The hooks of a request by their name in an export
# (https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/resource_hooks.go).
_HOOK_KINDS: Final[Mapping[str, str]] = {
    "before_create": "BeforeCreate",
    "after_create": "AfterCreate",
    "before_update": "BeforeUpdate",
    "after_update": "AfterUpdate",
    "before_delete": "BeforeDelete",
    "after_delete": "AfterDelete",
    "on_error": "OnError",
}

# The options that a transform sees and may change, by the request's name for each.
_OPTIONS: Final[Mapping[str, str]] = {
    "dependencies": "depends_on",
    "protect": "protect",
    "ignoreChanges": "ignore_changes",
    "replaceOnChanges": "replace_on_changes",
    "version": "version",
    "aliases": "aliases",
    "provider": "provider",
    "providers": "providers",
    "customTimeouts": "custom_timeouts",
    "retainOnDelete": "retain_on_delete",
    "deletedWith": "deleted_with",
    "replace_with": "replace_with",
    "additionalSecretOutputs": "additional_secret_outputs",
    "importId": "import",
    "hideDiffs": "hide_diff",
    "replacement_trigger": "replacement_trigger",
    "hooks": "hooks",
}

Hooks = Mapping[str, tuple[str, ...]]


async def call(callback: callback_pb2.Callback, message: Message) -> Any:
    """Calls a function that the program registered, as the engine would over the network."""
    for servicer in _callbacks._CallbackServicer._servicers:  # noqa: SLF001  where the SDK keeps them
        if found := servicer._callbacks.get(callback.token):  # noqa: SLF001
            return await found(message.SerializeToString())
    raise LookupError(f"the program has no callback {callback.token}")


def exported_hooks(binding: resource_pb2.RegisterResourceRequest.ResourceHooksBinding) -> Hooks:
    """Returns the names of a resource's hooks by kind; kinds without any are left out."""
    named = {kind: tuple(getattr(binding, field)) for field, kind in _HOOK_KINDS.items()}
    return {kind: names for kind, names in named.items() if names}


def transform_request(
    request: resource_pb2.RegisterResourceRequest,
) -> resource_pb2.TransformRequest:
    """Returns what a transform is asked about a resource."""
    asked = resource_pb2.TransformRequest(
        type=request.type,
        name=request.name,
        custom=request.custom,
        parent=request.parent,
        properties=request.object,
    )
    for field, option in _OPTIONS.items():
        _copy(request, field, asked.options, option)
    return asked


def apply_transform(
    request: resource_pb2.RegisterResourceRequest, response: resource_pb2.TransformResponse
) -> None:
    """Puts what a transform answered into the request: properties and options."""
    request.object.CopyFrom(response.properties)
    for field, option in _OPTIONS.items():
        # Dependencies are those of the program where a parent's transform answers.
        if field != "dependencies" or request.transforms:
            _copy(response.options, option, request, field)


def _copy(source: Message, field: str, target: Message, name: str) -> None:
    """Makes a field of one message what another message has, or not set."""
    target.ClearField(name)
    value = {found.name: content for found, content in source.ListFields()}.get(field)
    if value is None:
        return
    if isinstance(value, (str, bool)):
        setattr(target, name, value)
    else:
        getattr(target, name).MergeFrom(value)


def update_request(
    request: resource_pb2.RegisterResourceRequest,
    urn: str,
    inputs: Properties,
    previous: Resource,
) -> resource_pb2.ResourceHookRequest:
    """Returns what a hook is asked before an update.

    :param inputs: as the provider has checked them.
    :param previous: the resource in an earlier export.
    """
    return resource_pb2.ResourceHookRequest(
        urn=urn,
        id=previous.id,
        name=request.name,
        type=request.type,
        new_inputs=PropertyValue.marshal_map(dict(inputs)),
        old_inputs=_struct(previous.inputs),
        old_outputs=_struct(previous.outputs),
    )


def before_update(hooks: Hooks) -> Sequence[str]:
    """Returns the names of the hooks that run before an update."""
    return hooks.get(_HOOK_KINDS["before_update"], ())


def _struct(data: Mapping[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(data)
    return struct
