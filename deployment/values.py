"""What property values of an export must be, so that everybody can read them."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from .json_file import parsed
from .properties import RESOURCE_SIGNATURE, SECRET_SIGNATURE, SIGNATURE_KEY

# Far below where Python's own stack ends; definitions of Kubernetes resources nest 30 deep.
DEEPEST: Final = 100
PLAINTEXT: Final = "plaintext"  # of `pulumi stack export --show-secrets`
# What must be a text in a value with a mark
# (https://github.com/pulumi/pulumi/blob/v3.274.1/sdk/go/common/apitype/property-values.json).
_TEXTS: Final[Mapping[object, tuple[str, ...]]] = {
    RESOURCE_SIGNATURE: ("urn", "id"),
    SECRET_SIGNATURE: ("ciphertext", PLAINTEXT),
}


def fault(value: Any, depth: int = 0) -> tuple[str, str] | None:
    """Returns where below a value there is something that no property can be, and what is wrong."""
    if isinstance(value, (int, float)):
        return None if _is_a_double(value) else ("", "is larger than any number of Pulumi's")
    if not isinstance(value, (dict, list)):
        return None
    if depth == DEEPEST:
        return "", f"has more than {DEEPEST} lists or objects around it"
    is_object = isinstance(value, dict)
    if is_object and SIGNATURE_KEY in value:
        found = next(_faults_of_mark(value, depth), None)
        if found:
            return found
    for key, item in value.items() if is_object else enumerate(value):
        if not isinstance(item, str) and (found := fault(item, depth + 1)):
            where, what = found
            return (f".{key}{where}" if is_object else f"[{key}]{where}"), what
    return None


def _is_a_double(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _faults_of_mark(value: Mapping[str, Any], depth: int) -> Iterator[tuple[str, str]]:
    signature = value[SIGNATURE_KEY]
    if not isinstance(signature, str):
        yield "", f"has a mark that is no text in the key {SIGNATURE_KEY}"
        return
    if signature == RESOURCE_SIGNATURE and "urn" not in value:
        yield "", "is a reference to a resource without its URN"
    for key in _TEXTS.get(signature, ()):
        if not isinstance(value.get(key, ""), str):
            yield f".{key}", "must be a text"
    if signature == SECRET_SIGNATURE and isinstance(text := value.get(PLAINTEXT), str):
        try:
            inner = fault(parsed(text), depth + 1)
        except ValueError:
            inner = "", "must be JSON"
        if inner:
            yield f".{PLAINTEXT}{inner[0]}", inner[1]
