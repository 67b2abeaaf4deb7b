"""An exported deployment as policies see it: inputs, outputs, order, and what they cannot see."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from deployment.properties import RESOURCE_SIGNATURE, SECRET_SIGNATURE, SIGNATURE_KEY

from .rules.graph import Graph, Resource
from .rules.types import STACK
from .rules.view import laid_over


@dataclass(frozen=True, kw_only=True, slots=True)
class DeployedResource:
    """A resource of an export, with plain properties.

    A value that the export withholds is the mark that Pulumi gives to policies for an unknown one.
    """

    urn: str
    type: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    parent: str
    provider: str
    is_component: bool
    dependencies: tuple[str, ...]
    property_dependencies: Mapping[str, tuple[str, ...]]

    @property
    def name(self) -> str:
        """The logical name, the last part of the URN."""
        return self.urn.rsplit("::", maxsplit=1)[-1]

    def declared(self) -> Resource:
        """Returns the resource as a policy for single resources sees it."""
        return Resource(
            urn=self.urn, type=self.type, properties=unknown_checking_proxy(dict(self.inputs))
        )

    def deployed(self) -> Resource:
        """Returns the resource as a policy for stacks sees it."""
        of_properties = {key: frozenset(urns) for key, urns in self.property_dependencies.items()}
        provider = [self.provider] if self.provider else []
        return Resource(
            urn=self.urn,
            type=self.type,
            properties=unknown_checking_proxy(laid_over(self.inputs, self.outputs)),
            parent=self.parent,
            is_component=self.is_component,
            dependencies=frozenset(self.dependencies).union(provider, *of_properties.values()),
            property_dependencies=of_properties,
        )


def graphs(resources: list[DeployedResource]) -> tuple[Graph, Graph]:
    """Returns the resources with their inputs, and with their outputs laid over the inputs."""
    return (
        Graph(resource.declared() for resource in resources),
        Graph(resource.deployed() for resource in resources),
    )


def stack_of(resources: list[DeployedResource]) -> str:
    """Returns the name of the stack, which every URN holds."""
    return resources[0].urn.split(":")[2]


def deployed_resources(export: Mapping[str, Any]) -> list[DeployedResource]:
    """Returns the resources of an export, less those that wait for their deletion."""
    resources = [r for r in export["deployment"]["resources"] if not r.get("delete")]
    ids = {resource["urn"]: resource.get("id", "") for resource in resources}
    return [_resource(resource, ids) for resource in resources]


def _resource(data: Mapping[str, Any], ids: Mapping[str, str]) -> DeployedResource:
    outputs = _visible(data.get("outputs", {}), ids)
    is_bridged = data["type"].startswith(_BRIDGED)
    identifier = {"id": data["id"]} if is_bridged and data.get("id") else {}
    return DeployedResource(
        urn=data["urn"],
        type=data["type"],
        inputs=_visible(data.get("inputs", {}), ids),
        outputs={**identifier, **outputs},
        parent=data.get("parent", ""),
        # A reference is the provider's URN and its ID.
        provider=data.get("provider", "").rpartition("::")[0],
        is_component=not data.get("custom", True) and data["type"] != STACK,
        dependencies=tuple(data.get("dependencies") or ()),
        property_dependencies={
            key: tuple(urns or ()) for key, urns in (data.get("propertyDependencies") or {}).items()
        },
    )


# Packages whose provider is bridged from Terraform: it has the ID among the outputs
# (https://github.com/pulumi/pulumi-terraform-bridge/blob/master/pkg/tfbridge/provider.go).
_BRIDGED: Final = ("aws:", "random:")
_SECRET_TEXT: Final = "plaintext"  # noqa: S105  of `pulumi stack export --show-secrets`


def _visible(value: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        signature = value.get(SIGNATURE_KEY)
        if signature == RESOURCE_SIGNATURE:
            # What has no ID yet is unknown; a reference without an ID is the URN alone.
            unknown = UNKNOWN_STRING_VALUE if "id" in value else value["urn"]
            return value.get("id") or ids.get(value["urn"]) or unknown
        if signature == SECRET_SIGNATURE and _SECRET_TEXT in value:
            return _visible(json.loads(value[_SECRET_TEXT]), ids)
        if signature:
            # Ciphertext, or an asset, of which no rule knows anything.
            return UNKNOWN_STRING_VALUE
        return {key: _visible(item, ids) for key, item in value.items()}
    if isinstance(value, list):
        return [_visible(item, ids) for item in value]
    return value
