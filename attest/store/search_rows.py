"""Writing the search index: a recording's rows together, how far the index reaches, and what is forgotten."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from sqlmodel import col, delete, func, select

from attest.model.basis import Basis
from attest.model.search_touch import Entity, Op, Touch
from attest.store.attestations import stored_together
from attest.store.database import insert_all, reading, writing
from attest.store.search_tables import SearchSessionRow, SearchStateRow, SearchTouchRow, SearchWordsRow
from attest.store.search_words import put_words, remove_words, settle
from attest.store.tables import AttestationRow, PartRow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Engine
    from sqlmodel import Session

    from attest.model.scope import Scope
    from attest.store.attestations import StoredAttestation

ERASED: Final = "erased"
_TOUCH: Final = (
    *("tenant", "attestation", "n", "kind", "op", "name", "path", "tail", "count", "basis", "outside", "first_at"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchDocument:
    """All that the index holds of one recording."""

    attestation: str
    session: str
    agent: str
    source: str
    """As the statement says: `hook`, `named`, `imported`."""
    parts: str
    """`kept`; `none`: recorded without; `elsewhere`: they stayed where it was recorded; `erased`; `unreadable`."""
    at: int
    """When it ended, else when it was recorded: seconds since the epoch."""
    seconds: int | None
    authority: int
    """See `attest.model.search_answer.Exposure`."""
    whole: bool
    """Nothing was left out of the rows for their number."""
    touches: tuple[Touch, ...] = ()
    words: tuple[str, ...] = ()

    def digest(self) -> str:
        """Give a digest of all of it, for comparing an index made again."""
        rows = [[t.entity, t.op, t.name, t.path, t.count, t.basis, t.outside, t.at] for t in self.touches]
        own = [self.attestation, self.session, self.agent, self.source, self.parts, self.at, self.seconds]
        body = json.dumps([*own, self.authority, self.whole, rows, self.words], separators=(",", ":"))
        return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()

    def without_texts(self, parts: str) -> SearchDocument:
        """Give what remains of it without its parts."""
        return replace(self, parts=parts, touches=(), words=())


def doc_of(scope: Scope, attestation: str) -> int:
    """Give the number a recording's words are kept under: 63 bits of a digest of tenant and id."""
    return int.from_bytes(hashlib.sha256(f"{scope.tenant}\0{attestation}".encode()).digest()[:8], "big") >> 1


def indexed_to(engine: Engine, scope: Scope, log: str) -> int:
    """Give the tree size up to which the log is indexed."""
    with reading(engine) as session:
        return indexed_in(session, scope, log)


def recordings_between(
    engine: Engine, scope: Scope, log: str, *, span: tuple[int, int], predicate_type: str, limit: int
) -> tuple[tuple[str, int], ...]:
    """Give ids and indices of the attestations of a type in `[first, end)` of a log, in its order."""
    with reading(engine) as session:
        query = (
            select(AttestationRow.id, AttestationRow.idx)
            .where(AttestationRow.tenant == scope.tenant, AttestationRow.log == log)
            .where(AttestationRow.predicate_type == predicate_type)
            .where(col(AttestationRow.idx) >= span[0], col(AttestationRow.idx) < span[1])
        )
        return tuple(session.exec(query.order_by(col(AttestationRow.idx)).limit(limit)).all())


def held_recordings(engine: Engine, scope: Scope, names: Sequence[str]) -> tuple[tuple[StoredAttestation, bool], ...]:
    """Give attestations by their ids, in that order, each with whether parts of it are here; one that is not there is left out."""
    with reading(engine) as session:
        query = select(AttestationRow).where(AttestationRow.tenant == scope.tenant, col(AttestationRow.id).in_(names))
        held = stored_together(session, scope, session.exec(query).all())
        parted = select(PartRow.attestation).where(PartRow.tenant == scope.tenant, col(PartRow.attestation).in_(names))
        kept = set(session.exec(parted.distinct()))
    return tuple((held[name], name in kept) for name in names if name in held)


def write_documents(
    engine: Engine,
    scope: Scope,
    log: str,
    documents: Sequence[SearchDocument],
    *,
    span: tuple[int, int],
    erased: Callable[[str], bool],
) -> bool:
    """Write the documents of the entries in `span`, and move the index to its end; False: somebody else did before.

    `erased(session)` is asked inside the transaction, so that a session erased meanwhile does not come back.
    """
    with writing(engine, alone=_alone(scope)) as session:
        if indexed_in(session, scope, log) != span[0]:
            return False
        known = [one.without_texts(ERASED) if erased(one.session) else one for one in documents]
        _write(session, scope, known)
        state = session.get(SearchStateRow, (scope.tenant, log))
        if state is None:
            session.add(SearchStateRow(tenant=scope.tenant, log=log, indexed_to=span[1]))
        else:
            state.indexed_to = span[1]
            session.add(state)
    return True


