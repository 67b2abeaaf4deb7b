"""What a rule cannot see, it does not judge."""

from collections.abc import Iterable, Iterator
from enum import StrEnum

from pulumi_policy.proxy import UnknownValueError


class Why(StrEnum):
    """Why a rule was not checked: the words that a run says it with."""

    LATER = "not checked before deployment"
    UNREADABLE = "not checked, for a value that cannot be read"
    OUTSIDE = "not checked, for what is not part of the stack"


class NotCheckedError(UnknownValueError):
    """What a rule needs cannot be seen: the rule says nothing of the resource."""

    why = Why.LATER

    def __init__(self, reason: str) -> None:
        Exception.__init__(self, reason)
        self.message = reason


class OutsideError(NotCheckedError):
    """What a rule needs is not part of the stack, before the deployment and after it."""

    why = Why.OUTSIDE


class UnreadableError(NotCheckedError):
    """A value that is there has another form than the rule can read."""

    why = Why.UNREADABLE


def why(error: UnknownValueError) -> Why:
    """Returns why what met an unknown value was not checked."""
    return error.why if isinstance(error, NotCheckedError) else Why.LATER


def each(*parts: Iterable[str]) -> Iterator[str]:
    """Yields what the parts of a check find: what one cannot see hides nothing of the others.

    :raises UnknownValueError: the first one of the parts, after all of them.
    """
    unknown: UnknownValueError | None = None
    for part in parts:
        try:
            yield from part
        except UnknownValueError as error:
            unknown = unknown or error
    if unknown:
        raise unknown
