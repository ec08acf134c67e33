"""A copy of the database as it is at one moment, taken while others write: SQLite's own backup, or pg_dump."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING, Final

from attest.errors import CannotVerify

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

DUMP_S: Final = 6 * 3600


def dump_database(engine: Engine, folder: Path) -> str:
    """Write the copy into a folder and give its name: `whereof.db`, or `whereof.dump` for pg_restore.

    Raises:
        CannotVerify: `store.not-copied`, there is no pg_dump on PATH, or it failed.
    """
    if engine.dialect.name == "sqlite":
        return _sqlite(engine, folder / "whereof.db")
    return _postgresql(engine, folder / "whereof.dump")


def _sqlite(engine: Engine, path: Path) -> str:
    source = sqlite3.connect(f"file:{engine.url.database}?mode=ro", uri=True)
    with closing(source), closing(sqlite3.connect(path)) as target:
        path.chmod(0o600)
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
    return path.name


def _postgresql(engine: Engine, path: Path) -> str:
    program = shutil.which("pg_dump")
    if program is None:
        raise CannotVerify("store.not-copied", "there is no pg_dump here", expected="pg_dump of the server's version")
    url = engine.url.set(drivername="postgresql")
    # The password is not an argument: those are seen by everybody on the machine.
    secret = {"PGPASSWORD": str(url.password)} if url.password else {}
    address = url.set(password=None).render_as_string(hide_password=False)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        done = subprocess.run(
            [program, "--format=custom", "--dbname", address],
            stdout=stream,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **secret},
            timeout=DUMP_S,
            check=False,
        )
    if done.returncode:
        raise CannotVerify("store.not-copied", "pg_dump did not end well", got=f"exit code {done.returncode}")
    return path.name
