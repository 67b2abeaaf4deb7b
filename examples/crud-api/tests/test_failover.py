"""What the API does while its database is away, has moved, or has another password."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from crud_api.database import Database
from crud_api.settings import DatabaseSettings
from fastapi.testclient import TestClient
from mariadb import PASSWORD, USER, MariaDb, write_certificate
from sqlalchemy.exc import DBAPIError


def test_a_server_that_restarts_costs_no_request_afterwards(
    client: TestClient, server: MariaDb
) -> None:
    place = client.post("/items", json={"name": "tea"}).headers["location"]
    server.stop()
    server.start()
    assert client.get(place).status_code == 200
    assert client.put(place, json={"name": "coffee"}).status_code == 200


def test_without_the_database_the_pod_lives_and_is_not_ready(
    client: TestClient, server: MariaDb
) -> None:
    server.stop()
    try:
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
        answer = client.get("/items")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        assert answer.json()["detail"] == "the database does not answer"
    finally:
        server.start()
    assert client.get("/readyz").status_code == 200


def connections(server: MariaDb) -> set[object]:
    """Returns the IDs of the API's connections."""
    query = f"SELECT id FROM information_schema.processlist WHERE user = '{USER}'"
    return {row[0] for row in server.run(query)}


def test_connections_to_a_server_that_only_reads_are_given_up(
    client: TestClient, server: MariaDb
) -> None:
    before = connections(server)
    server.run("SET GLOBAL read_only = 1")
    try:
        assert client.post("/items", json={"name": "tea"}).status_code == 503
    finally:
        server.run("SET GLOBAL read_only = 0")
    assert client.post("/items", json={"name": "tea"}).status_code == 201
    assert before
    assert not before & connections(server)


def test_a_connection_that_breaks_under_way_repeats_what_may_be_repeated(
    settings: DatabaseSettings, server: MariaDb
) -> None:
    database = Database(settings)
    database.check()
    item = database.create("tea", "")
    broken: list[object] = []

    def break_once(connection: object) -> None:
        if not broken:
            broken.append(connection)
            for identifier in connections(server):
                server.run(f"KILL {identifier}")

    run = database._run  # noqa: SLF001  the seam
    database._run = lambda work, *, repeats: run(  # type: ignore[method-assign]  # noqa: SLF001
        lambda connection: (break_once(connection), work(connection))[1], repeats=repeats
    )
    assert database.find(item.id) == item
    broken.clear()
    with pytest.raises(DBAPIError):
        database.create("coffee", "")
    database.close()


def test_pods_that_start_together_make_the_tables_once(
    settings: DatabaseSettings, server: MariaDb
) -> None:
    pods = [Database(settings) for _ in range(6)]
    with ThreadPoolExecutor(len(pods)) as pool:
        for result in [pool.submit(pod.check) for pod in pods]:
            result.result()
    assert server.run("SELECT version FROM shop.schema_version") == [(1,)]
    for pod in pods:
        pod.close()


def test_tables_that_are_half_made_are_finished(
    settings: DatabaseSettings, server: MariaDb
) -> None:
    Database(settings).check()
    server.run("DELETE FROM shop.schema_version")
    Database(settings).check()
    assert server.run("SELECT version FROM shop.schema_version") == [(1,)]


def test_a_new_connection_reads_the_password_again(
    settings: DatabaseSettings, server: MariaDb
) -> None:
    database = Database(settings)
    database.check()
    try:
        server.run(f"ALTER USER {USER}@'%' IDENTIFIED BY 'another one'")
        settings.password_file.write_text("another one", encoding="utf-8")
        for identifier in connections(server):
            server.run(f"KILL {identifier}")
        database.check()
    finally:
        server.run(f"ALTER USER {USER}@'%' IDENTIFIED BY '{PASSWORD}'")
    database.close()


def test_a_server_with_another_certificate_gets_no_password(
    settings: DatabaseSettings, tmp_path: Path
) -> None:
    other = replace(settings, ca_file=write_certificate(tmp_path, "other"))
    with pytest.raises(DBAPIError, match="CERTIFICATE_VERIFY_FAILED"):
        Database(other).check()
    Database(replace(settings, ca_file=None)).check()
