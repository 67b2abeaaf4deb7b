"""Whether AWS's API takes the inputs of a resource, as its models and its documents say."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

from deployment.properties import Reference, has_unknown
from offline.schema import Failures

from .rules import rules_of
from .shapes import pair_of, shape_of

# The classes of characters that models name and Python does not know, in the service models used
# here. Python's \w takes numbers as well as letters, and they are never allowed apart.
_CLASSES: Final[Mapping[str, str]] = {
    r"\p{L}": r"\w",
    r"\p{N}": r"\w",
    r"\p{Z}": r" \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
}

# As many values as a message lists.
_FEW: Final = 12


def failures(token: str, inputs: Mapping[str, Any]) -> Failures:
    """Yields property path and reason for each input that AWS's API would refuse.

    :param inputs: all inputs of the resource, or some; what is missing is not missed.
    """
    for key, value in inputs.items():
        yield from _value_failures(token, value, (key, key), shape_of(token, key))


def _value_failures(token: str, value: Any, where: tuple[str, str], shape: Any) -> Failures:
    """Yields what is wrong with a value and with all that is in it.

    :param where: the path as people read it, with indexes, and the path by names alone.
    """
    # The provider leaves out what is empty.
    if value in (None, "", [], {}) or isinstance(value, Reference):
        return
    place, names = where
    found = (*_rule_faults(token, names, value), *reasons(shape, value))
    yield from ((place, reason) for reason in found)
    if isinstance(value, list):
        entry = shape.member if shape and shape.type_name == "list" else shape
        for index, item in enumerate(value):
            yield from _value_failures(token, item, (f"{place}[{index}]", names), entry)
    elif isinstance(value, Mapping) and not (shape and shape.type_name == "string"):
        yield from _entry_failures(token, value, where, shape)


def _entry_failures(
    token: str, value: Mapping[str, Any], where: tuple[str, str], shape: Any
) -> Failures:
    place, names = where
    pair = pair_of(shape) if shape else None
    for key, item in value.items():
        inside, below = f"{place}.{key}", f"{names}.{key}"
        if pair:
            found = (*reasons(pair[0], key), *reasons(pair[1], item))
            yield from ((inside, reason) for reason in found)
        else:
            yield from _value_failures(token, item, (inside, below), shape_of(token, below, shape))


def _rule_faults(token: str, names: str, value: Any) -> Iterator[str]:
    if not (isinstance(value, str) and has_unknown(value)):
        for rule in rules_of(token, names):
            if fault := rule.fault(value):
                yield fault


def reasons(shape: Any, value: Any) -> Iterator[str]:
    """Yields what a shape's model does not allow of a value, for the value itself."""
    if shape is None or isinstance(value, bool):
        return
    limits = shape.metadata
    if isinstance(value, (list, Mapping)):
        # An object where the API has a list is that list's one entry.
        if isinstance(value, list) == (shape.type_name == "list") or pair_of(shape):
            yield from _outside(limits, len(value), " entries")
    elif shape.type_name == "string" and isinstance(value, str) and not has_unknown(value):
        yield from _outside(limits, len(value), " characters")
        if (allowed := limits.get("enum")) and value not in allowed:
            yield f"must be {_listed(allowed, value)}, got {value!r}"
        if (pattern := limits.get("pattern")) and not compiled(pattern).fullmatch(value):
            yield f"must match {pattern}, got {value!r}"
    elif isinstance(value, (int, float)) and shape.type_name != "string":
        yield from _outside(limits, value, "")


def _listed(allowed: Sequence[str], value: str) -> str:
    """Returns what is allowed, or of much that the nearest."""
    if len(allowed) <= _FEW:
        return f"one of {', '.join(allowed)}"
    near = difflib.get_close_matches(value, allowed, n=3) or allowed[:3]
    return f"one of {len(allowed)}, such as {', '.join(near)}"


def _outside(limits: Mapping[str, Any], size: float, unit: str) -> Iterator[str]:
    if size < (least := limits.get("min", size)):
        yield (
            f"must have at least {least}{unit}, got {size}"
            if unit
            else (f"must be at least {least}, got {size}")
        )
    if size > (most := limits.get("max", size)):
        yield (
            f"must have at most {most}{unit}, got {size}"
            if unit
            else (f"must be at most {most}, got {size}")
        )


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Returns a pattern of a model, of Java's syntax, as Python reads it."""
    known = pattern
    for name, characters in _CLASSES.items():
        known = known.replace(name, characters)
    # Without classes of Unicode, \w and \d are of ASCII alone.
    return re.compile(known, re.ASCII if known == pattern else re.UNICODE)
