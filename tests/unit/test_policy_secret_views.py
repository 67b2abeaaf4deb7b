"""What a finding quotes of a resource that holds a secret."""

from typing import Any

import pytest
from foreign import container, judged, web

from deployment.properties import SECRET_SIGNATURE, SIGNATURE_KEY

WITHHELD = {SIGNATURE_KEY: SECRET_SIGNATURE, "ciphertext": "v1:abc"}
SHOWN = {SIGNATURE_KEY: SECRET_SIGNATURE, "plaintext": '"hunter2222"'}
IN_THE_CLEAR = "hunter2222"


def _pods(password: object, *more: dict[str, Any]) -> dict[str, Any]:
    spec = container(image="web", env=[{"name": "SETTING", "value": password}])
    return web({"containers": [*spec["containers"], *more]})


@pytest.mark.parametrize(
    ("seen", "asked", "is_quoted"),
    [
        (_pods(WITHHELD), _pods(WITHHELD), True),
        (_pods(WITHHELD), {"outputs": {}}, True),
        # Where the secret can be read, nothing beside it is quoted.
        (_pods(SHOWN), _pods(SHOWN), False),
        (_pods(WITHHELD), _pods(IN_THE_CLEAR), False),
        (_pods(WITHHELD), _pods(IN_THE_CLEAR, {"name": "sidecar", "image": "x:1"}), False),
        (_pods(WITHHELD), {"outputs": {"spec": [IN_THE_CLEAR]}}, False),
        (_pods(WITHHELD), {"outputs": {"spec": WITHHELD}}, False),
    ],
)
def test_a_withheld_secret_hides_nothing_of_what_stands_beside_it(
    seen: dict[str, Any],
    asked: dict[str, Any],
    is_quoted: bool,  # noqa: FBT001
) -> None:
    (found,) = judged("images-pinned", {**seen, "outputs": asked["outputs"]})
    assert (found.message == "web runs web") == is_quoted
    assert IN_THE_CLEAR not in found.message
