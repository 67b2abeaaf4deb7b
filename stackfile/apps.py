"""The section about more applications: NGINX as the sample has it, or images of the user's own."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

from pydantic import Field, field_validator

import versions
from planning.aws_limits import LONGEST_HEALTH_PATH

from .checks import Check, text
from .placeholders import MIRROR_ACCOUNT
from .section import FollowsError, Place, Section, raise_all
from .types import Image
from .workloads import SampleAppSettings

# What the platform itself tells an application.
_TOLD: Final = frozenset({"PORT", "KEEP_ALIVE_SECONDS", "DRAIN_LIMIT_SECONDS"})
_TOLD_PREFIXES: Final = ("CONFIGURATION_", "DATABASE_")
_SECRET_WORDS: Final = ("PASSWORD", "PASSWD", "SECRET", "TOKEN", "CREDENTIAL", "PRIVATE_KEY")
# https://kubernetes.io/docs/concepts/configuration/configmap/
LARGEST_CONFIG_MAP: Final = 1024 * 1024

HttpPath = Annotated[
    str,
    text(
        rf"(?=.{{1,{LONGEST_HEALTH_PATH}}}$)/[A-Za-z0-9._~/-]*",
        f"must be a path such as /healthz, of at most {LONGEST_HEALTH_PATH} characters",
    ),
]
VariableName = Annotated[
    str, text("[A-Za-z_][A-Za-z0-9_]{0,127}", "must be the name of a variable such as LOG_LEVEL")
]
FileName = Annotated[
    str, text(r"(?!\.\.)[A-Za-z0-9._-]{1,253}", "must be the name of a file such as app.toml")
]


# What the servers have themselves, or their operator and dumps.
_OWN_NAMES: Final = "mysql.*|sys|root|dumps|information_schema|performance_schema|wordpress"
DatabaseName = Annotated[
    str,
    text(
        f"(?!({_OWN_NAMES})$)[a-z][a-z0-9_]{{0,31}}",
        "must be at most 32 of a-z, 0-9 and '_', begin with a letter, and be no name of MySQL's "
        "own, nor wordpress",
    ),
]


def _too_large(files: Mapping[str, str]) -> str | None:
    size = sum(len(name) + len(content.encode()) for name, content in files.items())
    if size <= LARGEST_CONFIG_MAP:
        return None
    return f"must have at most {LARGEST_CONFIG_MAP:,} bytes, which a ConfigMap takes, got {size:,}"


class OwnContainerSettings(Section):
    """``container`` of an application: what an image of one's own is and needs."""

    port: Annotated[int, Field(ge=1024, le=65_535)] = 8080
    """Where it listens for HTTP; it is told in PORT."""
    health_path: HttpPath = "/healthz"
    """Answers 200 while the process can serve, whatever it depends on, and as long as it drains:
    for the load balancer and for restarts."""
    ready_path: HttpPath | None = Field(default=None, examples=["/readyz"])
    """Answers 200 while the pod is to get requests, and may ask what it depends on; absent:
    healthPath."""
    user_id: Annotated[int, Field(ge=1, le=2**31 - 1)] = 10_001
    """The user and group that it runs as."""
    database: DatabaseName | None = Field(default=None, examples=["shop"])
    """The name of a database of the section mysql, and of the account that may use it alone; the
    platform makes both, tells host, name and user, and gives the password as a file. Absent: none.
    """
    environment: dict[VariableName, str] = Field(default={}, examples=[{"LOG_LEVEL": "INFO"}])
    """Variables, beside those that the platform sets. A secret is a file, and never a variable."""
    configuration: Annotated[dict[FileName, str], Check(_too_large, {})] = Field(
        default={}, examples=[{"app.toml": "page_size = 50"}]
    )
    """Files of a ConfigMap by name, in the directory that CONFIGURATION_DIRECTORY names; a changed
    one rolls the pods."""

    @field_validator("environment")
    @classmethod
    def _check_environment(cls, environment: dict[str, str]) -> dict[str, str]:
        raise_all(
            ((name,), fault) for name in environment if (fault := _variable_fault(name)) is not None
        )
        return environment


def _variable_fault(name: str) -> str | None:
    if name in _TOLD or name.startswith(_TOLD_PREFIXES):
        return "is set by the platform; remove it"
    upper = name.upper()
    if not upper.endswith("_FILE") and any(word in upper for word in _SECRET_WORDS):
        return "is no place for a secret, which would stand in the stack file; give its file's path"
    return None


class AppSettings(SampleAppSettings):
    """Each entry of ``apps``: NGINX as in ``sampleApp``, or with ``container`` one's own image."""

    image: Annotated[Image, MIRROR_ACCOUNT] = versions.SAMPLE_APP_IMAGE
    """With container, required there: the image. Else an NGINX image as in sampleApp. With a tag
    other than latest or a digest."""
    container: OwnContainerSettings | None = None
    """What an image of one's own is and needs; absent: the image is NGINX, with a page."""

    def conflicts(self) -> Iterator[tuple[str, str | FollowsError]]:
        """Yields what an NLB has no place for, and a container without an image."""
        yield from super().conflicts()
        if self.container is not None and "image" not in self.model_fields_set:
            yield "image", FollowsError("is required with container: its image", "container")


def database_mistakes(
    apps: Mapping[str, AppSettings], earlier: Mapping[str, Any]
) -> Iterator[tuple[Place, str]]:
    """Yields place and message of databases that nobody has, or that two applications share."""
    owners: dict[str, str] = {}
    for name, app in apps.items():
        database = app.container.database if app.container else None
        if database is None:
            continue
        place: Place = (name, "container", "database")
        if "mysql" in earlier and earlier["mysql"] is None:
            yield place, f"needs the section mysql, which is not there, got {database!r}"
        if other := owners.get(database):
            yield place, f"is the database of {other} already, and an account has one password"
        owners.setdefault(database, name)
