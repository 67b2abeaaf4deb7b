"""Auto scaling groups in CloudFormation templates, which some programs make nodes with."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from deployment.resource import Resource
from deployment.types import AUTO_SCALING_GROUP, TEMPLATE_STACK

from .reading import mapping, mappings, read, text, texts
from .unknown import UnreadableError

_GROUP: Final = "AWS::AutoScaling::AutoScalingGroup"


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short functions, such as ``!Ref``, of which nothing is known."""


_Loader.add_multi_constructor("!", lambda _loader, _suffix, _node: None)


def groups_of(resource: Resource) -> Iterator[Resource]:
    """Yields the groups of a stack's template as resources of their own, in the SDK's words.

    :raises UnreadableError: for a template with groups that is neither JSON nor YAML.
    """
    if resource.type != TEMPLATE_STACK:
        return
    body = text(resource.properties, "templateBody")
    if _GROUP not in body:
        return
    parts = mapping(_parsed(body), "Resources")
    for name in parts:
        part = mapping(parts, (name,))
        if read(part, "Type") == _GROUP:
            yield _group(resource, name, mapping(part, "Properties"))


def _group(resource: Resource, name: str, properties: Mapping[str, Any]) -> Resource:
    tags = [{"key": text(tag, "Key")} for tag in mappings(properties, "Tags")]
    subnets = [one for one in texts(properties, "VPCZoneIdentifier") if one]
    template = read(properties, "LaunchTemplate", {})
    said = {
        "tags": tags,
        "vpcZoneIdentifiers": subnets,
        "launchConfiguration": _literal(properties, "LaunchConfigurationName"),
        "launchTemplate": {
            "id": _literal(template, "LaunchTemplateId"),
            "name": _literal(template, "LaunchTemplateName"),
        },
    }
    return Resource(
        urn=f"{resource.urn}/{name}",
        type=AUTO_SCALING_GROUP,
        custom=True,
        parent=resource.urn,
        inputs=said,
        outputs=said,
        dependencies=resource.dependencies,
        property_dependencies=dict.fromkeys(
            said, resource.property_dependencies.get("templateBody", frozenset())
        ),
    )


def _literal(properties: Any, key: str) -> str:
    """Returns a text, or nothing for what one of CloudFormation's functions gives."""
    found = read(properties, key) if isinstance(properties, Mapping) else None
    return found if isinstance(found, str) else ""


def _parsed(body: str) -> Any:
    try:
        return json.loads(body)
    except (RecursionError, ValueError):
        pass
    try:
        return yaml.load(body, Loader=_Loader)  # noqa: S506  a safe loader
    except (RecursionError, ValueError, yaml.YAMLError):
        raise UnreadableError("templateBody is neither JSON nor YAML") from None
