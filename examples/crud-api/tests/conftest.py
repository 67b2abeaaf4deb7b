"""One MariaDB for all tests, and an API on it."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from crud_api.app import make_app
from crud_api.database import Database
from crud_api.settings import Configuration, DatabaseSettings
from fastapi.testclient import TestClient
from mariadb import PASSWORD, USER, MariaDb, missing_programs


@pytest.fixture(scope="session")
def server() -> Iterator[MariaDb]:
    """Returns a server that runs, empty but for a database and its user."""
    if missing := missing_programs():
        pytest.skip(f"{', '.join(missing)} of Debian's package mariadb-server is not here")
    # Below /tmp, since the path of a socket has 107 characters at most.
    with tempfile.TemporaryDirectory(prefix="crud-") as folder:
        made = MariaDb(Path(folder))
        try:
            made.install()
            yield made
        finally:
            made.stop()


@pytest.fixture
def settings(server: MariaDb, tmp_path: Path) -> DatabaseSettings:
    """Returns how the API reaches an empty database."""
    server.run("DROP TABLE IF EXISTS shop.item, shop.schema_version")
    password_file = tmp_path / "password"
    password_file.write_text(f"{PASSWORD}\n", encoding="utf-8")
    return DatabaseSettings(
        host="127.0.0.1",
        port=server.port,
        name="shop",
        user=USER,
        password_file=password_file,
        ca_file=server.certificate,
    )


@pytest.fixture
def client(settings: DatabaseSettings) -> Iterator[TestClient]:
    """Returns a client of an API whose pod is ready."""
    app = make_app(Database(settings), Configuration(page_size=3))
    with TestClient(app, raise_server_exceptions=False) as made:
        made.get("/readyz").raise_for_status()
        yield made
