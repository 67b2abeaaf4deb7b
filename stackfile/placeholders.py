"""Values that are reserved for documentation: a stack that still has one is not filled in."""

import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any, Final

from pydantic import BaseModel

from .names import full_key
from .section import Place

# RFC 5737.
_BLOCKS: Final = tuple(map(IPv4Network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")))
# RFC 2606.
_DOMAINS: Final = (".example.com", ".example.net", ".example.org", ".example")
# The account that AWS's own examples use, as in
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html: nobody can deploy into it.
DOCUMENTATION_ACCOUNT: Final = "111122223333"
# The ID of the role that an offline run calls with, too short to be anybody's
# (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html).
OFFLINE_ROLE: Final = "AROAOFFLINE"


@dataclass(frozen=True, kw_only=True)
class Placeholder:
    """Marks a type whose values may be reserved for documentation.

    :param is_reserved: whether a value is.
    :param reason: why it does not deploy.
    :param own: the value in the command that sets another.
    """

    is_reserved: Callable[[Any], bool]
    reason: str
    own: str = "VALUE"


PUBLIC_BLOCK: Final = Placeholder(
    is_reserved=lambda block: any(block.subnet_of(reserved) for reserved in _BLOCKS),
    reason="is reserved for documentation (RFC 5737), so that you would wait for an API that never "
    "answers; set your own",
    own='"$(curl -s https://checkip.amazonaws.com)/32"',
)
ACCOUNT: Final = Placeholder(
    is_reserved=lambda arn: arn.split(":")[4] == DOCUMENTATION_ACCOUNT,
    reason="is in the account of AWS's own examples; set yours",
)
MIRROR_ACCOUNT: Final = Placeholder(
    is_reserved=lambda mirror: mirror.startswith(f"{DOCUMENTATION_ACCOUNT}."),
    reason="is in the account of AWS's own examples; set yours",
)
DOMAIN: Final = Placeholder(
    is_reserved=lambda hostname: f".{hostname}".endswith(_DOMAINS),
    reason="is reserved for documentation; set yours",
)


def placeholders(
    value: object, marks: tuple[Placeholder, ...] = (), place: Place = ()
) -> Iterator[str]:
    """Yields a line for each value in a section that is reserved for documentation.

    :param marks: those of the value's type.
    :param place: where the value is.
    """
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            found = tuple(_marks((field.annotation, *field.metadata)))
            yield from placeholders(getattr(value, name), found, (*place, str(field.alias)))
    elif isinstance(value, Mapping | tuple):
        entries = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, entry in entries:
            yield from placeholders(entry, marks, (*place, key))
    else:
        for mark in marks:
            if value is not None and mark.is_reserved(value):
                key = full_key(place)
                command = f"pulumi config set --path '{key}' {mark.own}"
                yield f"{key}: {value} {mark.reason}: {command}"


def _marks(parts: tuple[object, ...]) -> Iterator[Placeholder]:
    for part in parts:
        if isinstance(part, Placeholder):
            yield part
        yield from _marks(typing.get_args(part))
