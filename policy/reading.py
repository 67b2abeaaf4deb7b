"""Reading properties, which may be absent, unknown, of another form, or behind Pulumi's proxies.

Pulumi hands over mappings and sequences of its own that are no ``dict`` and no ``list``, and that
raise where a value is unknown. A value of another form than the reader wants raises as well: a rule
says that it cannot read it, and neither guesses nor fails. A value that is null is absent.
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

import yaml

from .unknown import UnreadableError

# Keys with dots between them, or as they are where one has dots of its own.
Path = str | tuple[str, ...]
_T = TypeVar("_T")
_FLAGS: Final[Mapping[str, bool]] = {"true": True, "false": False}


def keys(path: Path) -> tuple[str, ...]:
    """Returns the keys of a path."""
    return tuple(path.split(".")) if isinstance(path, str) else path


def read(data: Any, path: Path, default: Any = None) -> Any:
    """Returns the value at a path such as ``vpcConfig.subnetIds``, or the default without one.

    :raises UnreadableError: where something on the way is no object.
    """
    value = data
    for number, key in enumerate(keys(path)):
        if value is None:
            return default
        if not isinstance(value, Mapping):
            raise _unreadable(value, keys(path)[:number], "an object")
        if key not in value:
            return default
        value = value[key]
    return default if value is None else value


def text(data: Any, path: Path, default: str = "") -> str:
    """Returns the text at a path."""
    return _typed(data, path, default, "a text", lambda value: isinstance(value, str))


def flag(data: Any, path: Path, *, default: bool = False) -> bool:
    """Returns whether a value is true; providers write some of them as a text."""
    value = read(data, path, default)
    if isinstance(value, str):
        value = _FLAGS.get(value.lower(), value)
    if not isinstance(value, bool):
        raise _unreadable(value, keys(path), "true or false")
    return value


def number(data: Any, path: Path, default: float = 0) -> float:
    """Returns the number at a path, which may be written as a text."""
    value = read(data, path, default)
    try:
        found = math.nan if isinstance(value, bool) else float(value)
    except (OverflowError, TypeError, ValueError):
        found = math.nan
    if not math.isfinite(found):
        raise _unreadable(value, keys(path), "a number")
    return found


def mapping(data: Any, path: Path) -> Mapping[str, Any]:
    """Returns the object at a path, or an empty one."""
    nothing: Mapping[str, Any] = {}
    return _typed(data, path, nothing, "an object", lambda value: isinstance(value, Mapping))


def items(data: Any, path: Path) -> list[Any]:
    """Returns the items of a list at a path; a single value is a list of one."""
    return as_list(read(data, path, ()))


def texts(data: Any, path: Path) -> list[str]:
    """Returns the texts of a list at a path; a single text is a list of one."""
    return list(_said(items(data, path), path, str, "texts"))


def mappings(data: Any, path: Path) -> list[Mapping[str, Any]]:
    """Returns the objects of a list at a path; a single one is a list of one."""
    return list(_said(items(data, path), path, Mapping, "objects"))


def labels(data: Any, path: Path) -> dict[str, str]:
    """Returns the texts at a path by name, such as labels, annotations or tags."""
    found = mapping(data, path)
    return {key: text(found, (key,)) for key in found}


def document(data: Any, path: Path) -> Any:
    """Returns what a text at a path says in JSON or in YAML, or the object in its place."""
    value = read(data, path)
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (RecursionError, ValueError):
        pass
    try:
        found = yaml.safe_load(value)
    except (RecursionError, ValueError, yaml.YAMLError):
        found = None
    if not isinstance(found, (dict, list)):
        raise UnreadableError(f"{_name(keys(path))} is no JSON")
    return found


def as_list(value: object) -> list[Any]:
    """Returns the items of a list; a single value is a list of one."""
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value]


def whole(value: object) -> object:
    """Returns a number as people write it: through Pulumi, all numbers have a fraction."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _typed(data: Any, path: Path, default: _T, form: str, is_of: Callable[[Any], bool]) -> _T:
    value = read(data, path, default)
    if not is_of(value):
        raise _unreadable(value, keys(path), form)
    return value


def _said(found: list[Any], path: Path, form: type[_T], what: str) -> Iterator[_T]:
    for item in found:
        if not isinstance(item, form):
            raise _unreadable(item, keys(path), f"a list of {what}")
        yield item


def _unreadable(value: object, path: tuple[str, ...], form: str) -> UnreadableError:
    # The value itself may be a secret, and is said nowhere.
    return UnreadableError(f"{_name(path)} is {_form(value)} and must be {form}")


def _name(path: tuple[str, ...]) -> str:
    return ".".join(path) or "what the resource has"


def _form(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    forms = ((str, "a text"), ((int, float), "a number"), (Mapping, "an object"))
    return next((form for of, form in forms if isinstance(value, of)), "a list")
