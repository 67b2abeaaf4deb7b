"""The stack file's JSON Schema, from the models that read the file.

It is of draft 7, which every editor knows, and says what each key may be. What goes with what, and
what AWS offers, `make preview` checks.
"""

import functools
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from .names import PROJECT, full_key
from .settings import Settings

SCHEMA_FILE: Final = "stack.schema.json"
# The comment by which the YAML language server finds it
# (https://github.com/redhat-developer/yaml-language-server#using-inlined-schema).
SCHEMA_LINE: Final = f"# yaml-language-server: $schema=./{SCHEMA_FILE}"
_DRAFT: Final = "http://json-schema.org/draft-07/schema#"


def schema_text() -> str:
    """Returns the schema of a whole stack file, as the file holds it.

    Pulumi keeps keys of its own beside ``config``, and other packages theirs in it.
    """
    settings = settings_schema()
    data = {
        "$schema": _DRAFT,
        "title": f"A stack file of {PROJECT}",
        "type": "object",
        "required": ["config"],
        "properties": {
            "config": {
                "description": "The settings of the stack, by namespace and section.",
                "type": "object",
                "required": [full_key([key]) for key in settings["required"]],
                "properties": {
                    full_key([key]): section for key, section in settings["properties"].items()
                },
                "patternProperties": {rf"^(?!{PROJECT}:)[^:]+:": True},
                "additionalProperties": False,
            }
        },
        "definitions": settings["definitions"],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


@functools.cache
def settings_schema() -> dict[str, Any]:
    """Returns the schema of the settings, with the sections by their names alone."""
    schema = Settings.model_json_schema(ref_template="#/definitions/{model}")
    schema["definitions"] = schema.pop("$defs")
    for section in (schema, *schema["definitions"].values()):
        del section["title"]
        for key in section["properties"].values():
            _tidy(key)
    return schema


def value_schema(key: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns a key's schema with that of the value it has where it has one."""
    options = key.get("anyOf") or key.get("allOf") or ({},)
    return {**key, **options[0]}


def section_of(key: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Returns the schema of the section that a key holds, or ``None`` where it holds none."""
    name = str(value_schema(key).get("$ref", "")).rpartition("/")[2]
    section: Mapping[str, Any] | None = settings_schema()["definitions"].get(name)
    return section


def required_keys(section: Mapping[str, Any]) -> Sequence[str]:
    """Returns the keys that a section must have, or else others in their place."""
    return [*section.get("required", ()), *section.get("anyOf", ({},))[0].get("required", ())]


def known_keys(place: Sequence[str | int]) -> list[str]:
    """Returns the keys of the section at a path of keys, names and indexes, sorted."""
    here: Mapping[str, Any] = settings_schema()
    for part in place:
        below = here.get("properties", {}).get(part)
        key = below or here.get("additionalProperties") or here.get("items", {})
        here = section_of(key) or key
    return sorted(here.get("properties", {}).keys() - {"region"})


def _tidy(key: dict[str, Any]) -> None:
    """Leaves out what says nothing, and puts the rest into the form that draft 7 heeds."""
    key.pop("title", None)
    key["description"] = " ".join(key["description"].split())
    if key.get("default", ...) is None:
        del key["default"]
    # Nothing beside a reference counts.
    # Anything is what a map may hold anyhow.
    if key.get("additionalProperties") is True:
        del key["additionalProperties"]
    if "$ref" in key:
        key["allOf"] = [{"$ref": key.pop("$ref")}]
    # Other names than those of the pattern would be allowed.
    if "patternProperties" in key:
        [(pattern, key["additionalProperties"])] = key.pop("patternProperties").items()
        key["propertyNames"]["pattern"] = pattern
