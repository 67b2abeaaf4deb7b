"""Names that a stack file makes up: of node groups, applications and tags."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Final

from pydantic import AfterValidator

from .section import mistake, whole

SAMPLE_APP: Final = "sample-app"
WORDPRESS: Final = "wordpress"

_NODE_GROUP_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
# Also the name of its namespace.
_APP_NAME: Final = re.compile(r"(?!kube-|default$)[a-z]([a-z0-9-]{0,38}[a-z0-9])?")
# https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
_TAG_KEY: Final = re.compile(r"(?!(?i:aws):)[\w .:/=+@-]{1,128}")
_TAG_VALUE: Final = re.compile(r"[\w .:/=+@-]{0,256}")
# JavaScript's \w is of ASCII alone, so that editors know the ASCII that is refused.
_TAG_TEXT: Final = r"[^!-*,;<>?\[-^`{-~]"
TAG_KEY_SCHEMA: Final[dict[str, Any]] = {"pattern": rf"^(?![Aa][Ww][Ss]:){_TAG_TEXT}{{1,128}}$"}
TAG_VALUE_SCHEMA: Final[dict[str, Any]] = {"pattern": rf"^{_TAG_TEXT}{{0,256}}$"}


def _node_group_name(name: str) -> str:
    if not _NODE_GROUP_NAME.fullmatch(name):
        raise mistake("must be named by at most 40 of a-z, 0-9 and '-'")
    return name


def _app_name(name: str) -> str:
    if not _APP_NAME.fullmatch(name) or name == SAMPLE_APP:
        raise mistake(
            "must be named by at most 40 of a-z, 0-9 and '-', begin with a letter, and not be "
            f"{SAMPLE_APP}, default or kube-…"
        )
    return name


NODE_GROUP_NAME_SCHEMA: Final[dict[str, Any]] = whole(_NODE_GROUP_NAME)
APP_NAME_SCHEMA: Final[dict[str, Any]] = {**whole(_APP_NAME), "not": {"const": SAMPLE_APP}}

# Checked beside their entries, so that a mistake in one does not hide the name of another.
NodeGroupName = Annotated[str, AfterValidator(_node_group_name)]
AppName = Annotated[str, AfterValidator(_app_name)]


def tag_mistakes(key: str, value: str) -> Iterator[str]:
    """Yields why AWS would refuse the tag."""
    if not _TAG_KEY.fullmatch(key):
        yield "must be 1 to 128 letters, digits, spaces or _.:/=+-@, without aws: in front"
    if not _TAG_VALUE.fullmatch(value):
        yield f"must be letters, digits, spaces or _.:/=+-@, got {value!r}"
