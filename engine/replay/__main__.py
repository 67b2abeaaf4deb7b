"""The replay program: registers the resources of a graph, with the edges that the graph names.

It runs under Pulumi's engine and reads the file that the environment variable ``REPLAY_GRAPH``
names. It needs no SDK but Pulumi's own, so that it is there in a third of a second.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi

_PROVIDER = "pulumi:providers:"


def _resource(data: Mapping[str, Any], made: Mapping[str, pulumi.Resource]) -> pulumi.Resource:
    kind, name = data["type"], data["name"]
    options = pulumi.ResourceOptions(
        parent=made.get(data["parent"]), depends_on=[made[urn] for urn in data["waits_for"]]
    )
    if not data["custom"]:
        return pulumi.ComponentResource(kind, name, None, options)
    inputs = {key: _value(value, made) for key, value in data["inputs"].items()}
    if kind.startswith(_PROVIDER):
        return pulumi.ProviderResource(kind.removeprefix(_PROVIDER), name, inputs, options)
    provider = made.get(data["provider"])
    if isinstance(provider, pulumi.ProviderResource):
        options.provider = provider
    return pulumi.CustomResource(kind, name, inputs, options)


def _value(value: Any, made: Mapping[str, pulumi.Resource]) -> Any:
    """Returns an input, in which a map with nothing but a URN stands for the resource."""
    if isinstance(value, Mapping):
        if len(value) == 1 and value.get("urn") in made:
            return made[value["urn"]]
        return {key: _value(item, made) for key, item in value.items()}
    if isinstance(value, list):
        return [_value(item, made) for item in value]
    return value


# Each resource comes after its parent and all that it waits for.
made: dict[str, pulumi.Resource] = {}
for item in json.loads(Path(os.environ["REPLAY_GRAPH"]).read_text(encoding="utf-8")):
    made[item["urn"]] = _resource(item, made)
