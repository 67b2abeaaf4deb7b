"""A stack file to begin with, from the models' descriptions, examples and defaults.

What is required has an example as its value. What is not stands there as ``#key: default``, and
works once the ``#`` is gone.
"""

import math
import textwrap
import typing
from collections.abc import Iterator
from typing import Final

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from .schema import SCHEMA_LINE, full_key
from .settings import Settings

_WIDTH: Final = 100
# What an entry of a map is called that has to have one.
_ENTRY: Final = "default"


def stack_text(stack: str) -> str:
    """Returns the text of a new stack's file."""
    lines = [
        SCHEMA_LINE,
        f"# The stack {stack}. A line such as `#key: value` is a setting that is not given, with",
        "# its default; to give it, remove the # before it and before its section. More is in",
        "# docs/configuration.md.",
        "config:",
    ]
    for field in Settings.model_fields.values():
        lines += ["", *_setting(full_key(str(field.alias)), field, 1, given=field.is_required())]
    return "\n".join(lines) + "\n"


def _settings(model: type[BaseModel], depth: int, *, given: bool) -> Iterator[str]:
    for field in model.model_fields.values():
        yield from _setting(str(field.alias), field, depth, given=given and field.is_required())


def _setting(key: str, field: FieldInfo, depth: int, *, given: bool) -> Iterator[str]:
    """Yields the lines of a key and of all that is below it.

    :param given: whether the file has the key; else it is a comment.
    """
    indent = "  " * depth
    yield from textwrap.wrap(
        f"{field.description}{_choices(field)}",
        _WIDTH,
        initial_indent=f"{indent}# ",
        subsequent_indent=f"{indent}# ",
    )
    start = f"{indent}{'' if given else '#'}{key}:"
    below = _model_in(field.annotation)
    if below and not _is_map(field):
        yield start
        yield from _settings(below, depth + 1, given=given)
    elif below and given:
        yield start
        yield f"{indent}  {_ENTRY}:"
        yield from _settings(below, depth + 2, given=True)
    else:
        yield f"{start}{_value(field)}"


def _value(field: FieldInfo) -> str:
    """Returns a field's default, or its example where it is required or has no default."""
    if field.is_required():
        return f" {_shown(_example(field))}"
    default = field.get_default(call_default_factory=True)
    if default is not None:
        return f" {_shown(default)}"
    return f"  # such as {_shown(_example(field))}" if field.examples else ""


def _example(field: FieldInfo) -> object:
    return (field.examples or [None])[0]


def _choices(field: FieldInfo) -> str:
    """Returns what a field may be, where it is one of some values."""
    if typing.get_origin(field.annotation) is not typing.Literal:
        return ""
    return f" One of {', '.join(map(str, typing.get_args(field.annotation)))}."


def _shown(value: object) -> str:
    """Returns a value as YAML in one line."""
    shown = yaml.safe_dump(to_jsonable_python(value), default_flow_style=True, width=math.inf)
    return shown.removesuffix("...\n").strip()


def _is_map(field: FieldInfo) -> bool:
    return typing.get_origin(field.annotation) in {dict, tuple}


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, typing.get_args(annotation))), None)