def forget_session(engine: Engine, scope: Scope, session_id: str) -> int:
    """Remove what the index holds of a session's texts; gives of how many recordings. To be called when its secret is gone.

    The recordings stay, as erased: a search counts them among those of which it is not known what they touched. On
    SQLite the freed pages are overwritten only where `secure_delete` is on; PostgreSQL keeps old rows until VACUUM.
    """
    with writing(engine, alone=_alone(scope)) as session:
        query = select(SearchSessionRow).where(
            SearchSessionRow.tenant == scope.tenant, SearchSessionRow.session == session_id
        )
        rows = session.exec(query).all()
        for row in rows:
            _remove(session, scope, row)
            row.parts, row.digest = ERASED, _stored(row, ()).without_texts(ERASED).digest()
            session.add(row)
        settle(session)
        return len(rows)


def clear(engine: Engine, scope: Scope, log: str) -> None:
    """Empty the index, so that it is made again from the first entry on."""
    with writing(engine, alone=_alone(scope)) as session:
        for row in session.exec(select(SearchSessionRow).where(SearchSessionRow.tenant == scope.tenant)).all():
            _remove(session, scope, row)
            session.delete(row)
        settle(session)
        state = session.get(SearchStateRow, (scope.tenant, log))
        if state is not None:
            state.indexed_to = 0
            session.add(state)


def stored_document(engine: Engine, scope: Scope, attestation: str) -> tuple[SearchDocument, str] | None:
    """Give what the index holds of a recording, and the digest written beside it."""
    with reading(engine) as session:
        row = session.get(SearchSessionRow, (scope.tenant, attestation))
        if row is None:
            return None
        held = session.get(SearchWordsRow, (scope.tenant, row.doc))
        document = _stored(row, touches_of_recording(session, scope, attestation))
        return replace(document, words=tuple(held.words.split(" ")) if held else ()), row.digest


def count_documents(engine: Engine, scope: Scope) -> int:
    """Count the recordings in the index."""
    with reading(engine) as session:
        query = select(func.count()).select_from(SearchSessionRow).where(SearchSessionRow.tenant == scope.tenant)
        return session.exec(query).one()


def touches_of_recording(session: Session, scope: Scope, attestation: str) -> tuple[Touch, ...]:
    """Give the touches of one recording in their order."""
    query = (
        select(SearchTouchRow)
        .where(SearchTouchRow.tenant == scope.tenant, SearchTouchRow.attestation == attestation)
        .order_by(col(SearchTouchRow.n))
    )
    return tuple(touch_of(row) for row in session.exec(query))


def touch_of(row: SearchTouchRow) -> Touch:
    """Give the touch of a row."""
    # scope: the row was read with it
    return Touch(
        entity=Entity(row.kind),
        op=Op(row.op),
        name=row.name,
        path=row.path,
        count=row.count,
        basis=Basis(row.basis),
        outside=None if row.outside is None else bool(row.outside),
        at=row.first_at,
    )


def _alone(scope: Scope) -> str:
    return f"search/{scope.tenant}"


def indexed_in(session: Session, scope: Scope, log: str) -> int:
    """Give the tree size up to which the log is indexed, inside a transaction."""
    row = session.get(SearchStateRow, (scope.tenant, log))
    return row.indexed_to if row else 0


def _write(session: Session, scope: Scope, documents: Sequence[SearchDocument]) -> None:
    names = [one.attestation for one in documents]
    before = select(SearchSessionRow).where(
        SearchSessionRow.tenant == scope.tenant, col(SearchSessionRow.attestation).in_(names)
    )
    for row in session.exec(before).all():
        _remove(session, scope, row)
        session.delete(row)
    session.flush()
    session.add_all(_row(scope, one) for one in documents)
    session.flush()
    rows = [
        (scope.tenant, one.attestation, n, *_values(touch)) for one in documents for n, touch in enumerate(one.touches)
    ]
    insert_all(session, SearchTouchRow, _TOUCH, rows)
    for one in documents:
        if one.words:
            put_words(session, scope, doc_of(scope, one.attestation), one.words)


def _row(scope: Scope, document: SearchDocument) -> SearchSessionRow:
    return SearchSessionRow(
        tenant=scope.tenant,
        attestation=document.attestation,
        doc=doc_of(scope, document.attestation),
        session=document.session,
        agent=document.agent,
        source=document.source,
        parts=document.parts,
        at=document.at,
        seconds=document.seconds,
        authority=document.authority,
        whole=int(document.whole),
        digest=document.digest(),
    )


def _values(touch: Touch) -> tuple[object, ...]:
    outside = None if touch.outside is None else int(touch.outside)
    own = (touch.entity.value, touch.op.value, touch.name, touch.path, touch.tail)
    return (*own, touch.count, touch.basis.value, outside, touch.at)


def _remove(session: Session, scope: Scope, row: SearchSessionRow) -> None:
    session.execute(
        delete(SearchTouchRow).where(
            col(SearchTouchRow.tenant) == scope.tenant, col(SearchTouchRow.attestation) == row.attestation
        )
    )
    remove_words(session, scope, (row.doc,))


def _stored(row: SearchSessionRow, touches: tuple[Touch, ...]) -> SearchDocument:
    return SearchDocument(
        attestation=row.attestation,
        session=row.session,
        agent=row.agent,
        source=row.source,
        parts=row.parts,
        at=row.at,
        seconds=row.seconds,
        authority=row.authority,
        whole=bool(row.whole),
        touches=touches,
    )
