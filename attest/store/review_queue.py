"""Sessions of commits that nobody but their runner has reviewed since they were last captured; every list is bounded.

A session waits while one of the commits of its newest capture has no `review/v1`, logged after that capture, by another
(issuer, name) than the one that signed the capture. Whether a review that is there counts is not asked here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy.orm import aliased
from sqlmodel import and_, col, func, or_, select

from attest.ledger.index import KeyKind
from attest.model.review_predicate import REVIEW_V1
from attest.model.session_predicate import SESSION_V1
from attest.store.attestations import StoredAttestation, head_as_of, stored_together, visible
from attest.store.database import reading
from attest.store.search_rows import indexed_in
from attest.store.search_tables import SearchSessionRow
from attest.store.tables import AttestationRow, SubjectRow

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Engine
    from sqlmodel import Session
    from sqlmodel.sql.expression import Select

    from attest.model.scope import AsOf, Scope

MAX_QUEUED: Final = 200
"""Sessions of one answer; the rest is counted."""
MAX_WAITING: Final = 10_000
"""Sessions counted; beyond it a count is a lower bound."""


MAX_REVIEWS: Final = 2_000
"""Reviews read to see whether they count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueAsked:
    """Which captures, in which order."""

    repository: str = ""
    """As `normal_repository` writes it; empty is all."""
    by_risk: bool = True
    limit: int = MAX_QUEUED


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """One capture of a session, and how much it was allowed."""

    stored: StoredAttestation
    authority: int
    """As `search_answer.Exposure`."""
    reviews: tuple[StoredAttestation, ...] = ()
    """Reviews by others of its commits that were logged after it; empty for one that waits for the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage:
    """What waits, in order, and of which state of the log."""

    waiting: tuple[Queued, ...]
    count: int
    """All that waits, `MAX_WAITING` + 1 at most."""
    reviewed: tuple[Queued, ...]
    """The newest that have a review: whoever asks holds them against what the reviews say."""
    more_reviewed: bool
    as_of: AsOf
    indexed_to: int


def queued(engine: Engine, scope: Scope, log: str, asked: QueueAsked) -> QueuePage:
    """Give the captures that wait: by risk, then the longest waiting first, or by age alone."""
    at, index, authority = col(AttestationRow.recorded_at), col(AttestationRow.idx), col(SearchSessionRow.authority)
    order = (authority.desc(), at, index) if asked.by_risk else (at, index)
    with reading(engine) as session:
        waits = _captures(scope, asked.repository).where(_unreviewed(scope))
        others = _captures(scope, asked.repository).where(~_unreviewed(scope))
        rows = session.exec(waits.order_by(*order).limit(asked.limit)).all()
        count = session.exec(select(func.count()).select_from(waits.limit(MAX_WAITING + 1).subquery())).one()
        told = session.exec(others.order_by(index.desc()).limit(MAX_QUEUED + 1)).all()
        by_capture = _reviews_after(session, scope, [row.id for row, _ in told[:MAX_QUEUED]])
        every = {row.id: row for row in (*(row for row, _ in (*rows, *told[:MAX_QUEUED])), *_flat(by_capture))}
        found = stored_together(session, scope, tuple(every.values()))
        return QueuePage(
            waiting=tuple(Queued(stored=found[row.id], authority=risk) for row, risk in rows),
            count=count,
            reviewed=tuple(
                Queued(
                    stored=found[row.id],
                    authority=risk,
                    reviews=tuple(found[one.id] for one in by_capture.get(row.id, ())),
                )
                for row, risk in told[:MAX_QUEUED]
            ),
            more_reviewed=len(told) > MAX_QUEUED,
            as_of=head_as_of(session, scope),
            indexed_to=indexed_in(session, scope, log),
        )


def _flat(by_capture: dict[str, tuple[AttestationRow, ...]]) -> list[AttestationRow]:
    return [row for rows in by_capture.values() for row in rows]


def _captures(scope: Scope, repository: str) -> Select[AttestationRow, int]:
    """Select the newest capture of each session that names a commit."""
    query = (
        select(AttestationRow, SearchSessionRow.authority)
        .join(
            SearchSessionRow,
            and_(
                col(SearchSessionRow.tenant) == col(AttestationRow.tenant),
                col(SearchSessionRow.attestation) == col(AttestationRow.id),
            ),
        )
        .where(*visible(scope), AttestationRow.predicate_type == SESSION_V1)
    )
    own, named, later = aliased(SubjectRow), aliased(SubjectRow), aliased(AttestationRow)
    commit = select(own.value).where(
        own.tenant == scope.tenant, own.attestation == AttestationRow.id, own.kind == KeyKind.GIT_COMMIT.value
    )
    newer = (
        select(named.value)
        .join(later, and_(col(later.tenant) == col(named.tenant), col(later.id) == col(named.attestation)))
        .where(named.tenant == scope.tenant, named.kind == KeyKind.SESSION.value)
        .where(col(named.value) == col(AttestationRow.session), col(named.idx) > col(AttestationRow.idx))
        .where(later.predicate_type == SESSION_V1)
    )
    query = query.where(commit.exists(), ~newer.exists())
    if repository:
        about = aliased(SubjectRow)
        there = select(about.value).where(
            about.tenant == scope.tenant,
            about.attestation == AttestationRow.id,
            about.kind == KeyKind.REPOSITORY.value,
            about.value == repository,
        )
        query = query.where(there.exists())
    return query


def _unreviewed(scope: Scope) -> ColumnElement[bool]:
    """Say that a commit of the capture has no later review by another."""
    own, of, review = aliased(SubjectRow), aliased(SubjectRow), aliased(AttestationRow)
    reviewed = (
        select(of.value)
        .join(review, and_(col(review.tenant) == col(of.tenant), col(review.id) == col(of.attestation)))
        .where(of.tenant == scope.tenant, of.kind == KeyKind.GIT_COMMIT.value, of.value == own.value)
        .where(*_by_another(of, review))
        # By itself a query is bound to the one around it alone, and would look at every capture.
        .correlate(own, AttestationRow)
    )
    open_commit = select(own.value).where(
        own.tenant == scope.tenant,
        own.attestation == AttestationRow.id,
        own.kind == KeyKind.GIT_COMMIT.value,
        ~reviewed.exists(),
    )
    return open_commit.exists()


def _by_another(of: type[SubjectRow], review: type[AttestationRow]) -> tuple[ColumnElement[bool], ...]:
    return (
        col(review.predicate_type) == REVIEW_V1,
        col(of.idx) > col(AttestationRow.idx),
        or_(
            col(review.identity) != col(AttestationRow.identity),
            col(review.issuer) != col(AttestationRow.issuer),
        ),
    )


def _reviews_after(session: Session, scope: Scope, captures: list[str]) -> dict[str, tuple[AttestationRow, ...]]:
    own, of, review = aliased(SubjectRow), aliased(SubjectRow), aliased(AttestationRow)
    query = (
        select(AttestationRow.id, review)
        .join(own, and_(col(own.tenant) == col(AttestationRow.tenant), col(own.attestation) == col(AttestationRow.id)))
        .join(of, and_(col(of.tenant) == col(own.tenant), col(of.kind) == col(own.kind), col(of.value) == own.value))
        .join(review, and_(col(review.tenant) == col(of.tenant), col(review.id) == col(of.attestation)))
        .where(*visible(scope), col(AttestationRow.id).in_(captures), own.kind == KeyKind.GIT_COMMIT.value)
        .where(*_by_another(of, review))
        .order_by(col(of.idx).desc())
        .limit(MAX_REVIEWS)
    )
    found: dict[str, dict[str, AttestationRow]] = {}
    for capture, row in session.exec(query):
        found.setdefault(capture, {})[row.id] = row
    return {name: tuple(rows.values()) for name, rows in found.items()}
