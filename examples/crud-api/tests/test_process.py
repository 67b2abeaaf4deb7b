"""The API as a container runs it: from its start to its end."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest
from crud_api.settings import CONFIGURATION_FILE, DatabaseSettings, Settings
from mariadb import PASSWORD, MariaDb, free_port

FOLDER = Path(__file__).resolve().parent.parent


class Served:
    """A process of the API."""

    def __init__(self, settings: DatabaseSettings, configuration: Path) -> None:
        self.port = free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "crud_api"],
            cwd=FOLDER,
            env={
                "PATH": os.environ["PATH"],
                "PORT": str(self.port),
                "DRAIN_LIMIT_SECONDS": "10",
                "CONFIGURATION_DIRECTORY": str(configuration),
                "DATABASE_HOST": settings.host,
                "DATABASE_PORT": str(settings.port),
                "DATABASE_NAME": settings.name,
                "DATABASE_USER": settings.user,
                "DATABASE_PASSWORD_FILE": str(settings.password_file),
                "DATABASE_CA_FILE": str(settings.ca_file),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.url = f"http://127.0.0.1:{self.port}"

    def wait_until_ready(self) -> None:
        """Waits as a kubelet does."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                if httpx.get(f"{self.url}/readyz").status_code == 200:
                    return
            except httpx.ConnectError:
                pass
            time.sleep(0.1)
        raise TimeoutError


@pytest.fixture
def served(settings: DatabaseSettings, tmp_path: Path) -> Iterator[Served]:
    """Returns a process that is ready."""
    (tmp_path / CONFIGURATION_FILE).write_text("page_size = 2\n", encoding="utf-8")
    made = Served(settings, tmp_path)
    try:
        made.wait_until_ready()
        yield made
    finally:
        made.process.kill()
        made.process.communicate()


def test_a_request_under_way_ends_before_the_process_does(served: Served, server: MariaDb) -> None:
    place = httpx.post(f"{served.url}/items", json={"name": "tea"}).headers["location"]
    answers: list[httpx.Response] = []

    def change() -> None:
        body = {"name": "coffee"}
        answers.append(httpx.put(f"{served.url}{place}", json=body, timeout=15))

    with server.connect() as other, other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT * FROM shop.item FOR UPDATE")
        request = threading.Thread(target=change)
        request.start()
        time.sleep(1)
        served.process.send_signal(signal.SIGTERM)
        time.sleep(1)
        assert served.process.poll() is None
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{served.url}/healthz")
        cursor.execute("COMMIT")
    request.join()
    assert [(answer.status_code, answer.json()["name"]) for answer in answers] == [(200, "coffee")]
    # The kernel drops a signal that the first process of a container sends itself: there it is 0.
    assert served.process.wait(10) in {0, -signal.SIGTERM}


def test_logs_are_json_and_say_nothing_secret(served: Served, server: MariaDb) -> None:
    httpx.post(f"{served.url}/items", json={"name": "a private name"})
    httpx.post(f"{served.url}/items", json={"name": "a private name"})
    httpx.get(f"{served.url}/items", params={"after": "0", "limit": "1"})
    server.stop()
    try:
        httpx.post(f"{served.url}/items", json={"name": "another private name"})
    finally:
        server.start()
    served.process.send_signal(signal.SIGTERM)
    output, _ = served.process.communicate(timeout=20)
    lines = [json.loads(line) for line in output.splitlines()]
    asked = [(line["path"], line["status"]) for line in lines if line["message"] == "request"]
    assert asked == [("/items", 201), ("/items", 409), ("/items", 200), ("/items", 503)]
    assert any("does not answer" in line["message"] for line in lines)
    for secret in (PASSWORD, "private name", "INSERT", "limit="):
        assert secret not in output


def test_the_configuration_of_the_config_map_is_used(served: Served) -> None:
    for number in range(3):
        httpx.post(f"{served.url}/items", json={"name": str(number)}).raise_for_status()
    assert len(httpx.get(f"{served.url}/items").json()["items"]) == 2


def test_the_scenario_of_the_load_test_runs_without_a_failure(
    served: Served, tmp_path: Path
) -> None:
    options = "--headless --users 5 --spawn-rate 5 --run-time 5s --stop-timeout 9 --json"
    result = subprocess.run(
        [
            *(sys.executable, "-m", "locust", "--host", served.url, *options.split()),
            *("--locustfile", str(FOLDER / "load.py")),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    parts = json.loads(result.stdout)
    assert {part["method"] for part in parts} >= {"GET", "POST"}
    assert sum(part["num_failures"] for part in parts) == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"DATABASE_HOST": ""}, "missing: DATABASE_HOST"),
        ({"DATABASE_TLS": "maybe"}, "DATABASE_TLS: must be required or off, got 'maybe'"),
        ({"PORT": "http"}, "invalid literal"),
    ],
)
def test_variables_that_mean_nothing_are_refused(change: dict[str, str], message: str) -> None:
    names = ("HOST", "NAME", "USER", "PASSWORD_FILE")
    environment = {f"DATABASE_{name}": "x" for name in names} | change
    with pytest.raises(ValueError, match=message):
        Settings.read(environment)


def test_a_configuration_with_an_unknown_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / CONFIGURATION_FILE).write_text("pagesize = 2\n", encoding="utf-8")
    environment = {f"DATABASE_{name}": "x" for name in ("HOST", "NAME", "USER", "PASSWORD_FILE")}
    with pytest.raises(ValueError, match="pagesize"):
        Settings.read({**environment, "CONFIGURATION_DIRECTORY": str(tmp_path)})
