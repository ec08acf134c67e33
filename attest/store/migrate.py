"""Bringing a database to the newest schema, one committed revision after the other, while others work on it.

On PostgreSQL no step waits longer for a lock than it is told to: whoever waits for the lock of a whole table makes every
writer behind it wait as well. A step that did not get its lock is undone and tried again later, from the revision reached.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from attest.errors import CannotVerify
from attest.store.engine import file_lock
from attest.store.schema import Standing, migrations_dir, schema_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

    from attest.settings import Settings

LOCK_TIMEOUT_S: Final = 3.0
TRIES: Final = 60
PAUSE_S: Final = 0.5
"""Before the second try; each next pause is half as long again, up to `LONGEST_PAUSE_S`."""
LONGEST_PAUSE_S: Final = 10.0


def migrate_embedded(engine: Engine, settings: Settings) -> None:
    """Bring an embedded store to the newest schema, one process at a time; one that is newer stays as it is."""
    if engine.dialect.name != "sqlite" or schema_of(engine).standing is not Standing.BEHIND:
        return
    with file_lock(settings.home / "migrate.lock"):
        if schema_of(engine).standing is Standing.BEHIND:
            upgrade(engine)


def upgrade(
    engine: Engine,
    *,
    lock_timeout_s: float = LOCK_TIMEOUT_S,
    tries: int = TRIES,
    directory: Path | None = None,
    on_busy: Callable[[int, float], None] = lambda _tried, _pause: None,
    wait: Callable[[float], object] = time.sleep,
) -> None:
    """Run every migration that is missing, each in a transaction of its own; a database that is ahead stays as it is.

    `directory` holds other migrations than this version's. `on_busy` is told how often was tried, and how long is waited.

    Raises:
        CannotVerify: `store.busy`, a lock was not had in any of the tries, or another process migrates; what was done by then
            stays done, and the older version runs on it.
    """
    if directory is None and schema_of(engine).standing in {Standing.AHEAD, Standing.BEYOND}:
        return
    pause = PAUSE_S
    for tried in range(1, tries + 1):
        try:
            _run(engine, directory or migrations_dir(), lock_timeout_s)
        except CannotVerify as err:
            if err.code != "store.busy" or tried == tries:
                raise
        else:
            return
        on_busy(tried, pause)
        wait(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE_S)


def _run(engine: Engine, directory: Path, lock_timeout_s: float) -> None:
    from alembic import command  # noqa: PLC0415 - a third of a second, for new and old stores only
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(directory))
    config.attributes["lock_timeout_ms"] = max(1, round(lock_timeout_s * 1000))
    with engine.connect().execution_options(whereof_mode="IMMEDIATE") as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        finally:
            # Its time limits and its lock end with it: it does not go back to those who serve.
            connection.invalidate()
