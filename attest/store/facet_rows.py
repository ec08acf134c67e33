"""Writing what lists of recordings are counted by: recordings in the order of their log, and how far they reach."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlmodel import col, delete, select

from attest.ledger.index import KeyKind
from attest.model.recording_facets import combination_of
from attest.model.session_predicate import SESSION_V1
from attest.store.attestations import stored_together
from attest.store.database import insert_all, reading, writing
from attest.store.facet_tables import FacetStateRow, FacetValueRow, RecordingFacetsRow
from attest.store.tables import ROW_SCHEMA, AttestationRow, SubjectRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine
    from sqlmodel import Session

    from attest.model.recording_facets import FacetValues
    from attest.model.scope import Scope
    from attest.store.attestations import StoredAttestation


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFacets:
    """One recording, as it is counted."""

    index: int
    recorded_at: int
    values: FacetValues


def facets_to(session: Session, scope: Scope, log: str) -> int:
    """Give the tree size up to which recordings are counted."""
    row = session.get(FacetStateRow, (scope.tenant, log))
    return row.indexed_to if row else 0


def write_facets(
    engine: Engine, scope: Scope, log: str, found: Sequence[RecordingFacets], *, span: tuple[int, int]
) -> bool:
    """Write the recordings of the entries in `span`, and move to its end; False: somebody else did before."""
    with writing(engine, alone=f"facets/{scope.tenant}") as session:
        if facets_to(session, scope, log) != span[0]:
            return False
        numbers = {one.index: combination_of(scope.tenant, one.values) for one in found}
        _put_combinations(session, scope, {numbers[one.index]: one.values for one in found})
        rows = [
            (scope.tenant, log, one.index, numbers[one.index], one.recorded_at, _month(one.recorded_at), ROW_SCHEMA)
            for one in found
        ]
        columns = ("tenant", "log", "idx", "combination", "recorded_at", "month", "schema_version")
        insert_all(session, RecordingFacetsRow, columns, rows)
        state = session.get(FacetStateRow, (scope.tenant, log)) or FacetStateRow(
            tenant=scope.tenant, log=log, indexed_to=0
        )
        state.indexed_to = span[1]
        session.add(state)
    return True


def clear_facets(engine: Engine, scope: Scope) -> None:
    """Forget all of it, so that it is made again from the first entry on."""
    with writing(engine, alone=f"facets/{scope.tenant}") as session:
        for table in (RecordingFacetsRow, FacetValueRow, FacetStateRow):
            session.execute(delete(table).where(col(table.tenant) == scope.tenant))


def recordings_in(
    engine: Engine, scope: Scope, log: str, *, span: tuple[int, int], limit: int
) -> tuple[tuple[StoredAttestation, tuple[str, ...]], ...]:
    """Give the recordings in `[first, end)` of a log, in its order, each with the repositories it is indexed under."""
    place = (AttestationRow.tenant == scope.tenant, AttestationRow.log == log)
    index = col(AttestationRow.idx)
    with reading(engine) as session:
        query = select(AttestationRow).where(*place, AttestationRow.predicate_type == SESSION_V1)
        query = query.where(index >= span[0], index < span[1]).order_by(index).limit(limit)
        rows = session.exec(query).all()
        stored = stored_together(session, scope, rows)
        named: dict[str, tuple[str, ...]] = {}
        about = select(SubjectRow.attestation, SubjectRow.value).where(
            SubjectRow.tenant == scope.tenant, SubjectRow.kind == KeyKind.REPOSITORY.value
        )
        for name, value in session.exec(about.where(col(SubjectRow.attestation).in_(stored))):
            named[name] = (*named.get(name, ()), value)
    return tuple((stored[row.id], named.get(row.id, ())) for row in rows)


def _put_combinations(session: Session, scope: Scope, found: dict[int, FacetValues]) -> None:
    query = select(FacetValueRow.combination).where(
        FacetValueRow.tenant == scope.tenant, col(FacetValueRow.combination).in_(found)
    )
    there = set(session.exec(query))
    rows = [
        (scope.tenant, facet, value, number)
        for number, values in found.items()
        if number not in there
        for facet, of in values.items()
        for value in of
    ]
    insert_all(session, FacetValueRow, ("tenant", "facet", "value", "combination"), rows)


def _month(seconds: int) -> int:
    # scope: arithmetic only
    at = datetime.fromtimestamp(seconds, UTC)
    return at.year * 100 + at.month
