"""An exported deployment as the report shows it, without secrets."""

from collections.abc import Mapping
from typing import Any, Final

from deployment.deployment import Deployment
from deployment.export import resources_of
from deployment.properties import RESOURCE_SIGNATURE, SECRET_SIGNATURE, SIGNATURE_KEY
from deployment.resource import Resource
from deployment.types import SECRET as SECRET_OBJECT

# What stands for a value that must not be shown.
SECRET: Final = "[secret]"  # noqa: S105  stands for one
_ASSET: Final = "[file]"
# Types whose properties hold secrets even where a program did not mark them.
_SECRET_PROPERTIES: Final[Mapping[str, frozenset[str]]] = {
    SECRET_OBJECT: frozenset({"data", "stringData"}),
    "pulumi:providers:kubernetes": frozenset({"kubeconfig"}),
}


def shown(export: Mapping[str, Any]) -> Deployment:
    """Returns the deployment that an export holds, with plain properties.

    :raises ValueError: for an export without a stack.
    """
    deployment = Deployment(map(_shown, resources_of(export)))
    _ = deployment.stack
    return deployment


def _shown(resource: Resource) -> Resource:
    hidden = _SECRET_PROPERTIES.get(resource.type, frozenset()).union(
        resource.additional_secret_outputs
    )

    def visible(properties: Mapping[str, Any]) -> dict[str, Any]:
        return {
            key: SECRET if key in hidden else _plain(value)
            for key, value in sorted(properties.items())
            # Pulumi's own bookkeeping.
            if not key.startswith("__")
        }

    return resource.seen_as(visible)


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
