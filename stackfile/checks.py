"""How a type says what is allowed: one declaration gives check, message and JSON Schema."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from pydantic import AfterValidator, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, core_schema

from planning.lists import repeated

from .section import FollowsError, key_of


@dataclass(frozen=True, eq=False, slots=True)
class Check:
    """What a value has to be.

    :param explain: returns what is wrong with a value, or nothing.
    :param schema: what a JSON Schema says of the value.
    """

    explain: Callable[[Any], str | None]
    schema: Mapping[str, Any]

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), **self.schema}

    def _checked(self, value: object) -> object:
        if message := self.explain(value):
            raise ValueError(message)
        return value


def text(pattern: str, message: str, /, **schema: Any) -> Check:
    """Returns the check of a text that has to match a pattern as a whole.

    :param pattern: has to mean the same in Python and in JavaScript.
    :param message: what the text must be; editors show it, too, by a keyword that VS Code and the
        YAML language server know.
    :param schema: keywords of the JSON Schema.
    """
    # In JavaScript \w and \d are of ASCII alone.
    whole = re.compile(pattern, re.ASCII)
    return Check(
        lambda value: None if whole.fullmatch(value) else f"{message}, got {value!r}",
        {"pattern": f"^({pattern})$", "patternErrorMessage": message, **schema},
    )


def block(widest: int, narrowest: int, message: str) -> Check:
    """Returns the check of a block's prefix length."""
    octet = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
    lengths = "|".join(map(str, range(widest, narrowest + 1)))
    return Check(
        lambda value: None if widest <= value.prefixlen <= narrowest else f"{message}, got {value}",
        {
            "pattern": rf"^({octet}\.){{3}}{octet}/({lengths})$",
            "patternErrorMessage": f"must be an IPv4 block, /{widest} to /{narrowest}",
        },
    )


def not_below(*earlier: str, measure: Callable[[Any], int | Fraction] = int) -> AfterValidator:
    """Returns the check that a number is not below those of earlier fields of its section.

    :param measure: returns the number that a value stands for.
    """

    def check(value: object, info: ValidationInfo) -> object:
        for field in earlier:
            least = info.data.get(field)
            if least is not None and measure(value) < measure(least):
                raise FollowsError(f"{value} is below {key_of(field)} {least}", key_of(field))
        return value

    return AfterValidator(check)


def one_of(values: Collection[int]) -> Check:
    """Returns the check of a number that has to be one of a few."""
    *others, last = map(str, values)
    message = f"must be {', '.join(others)} or {last}"
    return Check(
        lambda value: None if value in values else f"{message}, got {value}", {"enum": [*values]}
    )


def at_most(most: int, reason: str, keyword: str = "maxItems") -> Check:
    """Returns the check of a list's size, or with the keyword ``maxProperties`` of a map's.

    :param reason: who takes no more.
    """

    def explain(entries: Collection[object]) -> str | None:
        if len(entries) <= most:
            return None
        return f"must have at most {most} entries, got {len(entries)} ({reason})"

    return Check(explain, {keyword: most})


DISTINCT: Final = Check(repeated, {"uniqueItems": True})
