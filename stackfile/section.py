"""What all sections have in common."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, Protocol, Self, TypeVar, cast

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import InitErrorDetails

from planning.found_network import FoundNetwork
from planning.instance_types import InstanceType
from planning.layout import SubnetRole

T = TypeVar("T")
# Keys, names and indexes below the key that is validated.
Place = tuple[str | int, ...]

# The sections before, as far as they are valid, by field.
Earlier = Mapping[str, Any]


class SubnetSelection(Protocol):
    """Which subnets of a VPC: those with these IDs, or else those with all of these tags."""

    @property
    def ids(self) -> Sequence[str] | None:
        """Their IDs; ``None``: they are chosen by tags."""
        ...

    @property
    def tags(self) -> Mapping[str, str] | None:
        """Tags that each of them has; ``None``: they are chosen by IDs."""
        ...


class Cloud(Protocol):
    """What the models ask of the cloud, in the stack's region, before anything is built."""

    @property
    def partition(self) -> str:
        """The partition that the region is in, such as ``aws``."""
        ...

    @property
    def source(self) -> str | None:
        """The name of the data that answers in AWS's place; ``None``: AWS itself answers."""
        ...

    @property
    def zones(self) -> Mapping[str, str]:
        """The ID of each availability zone by its name; empty where the ID is not known."""
        ...

    def instance_type(self, name: str) -> InstanceType | None:
        """Returns the instance type, or ``None`` where nobody knows it in the region."""
        ...

    def network(
        self, vpc_id: str, subnets: Mapping[SubnetRole, "SubnetSelection"]
    ) -> FoundNetwork | str:
        """Returns a VPC with these subnets of it, or what of them nobody knows."""
        ...


def key_of(field: str) -> str:
    """Returns the stack file's key of a field."""
    return re.sub(r"Gib|Mib$", lambda unit: f"{unit[0][:2]}B", to_camel(field))


def alternatives(*keys: Sequence[str]) -> Callable[[dict[str, Any]], None]:
    """Returns what makes a JSON Schema say that a section needs one or another set of keys.

    The keys of the last set come after all others, in whose place they are.
    """

    def extend(schema: dict[str, Any]) -> None:
        schema["anyOf"] = [{"required": list(required)} for required in keys]
        for key in keys[-1]:
            schema["properties"][key] = schema["properties"].pop(key)

    return extend


class FollowsError(ValueError):
    """A value that does not go with others.

    Where the file leaves its key out, it is a default or follows from the others, which somebody
    wrote.

    :param causes: the keys of the others, beside its own; or their places in the whole file.
    """

    def __init__(self, message: str, *causes: str | Place) -> None:
        super().__init__(message)
        self.causes = causes


# What is wrong with a section, each at its place.
Errors = Iterator[tuple[Place, str | FollowsError]]


def without_section(field: str, earlier: Earlier, why: str) -> Errors:
    """Yields that a section needs another one, which the file leaves out.

    :param why: what it needs the other one for.
    """
    # Without the key, what is wrong with the other one is said already.
    if field in earlier and earlier[field] is None:
        yield (), f"needs the section {field}: {why}"


class Section(BaseModel):
    """A map of the stack file: keys are camelCase there and snake_case here.

    The text below a field is its description in the JSON Schema, in the tables of
    docs/configuration.md and in a new stack file.
    A ``ValueError`` in a validator is an error of the file, about the validated key.
    """

    model_config = ConfigDict(
        alias_generator=key_of,
        extra="forbid",
        frozen=True,
        strict=True,
        use_attribute_docstrings=True,
        validate_default=True,
    )

    def conflicts(self) -> Iterable[tuple[str, str | FollowsError]]:
        """Returns field and message of what does not go together in this section.

        Dots lead to a field of a section in it.
        """
        return ()

    @model_validator(mode="after")
    def _check_conflicts(self) -> Self:
        raise_all(
            (tuple(map(key_of, field.split("."))), message) for field, message in self.conflicts()
        )
        return self

    def values(self, kind: Callable[..., T], **given: Any) -> T:
        """Returns arguments of a component: each field that both have, and what is given."""
        names = {field.name for field in fields(cast("Any", kind))} & type(self).model_fields.keys()
        return kind(**{**{name: getattr(self, name) for name in names}, **given})


def raise_all(errors: Iterable[tuple[Place, str | FollowsError]]) -> None:
    """Raises all errors below the validated key together, each at its place."""
    details = [
        InitErrorDetails(
            type="value_error",
            loc=place,
            input=None,
            ctx={"error": ValueError(fault) if isinstance(fault, str) else fault},
        )
        for place, fault in errors
    ]
    if details:
        raise ValidationError.from_exception_data("stack file", details)


def cloud_of(info: ValidationInfo) -> Cloud | None:
    """Returns the cloud to ask, or ``None`` where no region is known to ask in."""
    return cast("Cloud | None", info.context)
