"""Turns what pydantic reports of a stack file into lines that say where to mend it.

Each has the full key, what is allowed, and the value found.
"""

import difflib
import json
from collections.abc import Mapping, Sequence
from typing import Final

from pydantic_core import ErrorDetails

from .names import full_key
from .schema import known_keys
from .section import key_of

_LONGEST_VALUE: Final = 120
# What must be, by pydantic's name of the error.
_EXPECTED: Final[Mapping[str, str]] = {
    "string_type": "a text (in quotes, where YAML would read a number or a boolean)",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a map of names to values",
    "model_type": "a map of keys to values",
    "literal_error": "{expected}",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
}


def describe(errors: Sequence[ErrorDetails]) -> list[str]:
    """Returns one line for each error that pydantic reports, without repetitions."""
    lines = [f"{full_key(_place(error['loc']))}: {_explain(error)}" for error in errors]
    return list(dict.fromkeys(lines))


def _place(place: Sequence[str | int]) -> Sequence[str | int]:
    """Returns a place by keys alone: of a default value pydantic tells the field."""
    *section, last = place or ("",)
    key = key_of(str(last))
    is_field = key != last and isinstance(last, str) and key in known_keys(section)
    return (*section, key) if is_field else place


def _explain(error: ErrorDetails) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "missing":
        return "is required and not there"
    if kind == "extra_forbidden":
        return _explain_unknown_key(error["loc"])
    if kind in _EXPECTED:
        allowed = f"must be {_EXPECTED[kind].format(**context)}"
    else:
        allowed = error["msg"][0].lower() + error["msg"][1:]
    shown = json.dumps(error["input"], default=str, ensure_ascii=False)
    if len(shown) > _LONGEST_VALUE:
        shown = f"{shown[:_LONGEST_VALUE]}…"
    return f"{allowed}, got {shown}"


def _explain_unknown_key(place: Sequence[str | int]) -> str:
    *section, key = place
    known = known_keys(section)
    near = difflib.get_close_matches(str(key), known, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"is not a known key{hint}; known here: {', '.join(known)}"
