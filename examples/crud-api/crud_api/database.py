"""The table of items in MySQL, through connections that outlive a failover."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Row, create_engine, event, text
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.exc import DBAPIError

from .settings import DatabaseSettings

T = TypeVar("T")
_LOG: Final = logging.getLogger(__name__)
# What a server says that is not, or no more, the one to write to: after a failover the connections
# to it are as lost as those that broke
# (https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html).
NOT_THE_PRIMARY: Final = frozenset({1290, 1792, 1836, 3100})
_DUPLICATE: Final = 1062
# Each is applied once, in this order, and never changed again. MySQL cannot take back what defines
# a table, so that each of them must do no harm when it is applied a second time. Group Replication
# asks for a primary key (https://dev.mysql.com/doc/refman/8.4/en/group-replication-requirements.html).
_MIGRATIONS: Final = (
    """
    CREATE TABLE IF NOT EXISTS item (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      name VARCHAR(100) NOT NULL,
      note VARCHAR(1000) NOT NULL,
      UNIQUE KEY item_name (name)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
    """,
)
_LOCK_SECONDS: Final = 5


class DuplicateError(Exception):
    """An item of that name is there already."""


class SchemaBusyError(Exception):
    """Another pod is changing the tables."""


@dataclass(frozen=True, slots=True)
class Item:
    """A row of the table."""

    id: int
    name: str
    note: str


class Database:
    """The items, with a pool of connections.

    A connection is tried before it is used, so that one which broke is replaced and not handed
    out. What reads, or writes what a second time leaves the same, is repeated once where the
    connection breaks under way; a creation is not, since nobody knows whether it was done.
    """

    def __init__(self, settings: DatabaseSettings) -> None:
        self._engine = create_engine(
            URL.create(
                "mysql+pymysql",
                username=settings.user,
                host=settings.host,
                port=settings.port,
                database=settings.name,
            ),
            connect_args=_connection_arguments(settings),
            pool_size=settings.pool_size,
            max_overflow=settings.pool_size,
            pool_pre_ping=True,
            # Below the time after which servers and routers close idle connections.
            pool_recycle=300,
            pool_timeout=5,
            # What people send never stands in a log.
            hide_parameters=True,
        )
        self._lock_name = f"{settings.name[:50]}.schema"
        self._has_schema = False
        self._migrating = threading.Lock()
        event.listen(self._engine, "do_connect", _password_of(settings))
        event.listen(self._engine, "handle_error", _lose_old_primary)

    def check(self) -> None:
        """Raises where the database does not answer, or the tables cannot be made."""
        with self._migrating:
            if not self._has_schema:
                self._migrate()
                self._has_schema = True
        self._run(lambda connection: connection.execute(text("SELECT 1")), repeats=True)

    def page(self, after: int, limit: int) -> Sequence[Item]:
        """Returns the items after an ID, in the order of their IDs."""
        query = text("SELECT id, name, note FROM item WHERE id > :id ORDER BY id LIMIT :limit")
        found = {"id": after, "limit": limit}
        return self._run(lambda c: [_item(row) for row in c.execute(query, found)], repeats=True)

    def find(self, item_id: int) -> Item | None:
        """Returns the item with that ID."""
        query = text("SELECT id, name, note FROM item WHERE id = :id")
        row = self._run(lambda c: c.execute(query, {"id": item_id}).one_or_none(), repeats=True)
        return _item(row) if row else None

    def create(self, name: str, note: str) -> Item:
        """Makes an item.

        :raises DuplicateError: where there is one of that name.
        """
        insert = text("INSERT INTO item (name, note) VALUES (:name, :note)")
        made = self._run(
            lambda c: c.execute(insert, {"name": name, "note": note}).lastrowid, repeats=False
        )
        return Item(int(made), name, note)

    def replace(self, item: Item) -> bool:
        """Changes an item and returns whether it is there.

        :raises DuplicateError: where another one has that name.
        """

        def work(connection: Connection) -> bool:
            there = text("SELECT id FROM item WHERE id = :id FOR UPDATE")
            if connection.execute(there, {"id": item.id}).one_or_none() is None:
                return False
            update = text("UPDATE item SET name = :name, note = :note WHERE id = :id")
            values = {"id": item.id, "name": item.name, "note": item.note}
            connection.execute(update, values)
            return True

        return self._run(work, repeats=True)

    def delete(self, item_id: int) -> bool:
        """Takes an item away and returns whether it was there."""
        delete = text("DELETE FROM item WHERE id = :id")
        return self._run(lambda c: c.execute(delete, {"id": item_id}).rowcount > 0, repeats=False)

    def close(self) -> None:
        """Closes the connections."""
        self._engine.dispose()

    def _run(self, work: Callable[[Connection], T], *, repeats: bool) -> T:
        """Returns what work in one transaction returns."""
        try:
            with self._engine.begin() as connection:
                return work(connection)
        except DBAPIError as error:
            if _code(error.orig) == _DUPLICATE:
                raise DuplicateError from None
            if not (repeats and error.connection_invalidated):
                raise
            _LOG.warning("a connection broke, and the work is repeated")
        with self._engine.begin() as connection:
            return work(connection)

    def _migrate(self) -> None:
        """Brings the tables up to date: one pod at a time, by a lock of the server's."""
        with self._engine.connect() as connection:
            held = {"name": self._lock_name, "seconds": _LOCK_SECONDS}
            if connection.scalar(text("SELECT GET_LOCK(:name, :seconds)"), held) != 1:
                raise SchemaBusyError
            try:
                _apply(connection)
            finally:
                if not connection.invalidated:
                    connection.execute(text("SELECT RELEASE_LOCK(:name)"), held)
                    connection.commit()


def _apply(connection: Connection) -> None:
    connection.execute(
        text("CREATE TABLE IF NOT EXISTS schema_version (version INT NOT NULL PRIMARY KEY)")
    )
    done = connection.scalar(text("SELECT COALESCE(MAX(version), 0) FROM schema_version"))
    for version, statement in enumerate(_MIGRATIONS, start=1):
        if version > int(done or 0):
            connection.execute(text(statement))
            insert = text("INSERT INTO schema_version (version) VALUES (:version)")
            connection.execute(insert, {"version": version})
            connection.commit()
            _LOG.info("the tables are of version %s", version)


def _connection_arguments(settings: DatabaseSettings) -> dict[str, Any]:
    # Shorter than a kubelet waits for an answer to two probes.
    arguments: dict[str, Any] = {"connect_timeout": 3, "read_timeout": 15, "write_timeout": 15}
    if settings.tls == "off":
        return {**arguments, "ssl_disabled": True}
    if settings.ca_file is None:
        return {**arguments, "ssl": {"check_hostname": False, "verify_mode": "none"}}
    return {**arguments, "ssl_ca": str(settings.ca_file), "ssl_verify_identity": True}


def _password_of(settings: DatabaseSettings) -> Callable[..., None]:
    def connect(_: object, __: object, ___: object, parameters: dict[str, Any]) -> None:
        parameters["password"] = settings.password()

    return connect


def _lose_old_primary(context: ExceptionContext) -> None:
    """Treats a server that takes no more writes as lost, and with it all connections to it."""
    if _code(context.original_exception) in NOT_THE_PRIMARY:
        context.is_disconnect = True


def _code(error: BaseException | None) -> int | None:
    return error.args[0] if error and error.args and isinstance(error.args[0], int) else None


def _item(row: Row[Any]) -> Item:
    return Item(row.id, row.name, row.note)
