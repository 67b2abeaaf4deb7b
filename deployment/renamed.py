"""An export as if it was of another stack."""

import re
from collections.abc import Mapping
from typing import Any, Final

from .deployment import Deployment
from .export import NoDeploymentError

_URN: Final = "urn:pulumi:"
_PARTS_OF_URN: Final = 4


def of_stack(deployment: Deployment) -> tuple[str, str]:
    """Returns the project and the stack that a deployment is of, which every URN holds.

    :raises NoDeploymentError: where it holds none.
    """
    parts = next(iter(deployment.by_urn), "").split("::")
    if len(parts) < _PARTS_OF_URN or not parts[0].startswith(_URN):
        raise NoDeploymentError("the export holds no stack")
    return parts[1], parts[0].removeprefix(_URN)


def renamed(data: Any, former: tuple[str, str], now: tuple[str, str]) -> Any:
    """Returns an export, or a part of one, as if its project and its stack had other names.

    What is called ``PROJECT-STACK`` follows, which the names of a platform begin with.

    :param former: the project and the stack that it is of.
    """
    (project, stack), (new_project, new_stack) = former, now
    pattern = re.compile(
        rf"(?P<urn>urn:pulumi:{re.escape(stack)}::{re.escape(project)}::)"
        rf"|(?<![\w-]){re.escape(project)}-{re.escape(stack)}(?!\w)"
    )

    def changed(match: re.Match[str]) -> str:
        return (
            f"urn:pulumi:{new_stack}::{new_project}::"
            if match["urn"]
            else (f"{new_project}-{new_stack}")
        )

    def walked(value: Any) -> Any:
        if isinstance(value, str):
            return pattern.sub(changed, value)
        if isinstance(value, Mapping):
            return {walked(key): walked(item) for key, item in value.items()}
        return [walked(item) for item in value] if isinstance(value, list) else value

    return walked(data)
