"""Dumps all databases into a bucket, or loads a dump back, in MySQL Shell.

MySQL Shell itself knows no web identity, so that the keys of the role come from STS first.

Argument: ``backup`` or ``restore``. Environment: ``MYSQL_HOST``, ``MYSQL_PORT``, ``MYSQL_USER``,
``PASSWORD_FILE``, ``BUCKET``, ``AWS_REGION``, ``DNS_SUFFIX``, ``SESSION_SECONDS``; of a restore
``DUMP``, the name of the dump; and what EKS gives to pods with a role: ``AWS_ROLE_ARN`` and
``AWS_WEB_IDENTITY_TOKEN_FILE``.
"""

import os
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

# That of AWS's standard partition, for which MySQL Shell knows the endpoints.
_STANDARD = "amazonaws.com"
_VERSION = "{https://sts.amazonaws.com/doc/2011-06-15/}"
# What is the cluster's own: its topology and the accounts that the operator makes.
_OWN_SCHEMAS = ["mysql_innodb_cluster_metadata"]
_SECONDARIES_FIRST = (
    "SELECT MEMBER_HOST, MEMBER_PORT FROM performance_schema.replication_group_members"
    " WHERE MEMBER_STATE = 'ONLINE' ORDER BY MEMBER_ROLE = 'PRIMARY', MEMBER_HOST"
)


def take_on_role(given: Any, endpoint: str = "") -> None:
    """Puts the keys of the pod's role into the environment.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html

    :param endpoint: of STS; empty: that of the region.
    """
    address = endpoint or f"https://sts.{given['AWS_REGION']}.{given['DNS_SUFFIX']}/"
    token = Path(given["AWS_WEB_IDENTITY_TOKEN_FILE"]).read_text(encoding="utf-8").strip()
    query = {
        "Action": "AssumeRoleWithWebIdentity",
        "Version": "2011-06-15",
        "RoleArn": given["AWS_ROLE_ARN"],
        "RoleSessionName": "mysql-dumps",
        "WebIdentityToken": token,
        "DurationSeconds": given["SESSION_SECONDS"],
    }
    request = Request(address, data=urlencode(query).encode())  # noqa: S310  STS's own address
    with urlopen(request, timeout=30) as answer:  # noqa: S310  as above
        answered = ET.fromstring(answer.read())  # noqa: S314  as above
    keys = answered.find(f".//{_VERSION}Credentials")
    if keys is None:
        raise RuntimeError("STS gave no keys")
    for variable, key in (
        ("AWS_ACCESS_KEY_ID", "AccessKeyId"),
        ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey"),
        ("AWS_SESSION_TOKEN", "SessionToken"),
    ):
        given[variable] = keys.findtext(f"{_VERSION}{key}") or ""


def place(given: Any) -> dict[str, Any]:
    """Returns the options that say where dumps are."""
    options = {"s3BucketName": given["BUCKET"], "s3Region": given["AWS_REGION"]}
    if given["DNS_SUFFIX"] != _STANDARD:
        address = f"https://s3.{given['AWS_REGION']}.{given['DNS_SUFFIX']}"
        options["s3EndpointOverride"] = address
    return options


def connect(shell: Any, given: Any, host: str, port: int) -> Any:
    """Returns a session of the account with one host."""
    return shell.connect(
        {
            "scheme": "mysql",
            "host": host,
            "port": port,
            "user": given["MYSQL_USER"],
            "password": Path(given["PASSWORD_FILE"]).read_text(encoding="utf-8").strip(),
            "ssl-mode": "REQUIRED",
        }
    )


def backup(shell: Any, util: Any, given: Any) -> str:
    """Dumps from one server, not the one that takes the writes, and returns the dump's name."""
    session = connect(shell, given, given["MYSQL_HOST"], int(given["MYSQL_PORT"]))
    host, port = session.run_sql(_SECONDARIES_FIRST).fetch_one()
    session.close()
    # A dump opens several sessions, and through a router they would be of several servers.
    connect(shell, given, host, int(port))
    name = time.strftime("%Y-%m-%dT%H-%M-%SZ", time.gmtime())
    options = {"excludeSchemas": _OWN_SCHEMAS, "users": False, "threads": 2, "showProgress": False}
    util.dump_instance(name, {**options, **place(given)})
    return name


def restore(shell: Any, util: Any, given: Any) -> str:
    """Loads a dump into servers that have none of its databases, and returns its name."""
    name = given.get("DUMP", "")
    if not name:
        raise ValueError("DUMP: names the dump to load, such as 2026-11-30T02-00-00Z")
    connect(shell, given, given["MYSQL_HOST"], int(given["MYSQL_PORT"]))
    # Without a file of its progress, which it would keep in the bucket.
    options = {"progressFile": "", "threads": 2, "showProgress": False}
    util.load_dump(name, {**options, **place(given)})
    return name


if __name__ == "__main__":
    import mysqlsh  # pyright: ignore[reportMissingImports]  # MySQL Shell brings it along

    take_on_role(os.environ)
    act = {"backup": backup, "restore": restore}[sys.argv[-1]]
    name = act(mysqlsh.globals.shell, mysqlsh.globals.util, os.environ)
    print(f"{sys.argv[-1]}: {name}")  # noqa: T201  the pod's log
