"""Turns what pydantic reports of a stack file into lines that say where to mend it.

Each has the full key, what is allowed, and the value found.
"""

import difflib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic_core import ErrorDetails

from deployment.secret_names import is_secret_name
from deployment.secrets import SECRET, secrets_in, without_secrets, without_texts
from deployment.texts import printable

from .names import full_key
from .schema import known_keys
from .section import FollowsError, Place, key_of

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


def describe(errors: Sequence[ErrorDetails], file: Mapping[str, Any]) -> list[str]:
    """Returns one line for each error that pydantic reports, without repetitions or secrets.

    :param file: the sections by key, as somebody wrote them.
    """
    secrets = secrets_in("", file)
    return list(dict.fromkeys(without_texts(_line(error, file), secrets) for error in errors))


def _line(error: ErrorDetails, file: Mapping[str, Any]) -> str:
    """Returns an error with the key that somebody wrote, if it is that of another value."""
    place, text = _place(error["loc"]), _explain(error)
    fault = error.get("ctx", {}).get("error")
    if isinstance(fault, FollowsError) and _written(file, place) is None:
        causes = [(*place[:-1], c) if isinstance(c, str) else c for c in fault.causes]
        values = {cause: value for cause in causes if (value := _written(file, cause)) is not None}
        if values:
            (cause, value), *others = values.items()
            known = "".join(f" and {key[-1]} {_shown(other)}" for key, other in others)
            left_out = str(place[-1]) if cause[:-1] == place[:-1] else full_key(place)
            text = (
                f"{_shown(value)}{known} {'do' if others else 'does'} not go with {left_out}, "
                f"which the file leaves out: {text}"
            )
            place = cause
    return f"{printable(full_key(place))}: {printable(text)}"


def _written(file: Any, place: Sequence[str | int]) -> Any:
    """Returns what somebody wrote at a place, or ``None``."""
    for part in place:
        entries: Any = dict(enumerate(file)) if isinstance(file, list) else file
        file = entries.get(part) if isinstance(entries, Mapping) else None
    return file


def _place(place: Sequence[str | int]) -> Place:
    """Returns a place by keys alone: of a default value pydantic tells the fields."""
    keys: list[str | int] = []
    for part in place:
        key = key_of(part) if isinstance(part, str) else part
        keys.append(key if key != part and key in known_keys(keys) else part)
    return tuple(keys or [""])


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
    # The section secrets has numbers and no secrets; a text in it is taken away in any case.
    below = error["loc"][1:] if error["loc"][:1] == ("secrets",) else error["loc"]
    is_secret = any(is_secret_name(str(part)) for part in below)
    return f"{allowed}, got {SECRET if is_secret else _shown(error['input'])}"


def _shown(value: object) -> str:
    # Hidden before the text is cut: half a secret is one, too.
    shown = without_secrets("", {"value": value})["value"]
    text = json.dumps(shown, default=str, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def _explain_unknown_key(place: Sequence[str | int]) -> str:
    *section, key = place
    known = known_keys(section)
    near = difflib.get_close_matches(str(key), known, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"is not a known key{hint}; known here: {', '.join(known)}"
