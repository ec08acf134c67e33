"""Consents to share a session, and what became of them: each a change that is made in the log's own transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlmodel import col, select

from attest.errors import Conflict
from attest.model.exemplar import Collection, Exemplar, Reach
from attest.store.database import reading
from attest.store.exemplar_tables import ExemplarRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine
    from sqlmodel import Session

    from attest.model.scope import Scope
    from attest.store.given import Change

_PAGE: Final = 100


def consenting(scope: Scope, one: Exemplar) -> Change:
    """Give what keeps a consent; one for the same session that stands undoes it, so that one withdrawal ends all of it."""

    def change(session: Session) -> None:
        query = select(ExemplarRow.id).where(ExemplarRow.tenant == scope.tenant, ExemplarRow.session == one.session)
        if session.exec(query.where(col(ExemplarRow.withdrawn_at).is_(None))).first() is not None:
            raise Conflict("ledger.conflict", "this session was shared meanwhile")
        session.add(
            ExemplarRow(
                tenant=scope.tenant,
                id=one.id,
                session=one.session,
                attestation=one.attestation,
                reach=one.reach.value,
                by=one.by,
                consented_at=one.consented_at,
                withdrawn_at=None,
                collection=None,
                why=None,
            )
        )

    return change


def withdrawing(scope: Scope, identifier: str, at: int) -> Change:
    """Give what ends a consent."""

    def change(session: Session) -> None:
        _standing(session, scope, identifier).withdrawn_at = at

    return change


def collecting(scope: Scope, identifier: str, collection: Collection | None, why: bytes | None) -> Change:
    """Give what puts a session into a collection with a sealed sentence, or, with no collection, takes it out."""

    def change(session: Session) -> None:
        row = _standing(session, scope, identifier)
        row.collection, row.why = None if collection is None else collection.value, why

    return change


def exemplar(engine: Engine, scope: Scope, identifier: str) -> Exemplar | None:
    """Give one, withdrawn or not; None where there is none such. Repositories do not narrow it."""
    with reading(engine) as session:
        row = session.get(ExemplarRow, (scope.tenant, identifier))
        return None if row is None else _exemplar(row)


def exemplars_of_session(engine: Engine, scope: Scope, name: str) -> tuple[Exemplar, ...]:
    """Give every consent about a session, oldest first: at most one that stands, and those withdrawn."""
    with reading(engine) as session:
        query = select(ExemplarRow).where(ExemplarRow.tenant == scope.tenant, ExemplarRow.session == name)
        return tuple(map(_exemplar, session.exec(query.order_by(col(ExemplarRow.id))).all()))


def standing_exemplars(engine: Engine, scope: Scope, *, before: str = "") -> Iterator[Exemplar]:
    """Yield those whose consent stands, newest first, from behind `before` on. Repositories do not narrow it."""
    while True:
        with reading(engine) as session:
            query = select(ExemplarRow).where(
                ExemplarRow.tenant == scope.tenant, col(ExemplarRow.withdrawn_at).is_(None)
            )
            if before:
                query = query.where(col(ExemplarRow.id) < before)
            rows = tuple(map(_exemplar, session.exec(query.order_by(col(ExemplarRow.id).desc()).limit(_PAGE)).all()))
        yield from rows
        if len(rows) < _PAGE:
            return
        before = rows[-1].id


def _standing(session: Session, scope: Scope, identifier: str) -> ExemplarRow:
    row = session.get(ExemplarRow, (scope.tenant, identifier), with_for_update=True)
    if row is None or row.withdrawn_at is not None:
        raise Conflict("ledger.conflict", "the consent was withdrawn meanwhile")
    return row


def _exemplar(row: ExemplarRow) -> Exemplar:
    return Exemplar(
        id=row.id,
        session=row.session,
        attestation=row.attestation,
        reach=Reach(row.reach),
        by=row.by,
        consented_at=row.consented_at,
        withdrawn_at=row.withdrawn_at,
        collection=None if row.collection is None else Collection(row.collection),
        why=row.why,
    )
