"""What a rule cannot see, it does not judge."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from pulumi_policy.proxy import UnknownValueError


class NotCheckedError(UnknownValueError):
    """What a rule needs cannot be seen: the rule says nothing of the resource."""

    def __init__(self, reason: str) -> None:
        Exception.__init__(self, reason)
        self.message = reason


class OutsideError(NotCheckedError):
    """What a rule needs is not part of the stack, before the deployment and after it."""


# How the reason of a policy that is not applicable begins where no deployment will change that.
OUTSIDE: Final = "outside the stack: "


def reason(missed: Mapping[str, UnknownValueError]) -> str:
    """Returns why a policy did not check the named resources."""
    lines = "; ".join(f"{name}: {error.message}" for name, error in missed.items())
    is_outside = all(isinstance(error, OutsideError) for error in missed.values())
    return f"{OUTSIDE if is_outside else ''}{lines}"


def each(*parts: Iterable[str]) -> Iterator[str]:
    """Yields what the parts of a check find: what one cannot see hides nothing of the others.

    :raises UnknownValueError: the first one of the parts, after all of them.
    """
    unseen: UnknownValueError | None = None
    for part in parts:
        try:
            yield from part
        except UnknownValueError as error:
            unseen = unseen or error
    if unseen:
        raise unseen


def sentence(before_deployment: Iterable[str], outside: Iterable[str]) -> str:
    """Returns one line with the rules that were not checked, or nothing.

    :param before_deployment: names of rules that need values which only the deployment makes known.
    :param outside: names of rules that need what is not part of the stack.
    """
    later, never = sorted(set(before_deployment)), sorted(set(outside))
    groups: Mapping[str, list[str]] = {
        "not checked before deployment": later,
        "not checked, for what is not part of the stack": [n for n in never if n not in later],
    }
    return "; ".join(
        f"{what}: {len(names)} {'rule' if len(names) == 1 else 'rules'}: {', '.join(names)}"
        for what, names in groups.items()
        if names
    )
