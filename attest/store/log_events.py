"""What was logged after an entry, oldest first: the ground of the stream, of webhooks and of exports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlmodel import col, select

from attest.ledger.index import KeyKind
from attest.model.log_events import Happened
from attest.store.attestations import ACCESS_LOG, visible
from attest.store.database import reading
from attest.store.tables import AttestationRow, LogRow, SubjectRow

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from attest.model.scope import Scope

MAX_EVENTS: Final = 500
"""Of one page."""
MAX_SUBJECTS: Final = 256
"""Commits, and repositories, that one event names; the attestation has them all."""


def happened_after(engine: Engine, scope: Scope, log: str, after: int, *, limit: int) -> tuple[Happened, ...]:
    """Give up to `limit` entries of a log that come after an index and may be seen."""
    with reading(engine) as session:
        of = AttestationRow
        columns = select(of.id, of.idx, of.predicate_type, of.session)
        query = columns.where(*visible(scope), of.log == log, of.log != ACCESS_LOG, col(of.idx) > after)
        found = session.exec(query.order_by(col(of.idx)).limit(limit)).all()
        names = [name for name, *_ in found]
        signers = select(of.id, of.identity, of.issuer, of.recorded_at).where(
            of.tenant == scope.tenant, col(of.id).in_(names)
        )
        signed = {name: (who, by, at) for name, who, by, at in session.exec(signers)} if names else {}
        subjects = select(SubjectRow.attestation, SubjectRow.kind, SubjectRow.value).where(
            SubjectRow.tenant == scope.tenant, col(SubjectRow.attestation).in_(names)
        )
        named: dict[tuple[str, str], list[str]] = {}
        for name, kind, value in session.exec(subjects.order_by(col(SubjectRow.value))) if names else ():
            held = named.setdefault((name, kind), [])
            if len(held) < MAX_SUBJECTS:
                held.append(value)
        origin = session.get_one(LogRow, (scope.tenant, log)).origin if found else ""
    return tuple(
        Happened(
            origin=origin,
            index=index,
            attestation=name,
            predicate_type=kind,
            session=of_session,
            identity=signed[name][0],
            issuer=signed[name][1],
            logged_at=signed[name][2],
            commits=tuple(named.get((name, KeyKind.GIT_COMMIT.value), ())),
            repositories=tuple(named.get((name, KeyKind.REPOSITORY.value), ())),
        )
        for name, index, kind, of_session in found
    )
