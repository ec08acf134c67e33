"""A private copy of an agent's SQLite database, so that reading it neither waits for the agent nor touches its files."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from attest.errors import InvalidInput

MAGIC: Final = b"SQLite format 3\x00"
MAX_DATABASE_BYTES: Final = 2 * 1024 * 1024 * 1024
_TRIES: Final = 5
_SUFFIXES: Final = ("", "-wal", "-journal")


@contextmanager
def private_copy(path: Path) -> Iterator[sqlite3.Connection]:
    """Give a connection to a copy of a database, with what its write-ahead log holds; the copy is removed at the end.

    The files are copied as they stand into a folder of mode 0700 and copied again when they changed meanwhile, so no
    lock is taken and nothing is created beside the original. The connection trusts no schema and loads no extension.

    Raises:
        InvalidInput: no SQLite database, more than `MAX_DATABASE_BYTES`, or it changed during every try.
    """
    with tempfile.TemporaryDirectory(prefix="whereof-") as folder:
        copy = Path(folder) / "copy.db"
        for _ in range(_TRIES):
            before = _state(path)
            _copy(path, copy)
            if _state(path) == before:
                break
        else:
            raise InvalidInput("input.malformed", "the database changed while it was copied", where=str(path))
        with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA query_only = ON")
            try:
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            except sqlite3.Error as err:
                raise InvalidInput("input.malformed", "this is not a SQLite database", where=str(path)) from err
            yield connection


def tables_of(connection: sqlite3.Connection) -> frozenset[str]:
    """Give the names of the tables."""
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' LIMIT 1000")
    return frozenset(str(name) for (name,) in rows)


def _state(path: Path) -> tuple[tuple[int, int, int] | None, ...]:
    found: list[tuple[int, int, int] | None] = []
    for suffix in _SUFFIXES:
        try:
            told = path.with_name(path.name + suffix).stat()
        except OSError:
            found.append(None)
            continue
        if told.st_size > MAX_DATABASE_BYTES:
            raise InvalidInput("input.too-large", expected=f"<= {MAX_DATABASE_BYTES} bytes", where=str(path))
        found.append((told.st_size, told.st_mtime_ns, told.st_ino))
    return tuple(found)


def _copy(path: Path, copy: Path) -> None:
    for suffix in _SUFFIXES:
        source, goal = path.with_name(path.name + suffix), copy.with_name(copy.name + suffix)
        goal.unlink(missing_ok=True)
        try:
            if suffix and source.is_symlink():
                continue
            shutil.copyfile(source, goal)
        except FileNotFoundError:
            continue
        except OSError as err:
            raise InvalidInput("input.not-found", where=str(source)) from err
