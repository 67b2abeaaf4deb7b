"""Paths of properties as options of resources give them, such as ``vpcConfig.subnetIds[*]``.

The form is that of ``ParsePropertyPath`` in
https://github.com/pulumi/pulumi/blob/v3.274.1/sdk/go/common/resource/property_path.go.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pulumi.provider.experimental.property_value import PropertyValue

from deployment.properties import Properties, imported
from deployment.steps import ABSENT, Place

_PART: Final = re.compile(r'\["((?:\\.|[^"\\])*)"\]|\[(\d+|\*)\]|\.?([^.\[\]"]+)')
# Stands for every key of an object, or every number of a list.
_EACH: Final = "*"


def parse(path: str) -> Place:
    """Returns the keys of a path; what is no path has none."""
    found: list[str | int] = []
    end = 0
    for part in _PART.finditer(path):
        if part.start() != end:
            return ()
        end = part.end()
        quoted, number, plain = part.groups()
        if quoted is not None:
            found.append(re.sub(r"\\(.)", r"\1", quoted))
        elif number is not None:
            found.append(number if number == _EACH else int(number))
        else:
            found.append(plain)
    return tuple(found) if end == len(path) else ()


def contains(outer: Place, inner: Place) -> bool:
    """Returns whether a path is another one, or leads to something in there."""
    return 0 < len(outer) <= len(inner) and all(
        mine in (_EACH, theirs) for mine, theirs in zip(outer, inner, strict=False)
    )


def kept(inputs: Properties, old: Mapping[str, Any], path: Place) -> dict[str, PropertyValue]:
    """Returns inputs with the values that they had at a path (``processIgnoreChanges``).

    :param old: as an export holds them; a secret there is not known, and the new one stays.
    """
    found = _kept(PropertyValue(dict(inputs)), old, path)
    return dict(found.value) if found and isinstance(found.value, Mapping) else dict(inputs)


def _kept(new: PropertyValue | None, old: Any, path: Place) -> PropertyValue | None:
    if not path:
        value = imported(old) if old is not ABSENT else None
        return new if value is None and old is not ABSENT else value
    if new is None:
        return None
    head, rest = path[0], path[1:]
    if isinstance(new.value, Mapping):
        before = old if isinstance(old, Mapping) else {}
        keys = new.value.keys() | before.keys() if head == _EACH else {str(head)}
        changed = {
            key: _kept(new.value.get(key), before.get(key, ABSENT), rest) for key in sorted(keys)
        }
        merged = {**new.value, **changed}
        return new.with_value({key: item for key, item in merged.items() if item is not None})
    if isinstance(new.value, Sequence) and not isinstance(new.value, str):
        items = list(new.value)
        before = old if isinstance(old, list) else []
        for index in range(len(items)) if head == _EACH else [head]:
            if isinstance(index, int) and index < min(len(items), len(before)):
                items[index] = _kept(items[index], before[index], rest) or items[index]
        return new.with_value(items)
    return new
