"""What a deployment does with each resource, compared with an earlier one."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Any, Final

from .resource import Resource

# The way to a property: keys of objects, numbers in lists.
Place = tuple[str | int, ...]

# Stands for what is not there.
ABSENT: Final = object()


class Operation(StrEnum):
    """What the engine does with a resource."""

    SAME = auto()
    CREATE = auto()
    UPDATE = auto()
    REPLACE = auto()
    DELETE = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class Property:
    """A property that changes, or of which nobody can tell whether it does.

    :param replaces: whether the resource cannot keep living with the change.
    """

    place: Place
    replaces: bool = False

    @property
    def path(self) -> str:
        """The property as people write it, such as ``vpcConfig.subnetIds[0]``."""
        return path_of(self.place)


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """What happens to one resource.

    :param resource: as it will be; where it is deleted, as it was.
    :param before: as it was; ``None`` where it is new.
    :param changes: the properties that change.
    :param unknown: secrets, of which nobody can tell whether they change.
    :param causes: URNs of the replaced resources because of which this one is replaced.
    :param reasons: why it is replaced or updated, where no property says so.
    :param refusals: why the engine or the cloud refuses.
    :param gap: whether the earlier one is deleted before the new one is made.
    """

    resource: Resource
    operation: Operation
    before: Resource | None = None
    changes: tuple[Property, ...] = ()
    unknown: tuple[Property, ...] = ()
    causes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    gap: bool = False

    @property
    def ends(self) -> Resource | None:
        """The earlier resource, if it is gone afterwards."""
        return self.before if self.operation in {Operation.REPLACE, Operation.DELETE} else None


def path_of(place: Place) -> str:
    """Returns the way to a property as people write it, such as ``vpcConfig.subnetIds[0]``."""
    parts = (f"[{key}]" if isinstance(key, int) else f".{key}" for key in place)
    return "".join(parts).removeprefix(".")


def value_at(properties: Mapping[str, Any], place: Place) -> Any:
    """Returns the value at a place, or :data:`ABSENT`."""
    value: Any = properties
    for key in place:
        value = _item(value, key)
    return value


def _item(container: Any, key: str | int) -> Any:
    if isinstance(container, Mapping):
        return container.get(key, ABSENT)
    if isinstance(container, list) and isinstance(key, int) and key < len(container):
        return container[key]
    return ABSENT
