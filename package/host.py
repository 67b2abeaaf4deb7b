"""The provider that makes the package's components, and its schema."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import pulumi
from pulumi.errors import InputPropertyErrorDetails
from pulumi.provider import ConstructResult, Provider
from pydantic import ValidationError

from components.identity.role_defaults import give_roles
from components.tags import tagging
from stackfile.section import Place

from .inputs import PACKAGE, Inputs, summary
from .packaged import COMPONENTS

VERSION: Final = "0.1.0"
_LANGUAGES: Final = ("csharp", "go", "java", "nodejs", "python")
SCHEMA_FILE: Final = Path(__file__).resolve().parent / "schema.json"


class Host(Provider):
    """A provider of components: each has the Python component as its child."""

    def __init__(self) -> None:
        types: dict[str, Inputs] = {}
        self._components = {
            f"{PACKAGE}:index:{entry.component.__name__}": (entry, Inputs(entry.args, types))
            for entry in COMPONENTS
        }
        super().__init__(VERSION, json.dumps(self._schema(types)))

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Makes a component.

        :raises pulumi.InputPropertiesError: with every input that is missing, unknown or refused.
        """
        if resource_type not in self._components:
            raise _refused([((resource_type,), "the package has no such component")])
        entry, known = self._components[resource_type]
        try:
            args = known.read(inputs)
        except ValidationError as error:
            raise _refused(
                (found["loc"], str(found.get("ctx", {})["error"])) for found in error.errors()
            ) from None
        component = pulumi.ComponentResource(resource_type, name, None, options)
        tags = [tagging(args.tags)] if getattr(args, "tags", None) else None
        transforms: list[pulumi.ResourceTransform] = []
        if entry.makes_roles:
            give_roles(
                transforms.append,
                permissions_boundary=args.permissions_boundary,
                path=args.role_path,
            )
        opts = pulumi.ResourceOptions(
            parent=component, transformations=tags, transforms=transforms or None
        )
        state = entry.state(entry.component(name, args, opts))
        component.register_outputs(state)
        return ConstructResult(component.urn, state)

    def outputs(self, resource_type: str) -> list[str]:
        """Returns the names of a component's outputs, for programs without an SDK of their own."""
        found = self._components.get(resource_type)
        return sorted(found[0].properties) if found else []

    def _schema(self, types: dict[str, Inputs]) -> dict[str, Any]:
        resources = {
            token: {
                "isComponent": True,
                "type": "object",
                "description": summary(entry.component),
                "inputProperties": inputs.properties,
                "requiredInputs": inputs.required,
                "properties": entry.properties,
                "required": sorted(entry.properties),
            }
            for token, (entry, inputs) in self._components.items()
        }
        return {
            "name": PACKAGE,
            "displayName": PACKAGE,
            "version": VERSION,
            "resources": resources,
            "types": {f"{PACKAGE}:index:{name}": kind.schema for name, kind in types.items()},
            # Each SDK has the version of the schema.
            "language": {key: {"respectSchemaVersion": True} for key in _LANGUAGES},
        }


def schema_text() -> str:
    """Returns the schema as its file holds it."""
    schema = json.loads(str(Host().schema))
    return json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _refused(found: Iterable[tuple[Place, str]]) -> pulumi.InputPropertiesError:
    errors: list[InputPropertyErrorDetails] = []
    for place, reason in found:
        keys = [f"[{key}]" if isinstance(key, int) else f".{key}" for key in place]
        errors.append({"property_path": "".join(keys)[1:], "reason": reason})
    return pulumi.InputPropertiesError("", errors)
