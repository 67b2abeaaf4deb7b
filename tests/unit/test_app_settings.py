"""The section apps: images of one's own, beside NGINX."""

from typing import Any, Final

import pytest
from test_settings import DEV, changed, in_stack, load, row, told

from stackfile.apps import LARGEST_CONFIG_MAP
from stackfile.files import StackFileError
from stackfile.load import check_filled_in

API: Final = "eks-platform:apps.api"
IMAGE: Final = "registry.example.com/api:1.0"


def own(**container: Any) -> dict[str, Any]:
    return {"api": {"image": IMAGE, "container": container}}


MISTAKES: Final = [
    row("apps", {"api": {"container": {}}}, f"{API}.container", "does not go with image",
        "is required with container"),
    row("apps", own(port=80), f"{API}.container.port", "at least 1024", "got 80"),
    row("apps", own(healthPath="healthz"), f"{API}.container.healthPath",
        "must be a path such as /healthz", "'healthz'"),
    row("apps", own(readyPath="/ready?x=1"), f"{API}.container.readyPath", "must be a path"),
    row("apps", own(userId=0), f"{API}.container.userId", "at least 1", "got 0"),
    row("apps", own(environment={"PORT": "80"}), f"{API}.container.environment.PORT",
        "is set by the platform"),
    row("apps", own(environment={"DATABASE_HOST": "x"}),
        f"{API}.container.environment.DATABASE_HOST", "is set by the platform"),
    row("apps", own(environment={"API_TOKEN": "x"}), f"{API}.container.environment.API_TOKEN",
        "is no place for a secret"),
    row("apps", own(environment={"my-name": "x"}), f"{API}.container.environment.my-name",
        "must be the name of a variable"),
    row("apps", own(environment={"LEVEL": 3}), f"{API}.container.environment.LEVEL", "text"),
    row("apps", own(configuration={"../app.toml": ""}),
        f"{API}.container.configuration.../app.toml", "must be the name of a file"),
    row("apps", own(configuration={"a": "x" * LARGEST_CONFIG_MAP}),
        f"{API}.container.configuration", "at most 1,048,576 bytes", "got 1,048,577"),
    row("apps", own(database="shop"), f"{API}.container.database",
        "needs the section mysql, which is not there, got 'shop'"),
    row("apps", own(database="root"), f"{API}.container.database", "no name of MySQL's"),
    row("apps", own(database="a-b"), f"{API}.container.database", "at most 32 of a-z"),
    row("sampleApp", {"container": {}}, "eks-platform:sampleApp.container", "is not a known key"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "key", "fragments"), MISTAKES)
def test_a_wrong_application_is_one_line_with_its_full_key(
    path: str, value: object, key: str, fragments: tuple[str, ...]
) -> None:
    told(path, value, key, fragments, DEV)


def test_an_image_in_the_account_of_the_examples_is_not_deployed() -> None:
    image = "111122223333.dkr.ecr.ap-northeast-2.amazonaws.com/api:1.0"
    own_image = {"image": image, "container": {"environment": {"API_TOKEN_FILE": "/run/token"}}}
    settings = load(changed("apps", {"api": own_image}, DEV))

    with pytest.raises(StackFileError, match=r"apps\.api\.image: .* set yours"):
        in_stack({}, lambda: check_filled_in(settings, "444455556666"))
