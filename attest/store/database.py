"""Transactions on the store: who only reads says so, who writes holds the write lock from the first statement on."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, inspect, select
from sqlmodel import Session

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Engine
    from sqlmodel import SQLModel

ROWS_AT_ONCE: Final = 64
"""Rows of one INSERT of SQLite; with more it takes as long. Between statements other threads come to their turn."""


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Open a transaction that sees one state of the database and changes nothing."""
    # PostgreSQL would otherwise show each statement another state.
    options = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    connection = engine.connect().execution_options(**options)
    with connection, Session(connection, autoflush=False, expire_on_commit=False) as session:
        yield session
        connection.rollback()


@contextmanager
def writing(engine: Engine, *, alone: str | None = None) -> Iterator[Session]:
    """Open a transaction that writes; it is committed, durably, when the block ends without an exception.

    On SQLite the write lock is taken at the start (BEGIN IMMEDIATE), so what is read is what is written upon. On
    PostgreSQL `alone` names what only one transaction at a time may do, whichever process or machine it is of.
    """
    connection = engine.connect().execution_options(whereof_mode="IMMEDIATE")
    with connection, Session(connection, expire_on_commit=False) as session:
        if alone is not None and connection.dialect.name == "postgresql":
            # scope: the lock's name is the caller's
            # Through the session: a transaction that the connection began would not be the session's to commit.
            session.execute(select(func.pg_advisory_xact_lock(lock_number(alone))))
        yield session
        try:
            session.commit()
        except BaseException:
            # A transaction whose COMMIT failed may still be open, with the write lock: the connection is thrown away,
            # or the next to draw it from the pool would find itself inside.
            connection.invalidate()
            raise


def lock_number(name: str) -> int:
    """Give the number that an advisory lock of PostgreSQL goes by: 64 bits of the name's digest."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


def insert_all(
    session: Session, table: type[SQLModel], columns: Sequence[str], rows: Sequence[tuple[object, ...]]
) -> None:
    """Insert many rows in their order, values in that of `columns` and as the database takes them.

    They go to the driver as they are: the session's own bulk insert works on each row in Python and takes longer than
    the database does.
    """
    # scope: each row carries its tenant; whoever made the rows took the scope
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        from attest.store.copy_rows import copy_rows  # noqa: PLC0415 - the embedded store has no PostgreSQL driver

        copy_rows(connection, inspect(table).local_table, columns, rows)
        return
    names, row = ", ".join(columns), f"({', '.join('?' * len(columns))})"
    whole = len(rows) // ROWS_AT_ONCE * ROWS_AT_ONCE
    several = [tuple(chain.from_iterable(rows[at : at + ROWS_AT_ONCE])) for at in range(0, whole, ROWS_AT_ONCE)]
    for count, values in ((ROWS_AT_ONCE, several), (1, list(rows[whole:]))):
        if values:
            places = ", ".join([row] * count)
            statement = f"INSERT INTO {table.__tablename__} ({names}) VALUES {places}"  # noqa: S608 - names of ours
            connection.exec_driver_sql(statement, values)
