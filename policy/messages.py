"""What is said of a resource, without its secrets."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pulumi_policy.proxy import UnknownValueError

from deployment.resource import Resource
from deployment.secrets import secrets_in, without_texts
from deployment.texts import printable


def as_shown(message: str, resource: Resource) -> str:
    """Returns a message about a resource as one line that holds none of its secrets."""
    marked = resource.additional_secret_outputs
    views = map(_plain, (resource.inputs, resource.outputs))
    secrets = {text for view in views for text in secrets_in(resource.type, view, marked)}
    return printable(without_texts(message, secrets))


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
