"""A stretch of a log by number: its leaf hashes, the entries within a span of time, and any attested entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlmodel import col, func, select

from attest.errors import Absent
from attest.store import attestations
from attest.store.database import reading
from attest.store.tables import AttestationRow, EntryRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Engine

    from attest.model.scope import Scope
    from attest.store.attestations import StoredAttestation

_BATCH: Final = 4096
_HELD: Final = 256
"""Attestations that are held at once."""


def leaf_hashes(engine: Engine, scope: Scope, log: str, *, first: int, end: int) -> Iterator[tuple[int, bytes, str]]:
    """Give (index, leaf hash, kind) of the entries [first, end), in order."""
    while first < end:
        with reading(engine) as session:
            query = (
                select(EntryRow.idx, EntryRow.leaf_hash, EntryRow.kind)
                .where(EntryRow.tenant == scope.tenant, EntryRow.log == log)
                .where(col(EntryRow.idx) >= first, col(EntryRow.idx) < min(end, first + _BATCH))
                .order_by(col(EntryRow.idx))
            )
            rows = session.exec(query).all()
        yield from rows
        first += _BATCH


def logged_between(engine: Engine, scope: Scope, log: str, *, since: int | None, until: int | None) -> tuple[int, ...]:
    """Give the first and the last attested entry of [since, until) by the log's clock; empty where there is none."""
    query = select(func.min(col(AttestationRow.idx)), func.max(col(AttestationRow.idx))).where(
        AttestationRow.tenant == scope.tenant, AttestationRow.log == log
    )
    if since is not None:
        query = query.where(col(AttestationRow.recorded_at) >= since)
    if until is not None:
        query = query.where(col(AttestationRow.recorded_at) < until)
    with reading(engine) as session:
        ends: tuple[int | None, int | None] = session.exec(query).one()
    low, high = ends
    return () if low is None or high is None else (low, high)


def attested_in(engine: Engine, scope: Scope, log: str, *, first: int, end: int) -> tuple[int, ...]:
    """Give the indices of the attested entries of [first, end), ascending."""
    query = (
        select(AttestationRow.idx)
        .where(AttestationRow.tenant == scope.tenant, AttestationRow.log == log)
        .where(col(AttestationRow.idx) >= first, col(AttestationRow.idx) < end)
        .order_by(col(AttestationRow.idx))
    )
    with reading(engine) as session:
        return tuple(session.exec(query).all())


def attested_each(engine: Engine, scope: Scope, log: str, indices: Sequence[int]) -> Iterator[StoredAttestation]:
    """Give the attestations of these entries, in the order asked for, a batch in memory at a time.

    Raises:
        Absent: `store.missing`, one of them is not stored, or is none.
    """
    for at in range(0, len(indices), _HELD):
        batch = indices[at : at + _HELD]
        query = select(AttestationRow).where(
            AttestationRow.tenant == scope.tenant, AttestationRow.log == log, col(AttestationRow.idx).in_(batch)
        )
        with reading(engine) as session:
            rows = {row.idx: row for row in session.exec(query)}
            held = attestations.stored_together(session, scope, list(rows.values()))
        for index in batch:
            if index not in rows:
                what = "the index lists an entry that is not stored"
                raise Absent("store.missing", what, where=f"entry {index}")
            yield held[rows[index].id]


def sessions_among(engine: Engine, scope: Scope, log: str, indices: Sequence[int]) -> Iterator[tuple[int, str, str]]:
    """Give (index, attestation, session) of those of these entries that are about a session, ascending."""
    for at in range(0, len(indices), _BATCH):
        query = (
            select(AttestationRow.idx, AttestationRow.id, AttestationRow.session)
            .where(AttestationRow.tenant == scope.tenant, AttestationRow.log == log)
            .where(col(AttestationRow.idx).in_(indices[at : at + _BATCH]), col(AttestationRow.session).is_not(None))
            .order_by(col(AttestationRow.idx))
        )
        with reading(engine) as session:
            rows = session.exec(query).all()
        yield from ((index, name, about) for index, name, about in rows if about is not None)


def attested_at(engine: Engine, scope: Scope, log: str, index: int) -> StoredAttestation | None:
    """Give the attestation of one entry; None where it is one of the log's own leaves, or none."""
    query = select(AttestationRow.id).where(
        AttestationRow.tenant == scope.tenant, AttestationRow.log == log, AttestationRow.idx == index
    )
    with reading(engine) as session:
        name = session.exec(query).one_or_none()
    return attestations.by_id(engine, scope, name) if name else None
