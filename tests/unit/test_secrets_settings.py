"""The section secrets: what it takes, and what is refused by name."""

from typing import Any, Final

import pytest
from test_settings import DEV, PROD, changed, load, mistakes, row, told

from planning.addons import SECRETS_DRIVER
from planning.private_access import needed_endpoints

SECRETS: Final = "eks-platform:secrets"

MISTAKES: Final = [
    row("secrets", {"recoveryDays": 6}, f"{SECRETS}.recoveryDays", "at least 7", "got 6"),
    row("secrets", {"recoveryDays": 31}, f"{SECRETS}.recoveryDays", "at most 30", "got 31"),
    row("secrets", {"refreshMinutes": 1}, f"{SECRETS}.refreshMinutes", "at least 2", "got 1"),
    row("secrets", {"driverVersion": "3.1.3"}, f"{SECRETS}.driverVersion",
        "must be an add-on's version", "got '3.1.3'"),
    row("secrets", {"recoveryDays": "hunter2"}, f"{SECRETS}.recoveryDays", "[secret]"),
    row("secrets", {"password": "hunter2"}, f"{SECRETS}.password", "is not a known key"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "key", "fragments"), MISTAKES)
@pytest.mark.parametrize("base", [DEV, PROD], ids=["dev", "prod"])
def test_a_mistake_is_one_line_with_its_full_key(
    path: str, value: object, key: str, fragments: tuple[str, ...], base: dict[str, Any]
) -> None:
    line = told(path, value, key, fragments, base)
    assert "hunter2" not in line


def test_the_section_alone_makes_the_driver() -> None:
    given = changed("addons", {SECRETS_DRIVER: {}}, DEV)
    assert SECRETS_DRIVER in load(given).addons

    (line,) = mistakes(changed("secrets", {}, given))
    assert line.startswith(f"eks-platform:addons.{SECRETS_DRIVER}: is made by the section secrets")


def test_an_application_cannot_take_the_namespace_of_the_driver() -> None:
    given = changed("apps", {"aws-secrets-manager": {}}, DEV)
    assert load(given).apps

    (line,) = mistakes(changed("secrets", {}, given))
    assert line.startswith("eks-platform:apps.aws-secrets-manager: needs another name")
    assert line.endswith("is that of the section secrets")


def test_the_driver_reaches_what_it_calls_without_the_internet() -> None:
    assert needed_endpoints([SECRETS_DRIVER]) == ("secretsmanager", "sts")
