"""The tables of docs/configuration.md: every key with its type, default, range and meaning."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from .files import PROGRAM
from .names import full_key
from .schema import section_of, settings_schema, value_schema

PAGE: Final = PROGRAM / "docs" / "configuration.md"
_TABLE: Final = re.compile(
    r"(<!-- (\w+): written by `make schema` -->\n).*?(<!-- end of \2 -->)", re.DOTALL
)
_HEADING: Final = "| key | type | default | range | meaning |\n| --- | --- | --- | --- | --- |\n"
_TYPES: Final = {
    "string": "text",
    "integer": "whole number",
    "boolean": "true or false",
    "array": "list",
    "object": "map",
}
_PARTS: Final = {"propertyNames": "name:", "items": "each", "additionalProperties": "value:"}


def with_tables(page: str) -> str:
    """Returns the page with its tables as they are now."""
    return _TABLE.sub(lambda found: f"{found[1]}\n{_table(found[2])}\n{found[3]}", page)


def _table(name: str) -> str:
    """Returns the table of a section, by the name of its class."""
    settings = settings_schema()
    section = settings["definitions"].get(name, settings)
    text = _HEADING
    for key, schema in section["properties"].items():
        value = value_schema(schema)
        cells = (
            f"`{full_key([key]) if section is settings else key}`",
            _TYPES[value.get("type", "object")],
            _needed(section, key) or _default(schema),
            "; ".join(_range(value)),
            schema["description"],
        )
        text += f"| {' | '.join(cells)} |\n"
    return text


def _needed(section: Mapping[str, Any], key: str) -> str:
    """Returns that a key is required, or required where others are not there; else nothing."""
    if key in section.get("required", ()):
        return "required"
    first, *others = section.get("anyOf", ({},))
    if key not in first.get("required", ()):
        return ""
    return f"required without {' or '.join(f'`{o}`' for one in others for o in one['required'])}"


def _default(schema: Mapping[str, Any]) -> str:
    if "default" in schema:
        value = schema["default"]
        return f"`{value if value and isinstance(value, str) else json.dumps(value)}`"
    return "none" if "anyOf" in schema or not section_of(schema) else "its keys' defaults"


def _range(schema: Mapping[str, Any]) -> Iterator[str]:
    """Yields what the value of a key may be."""
    if "enum" in schema:
        yield ", ".join(f"`{value}`" for value in schema["enum"])
    elif "minimum" in schema:
        yield f"{schema['minimum']} to {schema['maximum']}"
    elif "patternErrorMessage" in schema:
        yield re.sub("^must (be|have) ", "", schema["patternErrorMessage"])
    if "minItems" in schema:
        yield f"at least {schema['minItems']}"
    for keyword in ("maxItems", "maxProperties"):
        if keyword in schema:
            yield f"at most {schema[keyword]}"
    for keyword, words in _PARTS.items():
        if schema.get(keyword):
            yield from (f"{words} {part}" for part in _range(schema[keyword]))
    if "uniqueItems" in schema:
        yield "none twice"
