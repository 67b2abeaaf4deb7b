"""Reading properties, which may be absent, unknown, or behind Pulumi's proxies.

Pulumi hands over mappings and sequences of its own that are no ``dict`` and no ``list``, and that
raise where a value is unknown.
"""

from collections.abc import Mapping, Sequence
from typing import Any

# Keys with dots between them, or as they are where one has dots of its own.
Path = str | tuple[str, ...]


def keys(path: Path) -> tuple[str, ...]:
    """Returns the keys of a path."""
    return tuple(path.split(".")) if isinstance(path, str) else path


def read(data: Any, path: Path, default: Any = None) -> Any:
    """Returns the value at a path such as ``vpcConfig.subnetIds``, or the default without one."""
    value = data
    for key in keys(path):
        if not isinstance(value, Mapping) or key not in value:
            return default
        value = value[key]
    return default if value is None else value


def items(data: Any, path: Path) -> list[Any]:
    """Returns the items of a list at a path; a single value is a list of one."""
    return as_list(read(data, path, ()))


def as_list(value: object) -> list[Any]:
    """Returns the items of a list; a single value is a list of one."""
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value]


def whole(value: object) -> object:
    """Returns a number as people write it: through Pulumi, all numbers have a fraction."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
