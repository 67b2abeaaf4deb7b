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
    before, after = _parts(old), _parts(new)
    if before is None or after is None or isinstance(old, list) != isinstance(new, list):
        if old != new:
            yield path, Kind.UPDATE
        return
    for key in sorted(before.keys() | after.keys()):
        place = f"{path}[{key}]" if isinstance(key, int) else f"{path}.{key}".removeprefix(".")
        if key not in after:
            yield place, Kind.DELETE
        elif key not in before:
            yield place, Kind.ADD
        else:
            yield from _differences(place, before[key], after[key])


def _parts(data: Any) -> Mapping[Any, Any] | None:
    """Returns the items of an object by key, or of a list by number."""
    if isinstance(data, list):
        return dict(enumerate(data))
    return data if isinstance(data, Mapping) else None


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
