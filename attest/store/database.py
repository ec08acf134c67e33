"""Transactions on the store: who only reads says so, who writes holds the write lock from the first statement on."""

from __future__ import annotations

from contextlib import contextmanager
from operator import itemgetter
from typing import TYPE_CHECKING

from sqlalchemy import insert, inspect
from sqlmodel import Session

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Engine
    from sqlmodel import SQLModel


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Open a transaction that sees one state of the database and changes nothing."""
    with engine.connect() as connection, Session(connection, autoflush=False, expire_on_commit=False) as session:
        yield session
        connection.rollback()


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """Open a transaction that writes; it is committed, durably, when the block ends without an exception.

    On SQLite the write lock is taken at the start (BEGIN IMMEDIATE), so what is read is what is written upon.
    """
    connection = engine.connect().execution_options(whereof_mode="IMMEDIATE")
    with connection, Session(connection, expire_on_commit=False) as session:
        yield session
        try:
            session.commit()
        except BaseException:
            # A transaction whose COMMIT failed may still be open, with the write lock: the connection is thrown away,
            # or the next to draw it from the pool would find itself inside.
            connection.invalidate()
            raise


def insert_all(session: Session, table: type[SQLModel], rows: Sequence[dict[str, object]]) -> None:
    """Insert many rows in their order, each with the same two or more columns, values as the database takes them.

    They go to the driver as they are: the session's own bulk insert works on each row in Python and takes longer than
    the database does.
    """
    # scope: each row carries its tenant; whoever made the rows took the scope
    if not rows:
        return
    connection = session.connection()
    names = list(rows[0])
    statement = insert(inspect(table).local_table).compile(dialect=connection.dialect, column_keys=names)
    order = statement.positiontup
    if order is None:
        connection.exec_driver_sql(str(statement), list(rows))
    else:
        connection.exec_driver_sql(str(statement), list(map(itemgetter(*order), rows)))
