"""A deployment as policies see it.

The engine hands the inputs of each resource to policies for single resources, and the outputs of
all to policies for stacks. Before a deployment outputs are few: of a provider that is not
configured yet there are none at all
(https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/provider_plugin.go).
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from deployment.deployment import Deployment
from deployment.export import resources_of
from deployment.properties import RESOURCE_SIGNATURE, SECRET_SIGNATURE, SIGNATURE_KEY
from deployment.resource import Resource
from deployment.values import PLAINTEXT

from .graph import Graph
from .spelling import spelled

# Packages whose provider is bridged from Terraform: it has the ID among the outputs
# (https://github.com/pulumi/pulumi-terraform-bridge/blob/master/pkg/tfbridge/provider.go).
_BRIDGED: Final = ("aws:", "random:")
# What providers keep for themselves, such as ``__defaults`` among tags; the engine keeps it from
# policies as well (``SkipInternalKeys`` in
# https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/analyzer_plugin.go).
_INTERNAL: Final = "__"


def visible(export: Mapping[str, Any]) -> Deployment:
    """Returns the deployment that an export holds, with plain properties.

    A value that the export withholds is the mark that Pulumi gives to policies for an unknown one.
    """
    resources = list(resources_of(export))
    ids = {resource.urn: resource.id for resource in resources}
    return Deployment(part for resource in resources for part in spelled(_visible(resource, ids)))


def declared(resources: Deployment) -> Graph:
    """Returns the resources as policies for single resources see them: with their inputs."""
    return Graph(
        replace(resource, inputs=unknown_checking_proxy(dict(resource.inputs)), outputs={})
        for resource in resources
    )


def deployed(resources: Deployment) -> Graph:
    """Returns the resources as policies for stacks see them: outputs laid over inputs."""
    return Graph(as_deployed(resource, resource.inputs, resource.outputs) for resource in resources)


def as_deployed(resource: Resource, inputs: Any, outputs: Any) -> Resource:
    """Returns a resource as a policy for stacks sees it."""
    seen = unknown_checking_proxy(laid_over(inputs, outputs))
    return replace(resource, inputs={}, outputs=seen)


def laid_over(inputs: Any, outputs: Any) -> Any:
    """Returns the outputs, and in place of what they do not say the inputs, at every depth."""
    if isinstance(inputs, Mapping) and isinstance(outputs, Mapping):
        return {
            **inputs,
            **{
                key: laid_over(inputs[key], value) if key in inputs else value
                for key, value in outputs.items()
            },
        }
    return inputs if outputs in (UNKNOWN_STRING_VALUE, None) else outputs


def _visible(resource: Resource, ids: Mapping[str, str]) -> Resource:
    outputs = _plain(resource.outputs, ids)
    views = (resource.inputs, resource.outputs)
    marked = {
        key
        for view, other in (views, reversed(views))
        for key, value in view.items()
        if _is_readable(value, other.get(key))
    }
    has_id = resource.id and resource.type.startswith(_BRIDGED)
    return replace(
        resource,
        # A message about the resource quotes none of them.
        additional_secret_outputs=(*resource.additional_secret_outputs, *sorted(marked)),
        inputs=_plain(resource.inputs, ids),
        outputs={"id": resource.id, **outputs} if has_id else outputs,
    )


def _is_readable(value: Any, other: Any) -> bool:
    """Returns whether a secret in a value can be read, there or in the same place of another view.

    What is withheld in both is nowhere, and what stands beside it may be quoted.
    """
    if isinstance(other, Mapping) and _is_secret(other) and PLAINTEXT not in other:
        other = None
    if isinstance(value, Mapping):
        if _is_secret(value):
            return PLAINTEXT in value or other is not None
        return any(
            _is_readable(item, other.get(key) if isinstance(other, Mapping) else other)
            for key, item in value.items()
        )
    if isinstance(value, list):
        # Where the places differ, each may be that of each.
        others = other if isinstance(other, list) else []
        is_same = len(others) == len(value)
        return any(
            _is_readable(item, others[place] if is_same else other)
            for place, item in enumerate(value)
        )
    return False


def _is_secret(value: Mapping[str, Any]) -> bool:
    return value.get(SIGNATURE_KEY) == SECRET_SIGNATURE


def _plain(value: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        signature = value.get(SIGNATURE_KEY)
        if signature == RESOURCE_SIGNATURE:
            # What has no ID yet is unknown; a reference without an ID is the URN alone.
            unknown = UNKNOWN_STRING_VALUE if "id" in value else value["urn"]
            return value.get("id") or ids.get(value["urn"]) or unknown
        if _is_secret(value) and PLAINTEXT in value:
            return _plain(json.loads(value[PLAINTEXT]), ids)
        if signature:
            # Ciphertext, or an asset, of which no rule knows anything.
            return UNKNOWN_STRING_VALUE
        return {
            key: _plain(item, ids) for key, item in value.items() if not key.startswith(_INTERNAL)
        }
    if isinstance(value, list):
        return [_plain(item, ids) for item in value]
    return value
