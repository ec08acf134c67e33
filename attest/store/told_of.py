"""Which commits and sessions the log speaks of at all: the two sides that a gap report compares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlmodel import col, select

from attest.store.database import reading
from attest.store.tables import AttestationRow, SubjectRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Engine

    from attest.model.scope import Scope

_AT_ONCE: Final = 500
"""Values of one query; SQLite allows 32,766."""
COMMIT: Final = "git-commit"
SESSION: Final = "session"


def predicates_by_commit(engine: Engine, scope: Scope, oids: Sequence[str]) -> Mapping[str, frozenset[str]]:
    """Give the predicate types of the statements about each commit; a commit nothing is said of is left out."""
    found: dict[str, frozenset[str]] = {}
    with reading(engine) as session:
        for start in range(0, len(oids), _AT_ONCE):
            query = (
                select(SubjectRow.value, AttestationRow.predicate_type)
                .join(
                    AttestationRow,
                    (col(SubjectRow.tenant) == AttestationRow.tenant)
                    & (col(SubjectRow.attestation) == AttestationRow.id),
                )
                .where(SubjectRow.tenant == scope.tenant, SubjectRow.kind == COMMIT)
                .where(col(SubjectRow.value).in_(oids[start : start + _AT_ONCE]))
                .distinct()
            )
            for oid, predicate_type in session.exec(query):
                found[oid] = found.get(oid, frozenset()) | {predicate_type}
    return found


def sessions_without_commit(engine: Engine, scope: Scope, *, limit: int) -> tuple[str, ...]:
    """Give sessions of which no statement names a commit, in the order of their ids (by first capture), at most `limit`."""
    with reading(engine) as session:
        speaking_of_commits = select(SubjectRow.attestation).where(
            SubjectRow.tenant == scope.tenant, SubjectRow.kind == COMMIT
        )
        linked = select(SubjectRow.value).where(
            SubjectRow.tenant == scope.tenant,
            SubjectRow.kind == SESSION,
            col(SubjectRow.attestation).in_(speaking_of_commits),
        )
        query = (
            select(SubjectRow.value)
            .where(SubjectRow.tenant == scope.tenant, SubjectRow.kind == SESSION)
            .where(col(SubjectRow.value).not_in(linked))
            .distinct()
            .order_by(col(SubjectRow.value))
            .limit(limit)
        )
        return tuple(session.exec(query).all())


def speaks_of(engine: Engine, scope: Scope, kind: str, value: str) -> bool:
    """Tell whether any statement of the tenant has this subject."""
    with reading(engine) as session:
        query = (
            select(SubjectRow.idx)
            .where(SubjectRow.tenant == scope.tenant, SubjectRow.kind == kind, SubjectRow.value == value)
            .limit(1)
        )
        return session.exec(query).first() is not None
