"""Records of the access log, for finding them: written with their entry, in the log's own transaction."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from sqlmodel import col, select

from attest.store.access_tables import AccessRow
from attest.store.database import reading

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Engine
    from sqlmodel import Session

    from attest.model.ports import LogReceipt
    from attest.model.scope import Scope

MAX_ROWS: Final = 500


def writer_of(scope: Scope, records: Sequence[Mapping[str, object]]) -> Callable[[Session, LogReceipt], None]:
    """Give what writes the rows of one statement's records."""

    def write(session: Session, receipt: LogReceipt) -> None:
        for position, record in enumerate(records):
            held = record.get("session")
            session.add(
                AccessRow(
                    tenant=scope.tenant,
                    idx=receipt.index,
                    position=position,
                    session=held if isinstance(held, str) else None,
                    record=json.dumps(record, sort_keys=True),
                )
            )

    return write


def access_records(
    engine: Engine, scope: Scope, *, before: int | None, session_id: str | None = None
) -> tuple[tuple[int, dict[str, object]], ...]:
    """List records with their entry, newest first, below an index; of one session where one is named."""
    with reading(engine) as session:
        query = select(AccessRow).where(AccessRow.tenant == scope.tenant)
        if before is not None:
            query = query.where(col(AccessRow.idx) < before)
        if session_id is not None:
            query = query.where(AccessRow.session == session_id)
        rows = session.exec(query.order_by(col(AccessRow.idx).desc(), col(AccessRow.position)).limit(MAX_ROWS)).all()
        return tuple((row.idx, json.loads(row.record)) for row in rows)


def accesses_of(
    engine: Engine, scope: Scope, sessions: Sequence[str], *, limit: int
) -> tuple[tuple[int, dict[str, object]], ...]:
    """Give the records about some sessions with their entry, newest first, at most `limit`."""
    found: list[tuple[int, dict[str, object]]] = []
    for start in range(0, len(sessions), MAX_ROWS):
        with reading(engine) as session:
            query = select(AccessRow).where(AccessRow.tenant == scope.tenant)
            query = query.where(col(AccessRow.session).in_(sessions[start : start + MAX_ROWS]))
            rows = session.exec(query.order_by(col(AccessRow.idx).desc(), col(AccessRow.position)).limit(limit)).all()
            found += [(row.idx, json.loads(row.record)) for row in rows]
    return tuple(sorted(found, key=lambda one: -one[0])[:limit])


def records_of_entry(engine: Engine, scope: Scope, index: int) -> tuple[tuple[str | None, dict[str, object]], ...]:
    """Give the records of one entry in order, each with the session that its row names."""
    with reading(engine) as session:
        query = select(AccessRow).where(AccessRow.tenant == scope.tenant, AccessRow.idx == index)
        rows = session.exec(query.order_by(col(AccessRow.position))).all()
        return tuple((row.session, json.loads(row.record)) for row in rows)


def accesses_by(
    engine: Engine, scope: Scope, names: Sequence[str], *, limit: int
) -> tuple[tuple[int, dict[str, object]], ...]:
    """Give what these names read, newest first, at most `limit`: for that person's own question of what is held."""
    found: list[tuple[int, dict[str, object]]] = []
    before: int | None = None
    while len(found) < limit:
        rows = access_records(engine, scope, before=before)
        full = len(rows) == MAX_ROWS
        # A full page may end inside an entry, which has fewer records than a page: it is read whole by the next one.
        whole = [row for row in rows if not full or row[0] != rows[-1][0]]
        found += [row for row in whole or rows if row[1].get("who") in names]
        if not full:
            break
        before = rows[-1][0] + 1 if whole else rows[-1][0]
    return tuple(found[:limit])
