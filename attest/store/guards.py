# ruff: noqa: S608 - table and column names come from the schema, never from input
"""What a database must be before anything is promised on it: durable, and unwilling to change a ledger table.

Tried, not believed: a row of a tenant that nobody has is put into every ledger table, and then changed, deleted,
replaced and followed by a gap, all inside a transaction that is rolled back.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy import LargeBinary, text
from sqlalchemy.exc import DBAPIError

from attest.errors import Refused
from attest.store.tables import LEDGER_TABLES, metadata

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine, Table

PROBE: Final = "-self-test-"
"""The tenant of the probe's rows; no name of a tenant looks so."""
_PRAGMAS: Final = {"synchronous": ("2", "3"), "journal_mode": ("wal", "delete", "truncate", "persist")}
"""What SQLite may say: FULL or EXTRA; a journal on disk."""
_GAP: Final = 7
_NUMBERED: Final = {"entry": "idx"}


def require_durable(engine: Engine) -> None:
    """Refuse a database that answers before the bytes are on disk.

    What the disk itself promises is not checked: a drive or host that lies about flushing is not seen from here.

    Raises:
        Refused: `store.not-durable`, with the setting.
    """
    with engine.connect() as connection:
        names = ("fsync", "full_page_writes", "synchronous_commit")
        if engine.dialect.name == "postgresql":
            found = {name: str(connection.exec_driver_sql(f"SHOW {name}").scalar()) for name in names}
            wrong = [name for name, value in found.items() if value == "off"]
        else:
            found = {name: str(connection.exec_driver_sql(f"PRAGMA {name}").scalar()) for name in _PRAGMAS}
            wrong = [name for name, value in found.items() if value not in _PRAGMAS[name]]
        connection.rollback()
    for name in wrong:
        raise Refused("store.not-durable", expected="on", got=found[name], where=name)


def require_append_only(engine: Engine) -> None:
    """Refuse a database whose ledger tables this very connection could change.

    On PostgreSQL also where its role could switch the triggers off: a superuser, an owner, or a member of one. On
    SQLite whoever can write the file could do that; there the Merkle tree is the only guard, and nothing is refused.

    Raises:
        Refused: `store.not-append-only`, with the table and the statement that was not refused.
    """
    if engine.dialect.name == "postgresql":
        _require_small_role(engine)
    with engine.connect().execution_options(whereof_mode="IMMEDIATE") as connection:
        for name in LEDGER_TABLES:
            _try_to_break(connection, metadata.tables[name])
        connection.rollback()


def _require_small_role(engine: Engine) -> None:
    with engine.connect() as connection:
        if connection.execute(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")).scalar():
            raise Refused(
                "store.not-append-only", "the service connects as a superuser", expected="a member of whereof_app"
            )
        owners = text(
            "SELECT relname FROM pg_class WHERE oid = CAST(:name AS regclass) AND pg_has_role(relowner, 'MEMBER')"
        )
        for name in LEDGER_TABLES:
            if connection.execute(owners, {"name": name}).first():
                raise Refused("store.not-append-only", "the service's role owns the table", where=name)
        connection.rollback()


def _try_to_break(connection: Connection, table: Table) -> None:
    place = f"tenant = '{PROBE}'"
    column = next(iter(table.primary_key.columns)).name
    values = _values(table)
    _insert(connection, table, values)
    attempts = [f"UPDATE {table.name} SET {column} = {column} WHERE {place}", f"DELETE FROM {table.name} WHERE {place}"]
    if connection.dialect.name == "postgresql":
        attempts.append(f"TRUNCATE {table.name}")
    else:
        attempts.append(f"INSERT OR REPLACE INTO {table.name} SELECT * FROM {table.name} WHERE {place}")
    for statement in attempts:
        if _succeeds(connection, partial(connection.exec_driver_sql, statement)):
            raise Refused("store.not-append-only", got=statement.split()[0], where=table.name)
    if table.name in _NUMBERED:
        later = values | {_NUMBERED[table.name]: _GAP}
        if _succeeds(connection, partial(_insert, connection, table, later)):
            raise Refused("store.not-append-only", "a row after a gap was taken", got="INSERT", where=table.name)


def _insert(connection: Connection, table: Table, values: dict[str, object]) -> None:
    connection.execute(table.insert().values(values))


def _succeeds(connection: Connection, attempt: Callable[[], object]) -> bool:
    point = connection.begin_nested()
    try:
        attempt()
    except DBAPIError:
        point.rollback()
        return False
    point.rollback()
    return True


def _values(table: Table) -> dict[str, object]:
    """A row that the columns take and nobody could mistake for one of a log."""
    made: dict[str, object] = {}
    for column in table.columns:
        if column.name in {"tenant", "log", "origin"}:
            made[column.name] = PROBE
        elif isinstance(column.type, LargeBinary):
            made[column.name] = b""
        else:
            made[column.name] = "" if column.type.python_type is str else 0
    return made
