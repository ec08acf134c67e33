"""Claims: a write key is held before anything is signed, so that recording the same thing twice gives one entry.

The row says that a recording was begun; the lock says whether its process still lives. It is a file's on SQLite, and the
database's own on PostgreSQL, where the other process may be on another machine. A claim whose process died is taken over
by the next one that asks.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlmodel import col, func, select

from attest.store.database import lock_number, reading, writing
from attest.store.engine import file_lock
from attest.store.tables import ClaimRow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine
    from sqlmodel import Session

    from attest.model.scope import Scope


@contextmanager
def hold_claim(engine: Engine, scope: Scope, write_key: str, *, locks: Path, at: int) -> Iterator[str | None]:
    """Hold a write key; gives the attestation that fulfilled it before, or None when the holder is to make one.

    Waits while another process holds it. `at` is seconds since the epoch.
    """
    done = fulfilled(engine, scope, write_key)
    if done is not None:
        yield done
        return
    with _lock(engine, f"claim/{scope.tenant}/{write_key}", locks / f"{write_key}.lock"):
        done = fulfilled(engine, scope, write_key)
        if done is None:
            _begin(engine, scope, write_key, at)
        yield done


@contextmanager
def _lock(engine: Engine, name: str, path: Path) -> Iterator[None]:
    if engine.dialect.name != "postgresql":
        with file_lock(path):
            yield
        return
    with engine.connect() as connection:
        # scope: the lock's name holds the tenant
        # Held by the connection: the server lets go when its process dies.
        connection.execute(select(func.pg_advisory_lock(lock_number(name))))
        connection.commit()
        try:
            yield
        finally:
            connection.execute(select(func.pg_advisory_unlock(lock_number(name))))
            connection.commit()


def fulfilled(engine: Engine, scope: Scope, write_key: str) -> str | None:
    """Give the attestation that a write key led to; None when none has been logged."""
    with reading(engine) as session:
        row = _row(session, scope, write_key)
        return row.attestation if row else None


def fulfil(session: Session, scope: Scope, write_key: str, attestation: str) -> bool:
    """Tie a claim to its attestation inside the log's own transaction; False when another one did so first."""
    row = _row(session, scope, write_key)
    if row is None or row.attestation is not None:
        return False
    row.attestation = attestation
    session.add(row)
    return True


def unfulfilled(engine: Engine, scope: Scope) -> int:
    """Count claims that led to nothing: recordings that failed, were quarantined or were cut off."""
    with reading(engine) as session:
        rows = session.exec(
            select(ClaimRow).where(ClaimRow.tenant == scope.tenant, col(ClaimRow.attestation).is_(None))
        )
        return len(rows.all())


def _begin(engine: Engine, scope: Scope, write_key: str, at: int) -> None:
    with writing(engine) as session:
        row = _row(session, scope, write_key)
        if row is None:
            session.add(
                ClaimRow(tenant=scope.tenant, write_key=write_key, holder="local", claimed_at=at, attestation=None)
            )


def _row(session: Session, scope: Scope, write_key: str) -> ClaimRow | None:
    query = select(ClaimRow).where(ClaimRow.tenant == scope.tenant, ClaimRow.write_key == write_key)
    return session.exec(query).one_or_none()
