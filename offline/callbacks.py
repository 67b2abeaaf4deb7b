"""The program's own functions that the engine calls: transforms, and hooks before updates."""

import re
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from google.protobuf.message import Message
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.runtime import _callbacks
from pulumi.runtime.proto import callback_pb2, resource_pb2

from deployment.properties import Properties
from deployment.resource import Resource

Registration: TypeAlias = resource_pb2.RegisterResourceRequest
Hooks: TypeAlias = Mapping[str, tuple[str, ...]]

# The fields of a request that a transform calls otherwise than in the spelling of its own options.
_RENAMED: Final[Mapping[str, str]] = {
    "dependencies": "depends_on",
    "importId": "import",
    "hideDiffs": "hide_diff",
}


def _option(field: str) -> str:
    """Returns what a transform calls a field of a request, such as ``ignoreChanges``."""
    return _RENAMED.get(field) or re.sub("(?=[A-Z])", "_", field).lower()


# The options that a transform sees and may change, by the request's name for each.
_OPTIONS: Final[Mapping[str, str]] = {
    field: _option(field)
    for field in Registration.DESCRIPTOR.fields_by_name
    if _option(field) in resource_pb2.TransformResourceOptions.DESCRIPTOR.fields_by_name
}


async def call(callback: callback_pb2.Callback, message: Message) -> Any:
    """Calls a function that the program registered, as the engine would over the network."""
    for servicer in _callbacks._CallbackServicer._servicers:  # noqa: SLF001  where the SDK keeps them
        if found := servicer._callbacks.get(callback.token):  # noqa: SLF001
            return await found(message.SerializeToString())
    raise LookupError(f"the program has no callback {callback.token}")


def exported_hooks(binding: Registration.ResourceHooksBinding) -> Hooks:
    """Returns the names of a resource's hooks by kind, such as ``BeforeUpdate``.

    An export calls them so
    (https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/resource_hooks.go).
    """
    return {
        "".join(map(str.capitalize, field.name.split("_"))): tuple(names)
        for field, names in binding.ListFields()
    }


def transform_request(request: Registration) -> resource_pb2.TransformRequest:
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


def apply_transform(request: Registration, response: resource_pb2.TransformResponse) -> None:
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
    request: Registration, urn: str, inputs: Properties, previous: Resource
) -> resource_pb2.ResourceHookRequest:
    """Returns what a hook is asked before an update.

    :param inputs: as the provider has checked them.
    :param previous: the resource in an earlier export.
    """
    asked = resource_pb2.ResourceHookRequest(
        urn=urn,
        id=previous.id,
        name=request.name,
        type=request.type,
        new_inputs=PropertyValue.marshal_map(dict(inputs)),
    )
    asked.old_inputs.update(previous.inputs)
    asked.old_outputs.update(previous.outputs)
    return asked
