"""Claims: a write key is held before anything is signed, so that recording the same thing twice gives one entry.

The row says that a recording was begun; the lock says whether its process still lives. A claim whose process died is taken
over by the next one that asks.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from sqlmodel import col, select

from attest.store.alone import alone
from attest.store.database import insert_all, reading, writing
from attest.store.tables import ROW_SCHEMA, ClaimRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import Engine
    from sqlmodel import Session

    from attest.model.scope import Scope


_COLUMNS: Final = ("tenant", "write_key", "holder", "claimed_at", "attestation", "schema_version")


@contextmanager
def hold_claim(
    engine: Engine, scope: Scope, write_key: str, *, locks: Path, at: int, earlier: Sequence[str] = ()
) -> Iterator[str | None]:
    """Hold a write key; gives the attestation that fulfilled it before, or None when the holder is to make one.

    Waits while another process holds it. `at` is seconds since the epoch. `earlier` are the keys of the same thing under
    secrets that the tenant had before.
    """
    done = next(filter(None, (fulfilled(engine, scope, one) for one in (write_key, *earlier))), None)
    if done is not None:
        yield done
        return
    with alone(engine, f"claim/{scope.tenant}/{write_key}", locks / f"{write_key}.lock"):
        done = fulfilled(engine, scope, write_key)
        if done is None:
            _begin(engine, scope, write_key, at)
        yield done


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


def fulfil_new(session: Session, scope: Scope, named: Mapping[str, str], at: int) -> bool:
    """Claim write keys and tie them to their attestations in one transaction, the log's own; `named` maps one to the other.

    For what was signed before it came here: there was nothing to hold a claim for. A key that somebody began and left
    is taken over. False when one of them led to an attestation already: then nothing was written.
    """
    query = select(ClaimRow).where(ClaimRow.tenant == scope.tenant, col(ClaimRow.write_key).in_(named))
    begun = {row.write_key: row for row in session.exec(query)}
    if any(row.attestation is not None for row in begun.values()):
        return False
    for key, row in begun.items():
        row.attestation = named[key]
        session.add(row)
    rows = [(scope.tenant, key, "local", at, name, ROW_SCHEMA) for key, name in named.items() if key not in begun]
    if rows:
        insert_all(session, ClaimRow, _COLUMNS, rows)
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
