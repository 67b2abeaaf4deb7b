"""Properties and messages without the secrets that are in them."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from .json_file import parsed
from .properties import UNKNOWN
from .secret_names import is_secret_name, says_of_a_secret, secret_properties
from .texts import json_text, printable
from .values import fault

# What stands for a value that must not be shown.
SECRET: Final = "[secret]"  # noqa: S105  stands for one
# kubectl keeps the whole object in it, that of a Secret as well.
_WHOLE_OBJECT: Final = "kubectl.kubernetes.io/last-applied-configuration"
_OF_SECRET_OBJECTS: Final = ("data", "stringData")
# What is said in a text: a variable or a line of a file, the password of a URL, a header, a private
# key, the ID of an access key of AWS
# (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html).
_NAMED: Final = re.compile(r"(?<![\w.:/-])([\w.-]++)[\\\"']*+\s*+[:=]\s*+[\\\"']*+")
_VALUE: Final = re.compile(r"(?:[|>][-+]?+\s++)?+(?:(?<=[\"'])[^\"'\\\n]+|[^\s\\\"']+)")
_IN_TEXT: Final = (
    re.compile(r"(?<=://)[^\s/:@]*+:([^\s/@]++)@"),
    re.compile(r"(?i)\b(?:bearer|basic)\s++([\w.~+/=-]{8,})"),
    re.compile(r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----(.*?)(?:-----END|$)"),
    re.compile(r"\b((?:AKIA|ASIA)[A-Z0-9]{16})\b"),
)
# What one of these patterns needs; most texts have none of it.
_MAYBE: Final = re.compile(r"[:=]|bearer|basic|AKIA|ASIA|-----BEGIN", re.IGNORECASE)
# Shorter texts are everywhere.
_SHORTEST: Final = 3


def without_secrets(
    token: str, properties: Mapping[str, Any], marked: Collection[str] = ()
) -> dict[str, Any]:
    """Returns the properties of a resource with :data:`SECRET` in place of each secret.

    Secret is what is marked so, what the SDK calls so, what has the name of a secret at any depth,
    the data of Kubernetes Secrets wherever they stand, and in texts what is said of such names.

    :param token: the type of the resource.
    :param properties: plain data.
    :param marked: names of properties that are secret.
    """
    return _Hider().properties(token, properties, marked)


def secrets_in(
    token: str, properties: Mapping[str, Any], marked: Collection[str] = ()
) -> frozenset[str]:
    """Returns the texts that :func:`without_secrets` takes away."""
    hider = _Hider()
    hider.properties(token, properties, marked)
    return frozenset(hider.taken)


def without_texts(message: str, secrets: Iterable[str]) -> str:
    """Returns a message that quotes none of these texts."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            message = message.replace(secret, SECRET).replace(printable(secret), SECRET)
    return message


class _Hider:
    def __init__(self) -> None:
        self.taken: set[str] = set()
        # Of a text that is JSON, texts in it are texts: an export must not be a way down.
        self._is_inside = False

    def properties(
        self, token: str, properties: Mapping[str, Any], marked: Collection[str]
    ) -> dict[str, Any]:
        secret = secret_properties(token).union(marked)
        shown = self._shown(properties)
        return {
            key: self._hidden(value) if key in secret else shown[key]
            for key, value in properties.items()
        }

    def _shown(self, value: Any) -> Any:
        """Returns a value without the secrets in it."""
        if isinstance(value, Mapping):
            return self._object(value)
        if isinstance(value, list):
            return [self._shown(item) for item in value]
        return self._text(value) if isinstance(value, str) else value

    def _object(self, value: Mapping[str, Any]) -> dict[str, Any]:
        secret: set[str] = {_WHOLE_OBJECT}
        if value.get("kind") == "Secret":
            secret.update(_OF_SECRET_OBJECTS)
        name = value.get("name", value.get("key"))
        if isinstance(name, str) and is_secret_name(name):
            # A variable of a container, a setting of a chart.
            secret.add("value")
        return {
            key: self._hidden(item)
            if key in secret
            else self._named(item)
            if is_secret_name(key)
            else self._shown(item)
            for key, item in value.items()
        }

    def _named(self, value: Any) -> Any:
        """Returns what has the name of a secret: of an object, what is said of the secret stays."""
        if isinstance(value, Mapping):
            return {
                key: self._shown(item) if says_of_a_secret(key) else self._named(item)
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [self._named(item) for item in value]
        return self._hidden(value)

    def _hidden(self, value: Any) -> Any:
        """Returns a secret value: its keys alone, and whether it is there."""
        if isinstance(value, Mapping):
            return {key: self._hidden(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._hidden(item) for item in value]
        if value in (None, "", True, False, SECRET, UNKNOWN):
            return value
        self.taken.add(str(value))
        return SECRET

    def _text(self, text: str) -> str:
        if not _MAYBE.search(text):
            return text
        if text[:1] in {"{", "["} and not self._is_inside:
            try:
                data = parsed(text)
            except ValueError:
                data = None
            if data and not fault(data):
                self._is_inside = True
                shown = self._shown(data)
                self._is_inside = False
                return text if shown == data else json_text(shown)
        for pattern in _IN_TEXT:
            text = pattern.sub(self._quoted, text)
        return "".join(self._parts(text))

    def _parts(self, text: str) -> Iterator[str]:
        """Yields the parts of a text, and something else for what is said of a secret's name."""
        end = 0
        for named in _NAMED.finditer(text):
            if named.start() < end or not is_secret_name(named[1]):
                continue
            if value := _VALUE.match(text, named.end()):
                yield text[end : value.start()] + self._hidden(value[0])
                end = value.end()
        yield text[end:]

    def _quoted(self, found: re.Match[str]) -> str:
        return found[0].replace(found[1], self._hidden(found[1]))
