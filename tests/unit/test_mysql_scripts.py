"""What MySQL Shell runs in pods, with a shell and an STS that are played."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

import pytest

from components.mysql.scripts import accounts, dumps

KEYS: Final = """<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIA1</AccessKeyId>
<SecretAccessKey>hidden</SecretAccessKey><SessionToken>token</SessionToken>
</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"""


class Session:
    """A session that says what it was asked."""

    def __init__(self, log: list[Any]) -> None:
        self.log = log

    def run_sql(self, text: str, values: Any = ()) -> Any:
        """Notes a statement."""
        self.log.append((text, list(values)))
        return self

    def fetch_one(self) -> tuple[str, str]:
        """Returns a member of the group."""
        return "mysql-1.mysql-instances.mysql.svc.cluster.local", "3306"

    def close(self) -> None:
        """Ends."""


class Shell:
    """A MySQL Shell that notes what it is asked; its ``util``, too."""

    def __init__(self) -> None:
        self.connections: list[dict[str, Any]] = []
        self.statements: list[Any] = []
        self.calls: list[tuple[str, str, dict[str, Any]]] = []

    def connect(self, to: dict[str, Any]) -> Session:
        """Notes a connection."""
        self.connections.append(to)
        return Session(self.statements)

    def dump_instance(self, name: str, options: dict[str, Any]) -> None:
        """Notes a dump."""
        self.calls.append(("dump", name, options))

    def load_dump(self, name: str, options: dict[str, Any]) -> None:
        """Notes a load."""
        self.calls.append(("load", name, options))


@pytest.fixture
def given(tmp_path: Path) -> dict[str, str]:
    for name, text in {"root": "r00t\n", "user": "us'er\n", "jwt": "a.b.c\n"}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return {
        "MYSQL_HOST": "mysql.mysql.svc",
        "MYSQL_PORT": "3306",
        "MYSQL_USER": "dumps",
        "ROOT_PASSWORD_FILE": str(tmp_path / "root"),
        "PASSWORD_FILE": str(tmp_path / "user"),
        "ACCOUNT": "shop",
        "DATABASE": "shop",
        "BUCKET": "dumps-1",
        "AWS_REGION": "eu-west-1",
        "DNS_SUFFIX": "amazonaws.com",
        "SESSION_SECONDS": "21600",
        "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/mysql-dumps",
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "jwt"),
    }


def test_an_account_is_made_and_made_anew_with_tls_and_its_database_alone(given: Any) -> None:
    shell = Shell()
    accounts.main(shell, given)

    (to,) = shell.connections
    assert (to["user"], to["password"], to["ssl-mode"]) == ("root", "r00t", "REQUIRED")
    texts = [text for text, _ in shell.statements]
    assert texts[0] == "CREATE DATABASE IF NOT EXISTS `shop`"
    assert texts[1].startswith("CREATE USER IF NOT EXISTS 'shop'@'%'")
    assert texts[2].startswith("ALTER USER 'shop'@'%'")
    assert all(text.endswith("REQUIRE SSL") for text in texts[1:3])
    assert texts[3] == "GRANT ALL PRIVILEGES ON `shop`.* TO 'shop'@'%'"
    # A password is a value and no part of a statement.
    assert [values for _, values in shell.statements] == [[], ["us'er"], ["us'er"], []]


@pytest.mark.parametrize(
    "wrong",
    [
        {"ACCOUNT": "a' OR '1"},
        {"ACCOUNT": "Shop"},
        {"DATABASE": "a`b"},
        {"PRIVILEGES": "ALL ON *.* TO x"},
        {"PRIVILEGES": "select"},
    ],
)
def test_what_is_no_name_runs_no_statement(given: Any, wrong: dict[str, str]) -> None:
    shell = Shell()
    with pytest.raises(ValueError, match="not a"):
        accounts.main(shell, {**given, **wrong})
    assert shell.statements == []


def test_a_dump_is_of_one_server_that_takes_no_writes(given: Any) -> None:
    shell = Shell()
    name = dumps.backup(shell, shell, given)

    router, server = shell.connections
    assert router["host"] == "mysql.mysql.svc"
    assert server["host"].startswith("mysql-1.mysql-instances")
    ((kind, dumped, options),) = shell.calls
    assert (kind, dumped) == ("dump", name)
    assert options["s3BucketName"] == "dumps-1"
    assert "s3EndpointOverride" not in options
    # What is the cluster's own would be in the way of a restore.
    assert options["excludeSchemas"] == ["mysql_innodb_cluster_metadata"]
    assert options["users"] is False


def test_another_partition_has_another_endpoint(given: Any) -> None:
    china = {**given, "AWS_REGION": "cn-north-1", "DNS_SUFFIX": "amazonaws.com.cn"}

    assert dumps.place(china)["s3EndpointOverride"] == "https://s3.cn-north-1.amazonaws.com.cn"


def test_a_restore_names_its_dump(given: Any) -> None:
    shell = Shell()
    with pytest.raises(ValueError, match="DUMP"):
        dumps.restore(shell, shell, given)
    dumps.restore(shell, shell, {**given, "DUMP": "2026-11-30T02-00-00Z"})

    ((kind, loaded, options),) = shell.calls
    assert (kind, loaded, options["progressFile"]) == ("load", "2026-11-30T02-00-00Z", "")


@pytest.fixture
def sts() -> Iterator[tuple[str, list[dict[str, list[str]]]]]:
    asked: list[dict[str, list[str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            asked.append(parse_qs(self.rfile.read(size).decode()))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(KEYS.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base's own
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", asked
        server.shutdown()


def test_the_keys_are_those_of_the_pod_s_own_role(
    given: Any, sts: tuple[str, list[dict[str, list[str]]]]
) -> None:
    address, asked = sts
    dumps.take_on_role(given, address)

    (query,) = asked
    assert query["RoleArn"] == [given["AWS_ROLE_ARN"]]
    assert query["WebIdentityToken"] == ["a.b.c"]
    assert query["DurationSeconds"] == ["21600"]
    assert given["AWS_ACCESS_KEY_ID"] == "ASIA1"
    assert given["AWS_SECRET_ACCESS_KEY"] == "hidden"
    assert given["AWS_SESSION_TOKEN"] == "token"
