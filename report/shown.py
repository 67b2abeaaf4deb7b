"""An exported deployment as the report shows it, without secrets."""

from collections.abc import Mapping
from typing import Any, Final

from deployment.deployment import Deployment
from deployment.export import resources_of
from deployment.properties import RESOURCE_SIGNATURE, SECRET_SIGNATURE, SIGNATURE_KEY
from deployment.resource import Resource
from deployment.secrets import SECRET, without_secrets

_ASSET: Final = "[file]"


def shown(export: Mapping[str, Any]) -> Deployment:
    """Returns the deployment that an export holds, with plain properties.

    :raises ValueError: for an export without a stack.
    """
    deployment = Deployment(map(_shown, resources_of(export)))
    _ = deployment.stack
    return deployment


def _shown(resource: Resource) -> Resource:
    plain = resource.seen_as(_plain_properties)
    # What is secret among the outputs is none among the inputs, where a program gives it in plain.
    marked = {
        *resource.additional_secret_outputs,
        *(key for view in (plain.inputs, plain.outputs) for key in view if view[key] == SECRET),
    }
    return plain.seen_as(lambda properties: without_secrets(plain.type, properties, marked))


def _plain_properties(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _plain(value)
        for key, value in sorted(properties.items())
        # Pulumi's own bookkeeping.
        if not key.startswith("__")
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        signature = value.get(SIGNATURE_KEY)
        if signature == SECRET_SIGNATURE:
            return SECRET
        if signature == RESOURCE_SIGNATURE:
            return value.get("id") or value.get("urn", "")
        if signature:
            return _ASSET
        return {key: _plain(item) for key, item in sorted(value.items())}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
