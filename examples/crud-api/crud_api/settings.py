"""What the API is told: variables by the platform, a file of a ConfigMap, a password's file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

CONFIGURATION_FILE = "crud-api.toml"


class Configuration(BaseModel):
    """The file ``crud-api.toml`` of the ConfigMap; a key that is not known is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    # The most items of one answer.
    page_size: Annotated[int, Field(ge=1, le=500)] = 100

    @classmethod
    def read(cls, directory: str | None) -> Self:
        """Returns what the file says, or the defaults where there is none."""
        path = Path(directory or "/nonexistent") / CONFIGURATION_FILE
        if not path.is_file():
            return cls()
        return cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))


@dataclass(frozen=True, kw_only=True, slots=True)
class DatabaseSettings:
    """Where the database is and who asks it.

    :param password_file: read at each new connection, so that a changed password is used.
    :param tls: ``required``: no connection without TLS.
    :param ca_file: with it the server's certificate and name are checked.
    :param pool_size: connections that one pod keeps, and as many more under load.
    """

    host: str
    port: int = 3306
    name: str
    user: str
    password_file: Path
    tls: Literal["required", "off"] = "required"
    ca_file: Path | None = None
    pool_size: int = 5

    def password(self) -> str:
        """Returns the password as the file has it now."""
        return self.password_file.read_text(encoding="utf-8").rstrip("\n")


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """All that the API is told."""

    port: int
    keep_alive_seconds: int
    drain_limit_seconds: int
    database: DatabaseSettings
    configuration: Configuration

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Returns the settings of these variables.

        :raises ValueError: for variables that are missing or mean nothing.
        """
        needed = ("DATABASE_HOST", "DATABASE_NAME", "DATABASE_USER", "DATABASE_PASSWORD_FILE")
        if missing := [name for name in needed if not environment.get(name)]:
            raise ValueError(f"variables that are missing: {', '.join(missing)}")
        tls = environment.get("DATABASE_TLS", "required")
        if tls not in {"required", "off"}:
            raise ValueError(f"DATABASE_TLS: must be required or off, got {tls!r}")
        ca_file = environment.get("DATABASE_CA_FILE")
        return cls(
            port=int(environment.get("PORT", "8080")),
            keep_alive_seconds=int(environment.get("KEEP_ALIVE_SECONDS", "75")),
            drain_limit_seconds=int(environment.get("DRAIN_LIMIT_SECONDS", "35")),
            database=DatabaseSettings(
                host=environment["DATABASE_HOST"],
                port=int(environment.get("DATABASE_PORT", "3306")),
                name=environment["DATABASE_NAME"],
                user=environment["DATABASE_USER"],
                password_file=Path(environment["DATABASE_PASSWORD_FILE"]),
                tls="required" if tls == "required" else "off",
                ca_file=Path(ca_file) if ca_file else None,
                pool_size=int(environment.get("DATABASE_POOL_SIZE", "5")),
            ),
            configuration=Configuration.read(environment.get("CONFIGURATION_DIRECTORY")),
        )
