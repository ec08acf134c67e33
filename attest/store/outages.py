"""A database that fails, told in words of ours; after a failed write to the disk nothing more is written through it.

A failed fsync is never tried again: the kernel may have dropped what it could not write, and the next fsync would say
that all is well (PostgreSQL ends itself for the same reason). What a transaction whose COMMIT failed left is told by the
database when it is next opened, and by the write key to whoever submits the same again.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final

from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from attest.errors import AttestError, CannotVerify

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, ExceptionContext

_PRIMARY: Final = 0xFF
_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_NOT_HAD: Final = frozenset({"55P03", "40P01"})
"""What PostgreSQL calls a lock that was not had in time, and a deadlock: the connection stays, and nothing was done."""
_NOT_WRITTEN: Final = frozenset(
    {sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC, sqlite3.SQLITE_IOERR_WRITE}
)


class Outages:
    """Watches one engine."""

    def __init__(self, engine: Engine) -> None:
        self._stopped = False
        event.listen(engine, "handle_error", self._tell, retval=True)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "begin", self._require_going)

    def _tell(self, context: ExceptionContext) -> AttestError | None:
        # What is given is raised in place of the driver's error; None leaves it.
        if isinstance(context.sqlalchemy_exception, OperationalError) and not context.is_pre_ping:
            return self._of(context.original_exception)
        return None

    def _of(self, err: BaseException) -> AttestError | None:
        if not isinstance(err, sqlite3.OperationalError):
            busy = getattr(err, "sqlstate", None) in _NOT_HAD
            return CannotVerify("store.busy" if busy else "store.lost", got=type(err).__name__)
        code = getattr(err, "sqlite_errorcode", 0)
        if code & _PRIMARY in _BUSY:
            return CannotVerify("store.busy")
        if code & _PRIMARY == sqlite3.SQLITE_FULL:
            return CannotVerify("store.full")
        if code in _NOT_WRITTEN:
            self._stopped = True
            return CannotVerify("store.stopped", got=str(getattr(err, "sqlite_errorname", "")))
        return None

    def _require_going(self, connection: Connection) -> None:
        if self._stopped and connection.get_execution_options().get("whereof_mode"):
            raise CannotVerify("store.stopped")
