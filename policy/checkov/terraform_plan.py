"""A deployment in the words of Terraform, for tools that read its plans.

Pulumi's AWS provider is made from Terraform's: types and properties differ in their spelling, and a
block that can be there once is an object in the one and a list of one in the other
(https://developer.hashicorp.com/terraform/internals/json-format).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from deployment.resource import Resource

_CAPITAL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# Where Terraform's name does not follow from Pulumi's.
_TYPES: Final = {"aws:iam/openIdConnectProvider:OpenIdConnectProvider": "openid_connect_provider"}
_PROPERTIES: Final = {
    "clientIdLists": "client_id_list",
    "thumbprintLists": "thumbprint_list",
    # Of S3.
    "rules": "rule",
}
# Maps with keys of people's own, which are no blocks.
_MAPS: Final = {"tags", "labels"}
# Modules of Pulumi's that Terraform's types do not name.
_UNNAMED: Final = "ec2"
_PROVIDER: Final = "registry.terraform.io/hashicorp/aws"


def plan(resources: Iterable[Resource]) -> dict[str, Any]:
    """Returns the plan that would create the AWS resources of a deployment."""
    of_aws = [resource for resource in resources if resource.type.startswith("aws:")]
    addresses = {resource.urn: _address(resource) for resource in of_aws}
    planned: list[dict[str, Any]] = []
    changes: list[dict[str, Any]] = []
    configured: list[dict[str, Any]] = []
    for resource in of_aws:
        identity = {
            "address": _address(resource),
            "mode": "managed",
            "type": _type(resource.type),
            "name": _name(resource),
            "provider_name": _PROVIDER,
        }
        values = _block(resource.inputs)
        change = {"actions": ["create"], "before": None, "after": values}
        planned.append({**identity, "schema_version": 0, "values": values})
        changes.append({**identity, "change": change})
        configured.append({**identity, "expressions": _references(resource, addresses)})
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": {"root_module": {"resources": planned}},
        "resource_changes": changes,
        "configuration": {"root_module": {"resources": configured}},
    }


def _references(
    resource: Resource, addresses: Mapping[str, str]
) -> dict[str, dict[str, list[str]]]:
    found = {
        _property(key): [addresses[urn] for urn in urns if urn in addresses]
        for key, urns in resource.property_dependencies.items()
    }
    return {
        key: {"references": [text for known in names for text in (f"{known}.id", known)]}
        for key, names in found.items()
        if names
    }


def _address(resource: Resource) -> str:
    return f"{_type(resource.type)}.{_name(resource)}"


def _name(resource: Resource) -> str:
    return re.sub(r"\W", "_", resource.name)


def _type(token: str) -> str:
    module = token.split(":")[1]
    package, _, name = module.partition("/")
    own = _TYPES.get(token, _snake(name))
    return f"aws_{own}" if package == _UNNAMED else f"aws_{package}_{own}"


def _property(name: str) -> str:
    return _PROPERTIES.get(name, _snake(name))


def _snake(name: str) -> str:
    return _CAPITAL.sub("_", name).lower()


def _block(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {_property(key): _value(key, value) for key, value in properties.items()}


def _value(key: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value) if key in _MAPS else [_block(value)]
    if isinstance(value, list):
        return [_block(item) if isinstance(item, Mapping) else item for item in value]
    return value
