"""Makes an account and its database, in MySQL Shell: what is there already stays.

Environment: ``MYSQL_HOST``, ``MYSQL_PORT``, ``ACCOUNT``, and ``DATABASE``, which is all that the
account may use, or else ``PRIVILEGES``, which it gets on everything. The passwords are files:
``ROOT_PASSWORD_FILE`` and ``PASSWORD_FILE``.
"""

import os
import re
from pathlib import Path
from typing import Any

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_PRIVILEGES = re.compile(r"[A-Z_]+( [A-Z_]+)*(, [A-Z_]+( [A-Z_]+)*)*")


def statements(account: str, database: str, privileges: str, password: str) -> list[Any]:
    """Returns the statements with what stands in the place of their question marks."""
    for name in filter(None, (account, database)):
        if not _NAME.fullmatch(name):
            raise ValueError(f"not a name of an account or a database: {name!r}")
    if not _PRIVILEGES.fullmatch(privileges):
        raise ValueError(f"not a list of privileges: {privileges!r}")
    what = f"`{database}`.*" if database else "*.*"
    made = [(f"CREATE DATABASE IF NOT EXISTS `{database}`", [])] if database else []
    return [
        *made,
        # Passwords travel through routers by TLS alone.
        (f"CREATE USER IF NOT EXISTS '{account}'@'%' IDENTIFIED BY ? REQUIRE SSL", [password]),
        # Of one that was there before, too.
        (f"ALTER USER '{account}'@'%' IDENTIFIED BY ? REQUIRE SSL", [password]),
        (f"GRANT {privileges} ON {what} TO '{account}'@'%'", []),
    ]


def main(shell: Any, given: Any) -> None:
    """Connects as root and makes the account."""
    session = shell.connect(
        {
            "scheme": "mysql",
            "host": given["MYSQL_HOST"],
            "port": int(given["MYSQL_PORT"]),
            "user": "root",
            "password": Path(given["ROOT_PASSWORD_FILE"]).read_text(encoding="utf-8").strip(),
            "ssl-mode": "REQUIRED",
        }
    )
    password = Path(given["PASSWORD_FILE"]).read_text(encoding="utf-8").strip()
    database, privileges = given.get("DATABASE", ""), given.get("PRIVILEGES", "ALL PRIVILEGES")
    for text, values in statements(given["ACCOUNT"], database, privileges, password):
        session.run_sql(text, values)
    session.close()


if __name__ == "__main__":
    import mysqlsh  # pyright: ignore[reportMissingImports]  # MySQL Shell brings it along

    main(mysqlsh.globals.shell, os.environ)
