"""A stack file to begin with, from the descriptions, examples and defaults of the schema.

What is required has an example as its value where nobody gives another. What is not stands there
as ``#key: default``, and works once the ``#`` is gone.
"""

import math
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from .names import full_key
from .schema import SCHEMA_LINE, required_keys, section_of, settings_schema, value_schema

_WIDTH: Final = 100
# What the entry of a map is called that has to have one, and that of another, as a comment.
_ENTRY: Final = "default"
_EXAMPLE: Final = "example"
_NOTHING: Final[Mapping[str, Any]] = {}


def stack_text(stack: str, values: Mapping[str, Any] = _NOTHING) -> str:
    """Returns the text of a new stack's file.

    :param values: what the file gives, by section and key; of a map of entries, what each gives.
    """
    settings = settings_schema()
    lines = [
        SCHEMA_LINE,
        f"# The stack {stack}. A line such as `#key: value` is a setting that is not given, with",
        "# its default; to give it, remove the # before it and before its section. More is in",
        "# docs/configuration.md.",
        "config:",
    ]
    for key, schema in settings["properties"].items():
        required = key in settings["required"]
        lines += [
            "",
            *_setting(
                full_key([key]), schema, 1, values.get(key), given=required, required=required
            ),
        ]
    return "\n".join(lines) + "\n"


def _settings(
    section: Mapping[str, Any], depth: int, values: Mapping[str, Any] = _NOTHING, *, given: bool
) -> Iterator[str]:
    for key, schema in section["properties"].items():
        required = key in required_keys(section)
        value, wanted = values.get(key), given and required
        yield from _setting(key, schema, depth, value, given=wanted, required=required)


def _entry(section: Mapping[str, Any], depth: int) -> Iterator[str]:
    """Yields the lines of an entry of a list, as a comment."""
    indent = "  " * depth
    first, *others = _settings(section, depth + 1, given=False)
    while first.startswith(f"{indent}  # "):
        yield first.replace("  ", "", 1)
        first, *others = others
    yield f"{indent}#- {first.strip().removeprefix('#')}"
    yield from others


def _setting(
    key: str, schema: Mapping[str, Any], depth: int, value: Any, *, given: bool, required: bool
) -> Iterator[str]:
    """Yields the lines of a key and of all that is below it.

    :param value: in place of an example or the default; none: the file has no other.
    :param given: whether the file has the key; else it is a comment, unless it has a value.
    :param required: whether it has to be there where its section is.
    """
    given = given or value is not None
    indent = "  " * depth
    choices = ", ".join(map(str, value_schema(schema).get("enum", ())))
    yield from textwrap.wrap(
        schema["description"] + (f" One of {choices}." if choices else ""),
        _WIDTH,
        initial_indent=f"{indent}# ",
        subsequent_indent=f"{indent}# ",
        break_on_hyphens=False,
    )
    start = f"{indent}{'' if given else '#'}{key}:"
    entry = section_of(schema.get("additionalProperties", {}))
    if section := section_of(schema):
        yield start
        yield from _settings(section, depth + 1, value or _NOTHING, given=given)
    elif entry:
        yield start
        (example, *_) = schema.get("examples", [{_EXAMPLE: None}])[0]
        yield f"{indent}  {_ENTRY if given else f'#{example}'}:"
        yield from _settings(entry, depth + 2, value or _NOTHING, given=given)
    elif item := section_of(schema.get("items", {})):
        yield start
        yield from _entry(item, depth + 1)
    elif value is not None:
        yield f"{start} {_shown(value)}"
    elif "default" in schema and not (required and "examples" in schema):
        yield f"{start} {_shown(schema['default'])}"
    elif "examples" in schema:
        yield f"{start} {'' if required else ' # such as '}{_shown(schema['examples'][0])}"
    else:
        yield start


def _shown(value: object) -> str:
    """Returns a value as YAML in one line."""
    shown = yaml.safe_dump(value, default_flow_style=True, width=math.inf)
    return shown.removesuffix("...\n").strip()
