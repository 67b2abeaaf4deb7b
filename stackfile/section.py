"""What all sections have in common."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import fields
from ipaddress import IPv4Network
from typing import Annotated, Any, Final, Literal, Protocol, TypeVar, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import InitErrorDetails, PydanticCustomError

from planning.instance_types import InstanceType

# Retention periods that CloudWatch Logs accepts, in days
# (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html).
RetentionDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
]  # fmt: skip

Seconds = Annotated[int, Field(ge=0, le=3600)]

LABEL_VALUE: Final = re.compile(r"([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?")
LABEL_KEY: Final = re.compile(
    r"([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
)


T = TypeVar("T")


class Cloud(Protocol):
    """What the models ask of the cloud, in the stack's region, before anything is built."""

    @property
    def zones(self) -> frozenset[str]:
        """The names of the region's availability zones; empty for a region that is not known."""
        ...

    def instance_type(self, name: str) -> InstanceType | None:
        """Returns the instance type, or ``None`` where the region does not offer it."""
        ...


class Section(BaseModel):
    """A map of the stack file: keys are camelCase there and snake_case here."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", frozen=True, strict=True, validate_default=True
    )

    def values(self, kind: type[T], **given: Any) -> T:
        """Returns arguments of a component: each field that both have, and what is given."""
        names = {field.name for field in fields(cast("Any", kind))} & type(self).model_fields.keys()
        return kind(**{**{name: getattr(self, name) for name in names}, **given})


# Keys, names and indexes below the key that is validated.
Place = tuple[str | int, ...]


def mistake(message: str) -> PydanticCustomError:
    """Returns the error to raise in a validator, about the validated key."""
    return PydanticCustomError("stack_file", "{message}", {"message": message})


def refuse(found: Iterable[tuple[Place, str]]) -> None:
    """Raises all mistakes that are found below the validated key, each at its place."""
    errors = [
        InitErrorDetails(type=mistake(message), loc=place, input=None) for place, message in found
    ]
    if errors:
        raise ValidationError.from_exception_data("stack file", errors)


def _explain_block(value: object, handler: ValidatorFunctionWrapHandler) -> IPv4Network:
    try:
        block: IPv4Network = handler(value)
    except ValueError:
        shown = json.dumps(value, default=str)
        raise mistake(
            f"must be an IPv4 block with no host bits, such as 172.30.0.0/16, got {shown}"
        ) from None
    return block


def block_schema(shortest: int, longest: int) -> WithJsonSchema:
    """Returns what editors know of a block with a prefix length in a range."""
    octet = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
    lengths = "|".join(map(str, range(shortest, longest + 1)))
    return WithJsonSchema({"type": "string", "pattern": rf"^({octet}\.){{3}}{octet}/({lengths})$"})


# pydantic's own message is that of whichever check of the ipaddress module fails.
Block = Annotated[IPv4Network, WrapValidator(_explain_block)]


def whole(*patterns: re.Pattern[str]) -> dict[str, Any]:
    """Returns what editors know of a text that has to match one of the patterns as a whole.

    The patterns must mean the same in JavaScript, which has no named groups of Python's form.
    """
    return {"pattern": f"^({'|'.join(pattern.pattern for pattern in patterns)})$"}


def has_value(key: str, value: str | bool) -> dict[str, Any]:  # noqa: FBT001  a value of the file
    """Returns what editors know of a map that has the value at the key."""
    return {"properties": {key: {"const": value}}, "required": [key]}


def cloud_of(info: ValidationInfo) -> Cloud | None:
    """Returns the cloud to ask, or ``None`` where no region is known to ask in."""
    return cast("Cloud | None", info.context)


def repeated(values: Iterable[str]) -> list[str]:
    """Returns the values that are there more than once, sorted."""
    listed = list(values)
    return sorted({value for value in listed if listed.count(value) > 1})


def label_mistakes(key: str, value: str) -> Iterator[str]:
    """Yields why Kubernetes would refuse the label."""
    if not LABEL_KEY.fullmatch(key):
        yield f"{key!r} is not a Kubernetes label key"
    if not LABEL_VALUE.fullmatch(value):
        yield f"must be at most 63 letters, digits, '-', '_' or '.', got {value!r}"
