"""What a rule cannot see, it does not judge."""

from collections.abc import Iterable, Iterator

from pulumi_policy.proxy import UnknownValueError


class NotCheckedError(UnknownValueError):
    """What a rule needs cannot be seen: the rule says nothing of the resource."""

    def __init__(self, reason: str) -> None:
        Exception.__init__(self, reason)
        self.message = reason


class OutsideError(NotCheckedError):
    """What a rule needs is not part of the stack, before the deployment and after it."""


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
