"""Turns what is wrong with a stack file into one message that says where to mend it.

The models find the mistakes; here they get the form that every one of them has: the full key, what
is allowed, the value found, and the file.
"""

import difflib
import inspect
import json
import typing
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import pulumi
from pydantic import BaseModel
from pydantic_core import ErrorDetails

_TYPE_NAMES: Final[Mapping[str, str]] = {
    "string_type": "a text (in quotes, where YAML would read a number or a boolean)",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "float_type": "a number",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a map of names to values",
    "model_type": "a map of keys to values",
    "model_attributes_type": "a map of keys to values",
}


class StackFileError(pulumi.RunError):
    """A stack file that cannot be used; Pulumi prints its message without a traceback."""

    def __init__(self, file: str, mistakes: Iterable[str]) -> None:
        lines = "\n".join(f"  {mistake}" for mistake in mistakes)
        super().__init__(f"{file} is not valid:\n{lines}")


def describe(errors: Sequence[ErrorDetails], project: str, model: type[BaseModel]) -> list[str]:
    """Returns one line for each error that pydantic reports, without repetitions.

    :param project: the namespace of the keys, here the name of the Pulumi project.
    :param model: the model of the whole file, to name the keys that are known where one is not.
    """
    lines = [f"{_full_key(project, error)}: {_explain(error, model)}" for error in errors]
    return list(dict.fromkeys(lines))


def _full_key(project: str, error: ErrorDetails) -> str:
    head, *rest = error["loc"] or ("",)
    key = "aws:region" if head == "region" else f"{project}:{head}"
    for part in rest:
        # What is wrong with a map's key itself gets a pseudo-element, which the file has not.
        if part != "[key]":
            key += f"[{part}]" if isinstance(part, int) else f".{part}"
    return key


def _explain(error: ErrorDetails, model: type[BaseModel]) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "stack_file":
        return str(context["message"])
    if kind == "missing":
        return "is required and not there"
    if kind == "extra_forbidden":
        *section, key = error["loc"]
        return _explain_unknown_key(str(key), sorted(_keys_at(model, section)))
    return f"{_allowed(kind, context, error['msg'])}, got {_show(error['input'])}"


def _allowed(kind: str, context: Mapping[str, object], fallback: str) -> str:
    if kind in _TYPE_NAMES:
        return f"must be {_TYPE_NAMES[kind]}"
    if kind == "literal_error":
        return f"must be {context['expected']}"
    if kind == "greater_than_equal":
        return f"must be at least {context['ge']}"
    if kind == "less_than_equal":
        return f"must be at most {context['le']}"
    return f"{fallback[0].lower()}{fallback[1:]}"


def _explain_unknown_key(key: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"is not a known key{hint}; known here: {', '.join(known)}"


def _keys_at(model: type[BaseModel], path: Sequence[str | int]) -> set[str]:
    """Returns the keys that the model knows at a path of keys, names and indexes."""
    here: type[BaseModel] = model
    parts = iter(path)
    for part in parts:
        annotations = (f.annotation for f in here.model_fields.values() if f.alias == part)
        annotation = next(annotations, None)
        below = _model_in(annotation)
        if below is None:
            return set()
        if typing.get_origin(annotation) in {dict, tuple}:
            # The name of the map's entry, or the index of the list's.
            next(parts, None)
        here = below
    return {str(field.alias) for field in here.model_fields.values()} - {"region"}


def _model_in(annotation: object) -> type[BaseModel] | None:
    """Returns the model that an annotation such as ``tuple[Model, ...]`` or ``Model`` holds."""
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return annotation
    found = filter(None, map(_model_in, typing.get_args(annotation)))
    return next(found, None)


def _show(value: object) -> str:
    shown = json.dumps(value, default=str, ensure_ascii=False)
    longest = 120
    return shown if len(shown) <= longest else f"{shown[:longest]}…"
