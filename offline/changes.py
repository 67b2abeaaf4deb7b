"""What changes from one state of a resource to the next, and what of it cannot change in place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from deployment.steps import Place, path_of

from .immutable import fixed_of


class Kind(Enum):
    """What becomes of a property."""

    ADD = auto()
    UPDATE = auto()
    DELETE = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A property that changes.

    :param place: the way to the property: keys of objects, numbers in lists.
    :param replaces: whether the resource cannot keep living with it.
    """

    place: Place
    kind: Kind
    replaces: bool

    @property
    def path(self) -> str:
        """The property as people write it, such as ``vpcConfig.subnetIds[0]``."""
        return path_of(self.place)

    @property
    def key(self) -> str:
        """The property's first key."""
        return str(self.place[0])


def changes(token: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Returns what changes between two sets of inputs; a value that is not known is a change."""
    return [
        Change(place=place, kind=kind, replaces=replaces(token, place, kind))
        for place, kind in _differences((), _without_nulls(old), _without_nulls(new))
    ]


def _differences(place: Place, old: Any, new: Any) -> Iterator[tuple[Place, Kind]]:
    before, after = _parts(old), _parts(new)
    if before is None or after is None or isinstance(old, list) != isinstance(new, list):
        if old != new:
            yield place, Kind.UPDATE
        return
    for key in sorted(before.keys() | after.keys()):
        inner = (*place, key)
        if key not in after:
            yield inner, Kind.DELETE
        elif key not in before:
            yield inner, Kind.ADD
        else:
            yield from _differences(inner, before[key], after[key])


def _parts(data: Any) -> Mapping[Any, Any] | None:
    """Returns the items of an object by key, or of a list by number."""
    if isinstance(data, list):
        return dict(enumerate(data))
    return data if isinstance(data, Mapping) else None


def _without_nulls(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in properties.items() if value is not None}


def replaces(token: str, place: Place, kind: Kind = Kind.UPDATE) -> bool:
    """Returns whether a resource cannot keep living when a property of it changes."""
    path = path_of(place)
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
