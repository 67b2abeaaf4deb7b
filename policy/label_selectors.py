"""Label selectors: which objects they select.

https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from .reading import Path, labels, mappings, read, text, texts
from .unknown import UnreadableError

_OPERATORS: Final[Mapping[str, Callable[[str | None, list[str]], bool]]] = {
    "In": lambda value, values: value in values,
    "NotIn": lambda value, values: value not in values,
    "Exists": lambda value, _: value is not None,
    "DoesNotExist": lambda value, _: value is None,
}


def selects(data: Any, path: Path, of: Mapping[str, str]) -> bool:
    """Returns whether a selector at a path selects what has some labels.

    One that is empty selects everything, and one that is absent nothing.
    """
    selector = read(data, path)
    if selector is None:
        return False
    return labels(selector, "matchLabels").items() <= of.items() and all(
        _holds(expression, of) for expression in mappings(selector, "matchExpressions")
    )


def maps(data: Any, path: Path, of: Mapping[str, str]) -> bool:
    """Returns whether a Service's selector, which is labels alone, selects what has some labels.

    One that is empty or absent selects nothing: its addresses are somebody else's
    (https://kubernetes.io/docs/concepts/services-networking/service/#services-without-selectors).
    """
    wanted = labels(data, path)
    return bool(wanted) and wanted.items() <= of.items()


def _holds(expression: Mapping[str, Any], of: Mapping[str, str]) -> bool:
    operator = text(expression, "operator")
    if operator not in _OPERATORS:
        raise UnreadableError("matchExpressions has an operator that Kubernetes does not know")
    return _OPERATORS[operator](of.get(text(expression, "key")), texts(expression, "values"))
