"""The database: one engine per process, SQLite made durable, and migrations run under a lock for the embedded store."""

from __future__ import annotations

import errno
import fcntl
import os
import re
from contextlib import contextmanager
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Engine, create_engine, event, inspect, text

from attest.errors import CannotVerify
from attest.store.durable import make_folder
from attest.store.outages import Outages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alembic.config import Config
    from sqlalchemy import Connection

    from attest.settings import Settings

__all__ = (
    "Engine",
    "file_lock",
    "migrate_embedded",
    "migrations_dir",
    "open_engine",
    "require_schema",
    "settle_removed",
    "upgrade",
)

BUSY_TIMEOUT_S: Final = 60
POOL: Final = 16
"""Connections kept to PostgreSQL; as many again while they are needed."""
_REVISION: Final = re.compile(r"""^revision(?::[^=\n]+)? = ["'](\w+)["']""", re.MULTILINE)
_FOLLOWS: Final = re.compile(r"""^down_revision(?::[^=\n]+)? = ["'](\w+)["']""", re.MULTILINE)


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
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})
    event.listen(engine, "connect", _configure_sqlite)
    Outages(engine)
    event.listen(engine, "begin", _begin)
    return engine


def migrate_embedded(engine: Engine, settings: Settings) -> None:
    """Bring an embedded store to the newest schema, one process at a time; does nothing when it is there already."""
    if engine.dialect.name != "sqlite" or _revision(engine) == newest_revision():
        return
    with file_lock(settings.home / "migrate.lock"):
        if _revision(engine) != newest_revision():
            upgrade(engine)


def upgrade(engine: Engine) -> None:
    """Run every migration that is missing."""
    from alembic import command  # noqa: PLC0415 - a third of a second, for new and old stores only

    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def require_schema(engine: Engine) -> None:
    """Refuse to work on a database that was never migrated.

    Raises:
        CannotVerify: `store.schema`.
    """
    found = _revision(engine)
    if found != newest_revision():
        raise CannotVerify("store.schema", expected=newest_revision(), got=found or "no schema")


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file of this machine; it is released when the process ends, however it ends.

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
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def migrations_dir() -> Path:
    """Where the migrations are: beside this package in a wheel, at the top of a checkout."""
    packaged = Path(str(resources.files("attest.store"))) / "_migrations"
    return packaged if packaged.is_dir() else Path(__file__).resolve().parents[2] / "migrations"


def _config() -> Config:
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(migrations_dir()))
    return config


@lru_cache(maxsize=1)
def newest_revision() -> str:
    """Give the revision that no other follows, read from the texts of the migrations: running them takes long.

    Raises:
        CannotVerify: `store.schema`, they do not lead to one revision.
    """
    texts = [path.read_text(encoding="utf-8") for path in sorted((migrations_dir() / "versions").glob("*.py"))]
    own = {match[1] for text in texts if (match := _REVISION.search(text))}
    followed = {match[1] for text in texts if (match := _FOLLOWS.search(text))}
    newest = own - followed
    if len(newest) != 1 or len(own) != len(texts):
        raise CannotVerify("store.schema", expected="one newest migration", got=f"{len(newest)}")
    return newest.pop()


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


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
        "cache_size=-65536",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A reader that turns writer in the middle can lose its snapshot; who will write says so at the start.
    mode = connection.get_execution_options().get("whereof_mode", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")
