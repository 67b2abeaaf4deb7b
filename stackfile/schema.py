"""The stack file's JSON Schema, from the models that read the file.

It is of draft 7, which every editor knows. What needs arithmetic between keys, or AWS's word, no
schema can say: ``make preview`` does.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import core_schema

from .settings import PROJECT, Settings

SCHEMA_FILE: Final = "stack.schema.json"
# The comment by which the YAML language server finds it
# (https://github.com/redhat-developer/yaml-language-server#using-inlined-schema).
SCHEMA_LINE: Final = f"# yaml-language-server: $schema=./{SCHEMA_FILE}"
DRAFT: Final = "http://json-schema.org/draft-07/schema#"

# A second block for pods and the mode that uses it belong together.
_CUSTOM_NETWORKING: Final = {
    "required": [f"{PROJECT}:vpcCni"],
    "properties": {
        f"{PROJECT}:vpcCni": {
            "required": ["mode"],
            "properties": {"mode": {"const": "custom-networking"}},
        }
    },
}
_POD_BLOCK: Final = {
    "properties": {
        f"{PROJECT}:network": {
            "required": ["podCidr"],
            "properties": {"podCidr": {"type": "string"}},
        }
    }
}


def full_key(alias: str) -> str:
    """Returns a section's key as the stack file has it."""
    return "aws:region" if alias == "region" else f"{PROJECT}:{alias}"


def schema_text() -> str:
    """Returns the schema as the file holds it."""
    return json.dumps(stack_schema(), indent=2, ensure_ascii=False) + "\n"


def stack_schema() -> dict[str, Any]:
    """Returns the schema of a whole stack file.

    Pulumi keeps keys of its own beside ``config``, and other packages theirs in it.
    """
    whole = Settings.model_json_schema(schema_generator=_WithoutNoise)
    return {
        "$schema": DRAFT,
        "title": f"A stack file of {PROJECT}",
        "type": "object",
        "required": ["config"],
        "properties": {
            "config": {
                "description": "The settings of the stack, by namespace and section.",
                "type": "object",
                "required": [full_key(key) for key in whole["required"]],
                "properties": {
                    full_key(key): _with_description(section)
                    for key, section in whole["properties"].items()
                },
                "patternProperties": {rf"^(?!{PROJECT}:)[^:]+:": True},
                "additionalProperties": False,
                "if": _CUSTOM_NETWORKING,
                "then": _POD_BLOCK,
                "else": {"not": {"required": [f"{PROJECT}:network"], **_POD_BLOCK}},
            }
        },
        "definitions": whole["definitions"],
    }


def _with_description(section: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns a section's schema in the form in which draft 7 heeds what stands beside ``$ref``."""
    if "$ref" not in section:
        return section
    rest = {key: value for key, value in section.items() if key != "$ref"}
    return {**rest, "allOf": [{"$ref": section["$ref"]}]}


class _WithoutNoise(GenerateJsonSchema):
    """Leaves out titles that repeat the key, and defaults that say that there is none."""

    def generate(
        self, schema: core_schema.CoreSchema, mode: JsonSchemaMode = "validation"
    ) -> JsonSchemaValue:
        self.ref_template = "#/definitions/{model}"
        data = super().generate(schema, mode)
        return {**data, "definitions": data.pop("$defs")}

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002  overrides
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        data = super().model_schema(schema)
        data.pop("title", None)
        return data

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        data = super().default_schema(schema)
        return {key: value for key, value in data.items() if (key, value) != ("default", None)}
