"""The database: one engine per process, SQLite made durable, and a lock on a file of this machine."""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from sqlalchemy import Engine, create_engine, event

from attest.errors import CannotVerify
from attest.store.durable import make_folder
from attest.store.outages import Outages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from attest.settings import Settings

__all__ = (
    "Engine",
    "file_lock",
    "open_engine",
    "settle_removed",
)

BUSY_TIMEOUT_S: Final = 60
POOL: Final = 16
"""Connections kept, more than a service has threads; as many again while they are needed."""
CACHE_KIB: Final = 8 * 1024
"""Pages of SQLite's file that each connection keeps, beside those that the system keeps of it once for all of them.

They are of little use for long: whoever reads after another wrote reads anew. All connections together hold at most
`2 * POOL` times as much.
"""
SPILL_PAGES: Final = 16_384
"""Pages of 4 KiB that a transaction may have changed before they are written ahead of its end."""


def open_engine(settings: Settings) -> Engine:
    """Open the database of an instance; nothing is created beyond the file's folder.

    SQLite runs with WAL, `synchronous=FULL` and foreign keys; a transaction begins IMMEDIATE when it will write. On
    PostgreSQL each write in progress holds one connection for its claim and one for its rows.
    """
    make_folder(settings.home, mode=0o700)
    url = settings.database_url or f"sqlite:///{settings.home / 'whereof.db'}"
    if not url.startswith("sqlite"):
        server = create_engine(url, pool_size=POOL, max_overflow=POOL, pool_pre_ping=True)
        Outages(server)
        return server
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S}, pool_size=POOL, max_overflow=POOL)
    event.listen(engine, "connect", _configure_sqlite)
    Outages(engine)
    event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def file_lock(path: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold an exclusive lock on a file of this machine; it is released when the process ends, however it ends.

    Gives False, at once, where another holds it and `wait` is not set.

    Raises:
        CannotVerify: `store.full`, there is no room for the file; nothing was begun.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as err:
        if err.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise CannotVerify("store.full", where=str(path.parent)) from err
        raise
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = True
        except BlockingIOError:
            held = False
        yield held
    finally:
        os.close(handle)


def settle_removed(engine: Engine) -> None:
    """Leave nothing of removed rows in SQLite's log of writes. PostgreSQL keeps them until VACUUM, and in its own log."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            # Through the driver: a checkpoint does not run inside a transaction.
            driver = connection.connection.driver_connection
            if driver is not None:
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _configure_sqlite(connection: object, _record: object) -> None:
    connection.isolation_level = None  # type: ignore[attr-defined]  # BEGIN is ours, see _begin
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",
        "trusted_schema=OFF",
        # What an erasure removes is written over with zeros, not left in free pages.
        "secure_delete=ON",
        "wal_autocheckpoint=8192",
        f"cache_size=-{CACHE_KIB}",
        f"cache_spill={SPILL_PAGES}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A reader that turns writer in the middle can lose its snapshot; who will write says so at the start.
    mode = connection.get_execution_options().get("whereof_mode", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")
