"""What changes from one state of a resource to the next, and what of it cannot change in place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from .immutable import fixed_of


class Kind(Enum):
    """What becomes of a property."""

    ADD = auto()
    UPDATE = auto()
    DELETE = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A property that changes.

    :param path: the property, such as ``vpcConfig.subnetIds[0]``.
    :param replaces: whether the resource cannot keep living with it.
    """

    path: str
    kind: Kind
    replaces: bool

    @property
    def key(self) -> str:
        """The property's first key."""
        return self.path.partition(".")[0].partition("[")[0]


def changes(token: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Returns what changes between two sets of inputs; a value that is not known is a change."""
    return [
        Change(path=path, kind=kind, replaces=_replaces(token, path, kind))
        for path, kind in _differences("", _without_nulls(old), _without_nulls(new))
    ]


def _differences(path: str, old: Any, new: Any) -> Iterator[tuple[str, Kind]]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted(old.keys() | new.keys()):
            place = f"{path}.{key}" if path else str(key)
            if key not in new:
                yield place, Kind.DELETE
            elif key not in old:
                yield place, Kind.ADD
            else:
                yield from _differences(place, old[key], new[key])
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            place = f"{path}[{index}]"
            if index >= len(new):
                yield place, Kind.DELETE
            elif index >= len(old):
                yield place, Kind.ADD
            else:
                yield from _differences(place, old[index], new[index])
    elif old != new:
        yield path, Kind.UPDATE


def _without_nulls(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in properties.items() if value is not None}


def _replaces(token: str, path: str, kind: Kind) -> bool:
    return any(
        _is_in(path, fixed.paths)
        or (kind != Kind.UPDATE and path in fixed.kinds)
        or (kind == Kind.DELETE and path in fixed.lasting)
        for fixed in fixed_of(token)
    )


def _is_in(path: str, places: tuple[str, ...]) -> bool:
    return any(
        path == place
        or path.startswith((f"{place}.", f"{place}["))
        # A whole that comes or goes takes its part along.
        or place.startswith(f"{path}.")
        for place in places
    )
