"""What is said of a resource, without its secrets."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from pulumi_policy.proxy import UnknownValueError

from deployment.resource import Resource
from deployment.secrets import SECRET, secrets_in, without_texts
from deployment.texts import printable

_WORD: Final = re.compile(r"[^\s,;]{3,}")


def as_shown(message: str, secrets: Iterable[str], others: Collection[str] = ()) -> str:
    """Returns a message about a resource as one line that holds no secret.

    :param secrets: of the resource (:func:`secrets_of`).
    :param others: those of other resources, which may be in it as words.
    """
    shown = without_texts(message, secrets)
    if others:
        shown = _WORD.sub(lambda found: SECRET if found[0] in others else found[0], shown)
    return printable(shown)


def secrets_of(resource: Resource) -> set[str]:
    """Returns the texts of a resource that must not be shown."""
    marked = resource.additional_secret_outputs
    views = map(_plain, (resource.inputs, resource.outputs))
    return {text for view in views for text in secrets_in(resource.type, view, marked)}


def _plain(value: Any) -> Any:
    """Returns what is known behind Pulumi's proxies, as plain data."""
    if isinstance(value, Mapping):
        return dict(_known(value, value))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [item for _, item in _known(value, range(len(value)))]
    return value


def _known(value: Any, keys: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    for key in keys:
        try:
            yield key, _plain(value[key])
        except UnknownValueError:
            continue
