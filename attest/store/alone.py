"""Locks by name that one process holds at a time, and that are let go when it dies, however it dies.

A file's on SQLite; the database's own on PostgreSQL, where the other process may be on another machine.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlmodel import func, select

from attest.store.database import lock_number
from attest.store.engine import file_lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine


@contextmanager
def alone(engine: Engine, name: str, path: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold the lock of a name, or of a file for SQLite; gives False, at once, where another holds it and `wait` is not set.

    The name holds the tenant. A database that is connected to through a pooler by transaction gives no such locks.
    """
    if engine.dialect.name != "postgresql":
        with file_lock(path, wait=wait) as held:
            yield held
        return
    with engine.connect() as connection:
        # scope: the lock's name holds the tenant
        # Held by the connection: the server lets go when its process dies.
        number = lock_number(name)
        take = func.pg_advisory_lock(number) if wait else func.pg_try_advisory_lock(number)
        held = connection.execute(select(take)).scalar_one() is not False
        connection.commit()
        try:
            yield held
        finally:
            if held:
                connection.execute(select(func.pg_advisory_unlock(number)))
                connection.commit()
