"""The exact index of (path, session): who landed a change of these paths, and what a session read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlmodel import and_, col, func, select

from attest.model.search_touch import Entity, Op
from attest.store.attestations import ACCESS_LOG, visible
from attest.store.search_tables import SearchSessionRow, SearchTouchRow
from attest.store.tables import AttestationRow, SubjectRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import ColumnElement
    from sqlmodel import Session

    from attest.model.scope import Scope

_AT_ONCE: Final = 500
_CHANGES: Final = (Op.WRITE.value, Op.DELETE.value, Op.RENAME.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Which recordings count."""

    after: int = -1
    """Entries up to this index are left out."""
    before: int | None = None
    repository: str = ""
    commits: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """One recording that changed one path."""

    path: str
    session: str
    attestation: str
    index: int
    ended: int


def writers(session: Session, scope: Scope, paths: Sequence[str], bounds: Bounds, *, limit: int) -> tuple[Writer, ...]:
    """Give recordings of a commit that changed one of these paths, each once per path, by path, newest first."""
    found: dict[tuple[str, str], Writer] = {}
    for start in range(0, len(paths), _AT_ONCE):
        query = (
            select(SearchTouchRow.path, SearchSessionRow, AttestationRow.idx)
            .join(SearchSessionRow, _same(SearchTouchRow, SearchSessionRow))
            .join(
                AttestationRow,
                and_(
                    col(AttestationRow.tenant) == col(SearchTouchRow.tenant),
                    col(AttestationRow.id) == col(SearchTouchRow.attestation),
                ),
            )
            .where(SearchTouchRow.tenant == scope.tenant, SearchTouchRow.kind == Entity.FILE.value)
            .where(col(SearchTouchRow.op).in_(_CHANGES), *_bounded(scope, bounds))
            .where(col(SearchTouchRow.path).in_(paths[start : start + _AT_ONCE]))
            .distinct()
            .order_by(col(SearchTouchRow.path), col(AttestationRow.idx).desc())
            .limit(limit)
        )
        for path, row, index in session.exec(query):
            one = Writer(path=path, session=row.session, attestation=row.attestation, index=index, ended=row.at)
            found[path, row.attestation] = one
    return tuple(found.values())[:limit]


def reads_of(session: Session, scope: Scope, name: str, *, limit: int) -> tuple[tuple[str, str, int], ...]:
    """Give what a session read: path, first time, index of the recording that shows it."""
    query = (
        select(SearchTouchRow.path, SearchTouchRow.first_at, AttestationRow.idx)
        .join(SearchSessionRow, _same(SearchTouchRow, SearchSessionRow))
        .join(
            AttestationRow,
            and_(
                col(AttestationRow.tenant) == col(SearchTouchRow.tenant),
                col(AttestationRow.id) == col(SearchTouchRow.attestation),
            ),
        )
        .where(SearchTouchRow.tenant == scope.tenant, SearchSessionRow.session == name, *visible(scope))
        .where(SearchTouchRow.kind == Entity.FILE.value, SearchTouchRow.op == Op.READ.value)
        .order_by(col(SearchTouchRow.path), col(SearchTouchRow.first_at), col(AttestationRow.idx).desc())
        .limit(limit)
    )
    return tuple((path, at, index) for path, at, index in session.exec(query))


def index_of_commit(session: Session, scope: Scope, oid: str) -> int | None:
    """Give the newest entry that speaks of a commit."""
    query = select(func.max(SubjectRow.idx)).where(
        SubjectRow.tenant == scope.tenant, SubjectRow.kind == "git-commit", SubjectRow.value == oid
    )
    return session.exec(query).one()


def without_paths(session: Session, scope: Scope, bounds: Bounds) -> int:
    """Count recordings within the bounds whose paths are not known here."""
    return _count_pathless(session, scope, _bounded(scope, bounds))


def recordings_without_paths(session: Session, scope: Scope, span: tuple[int, int]) -> int:
    """Count recordings with an index in `[first, end)` whose paths are not known here, whether of a commit or not."""
    within = [col(AttestationRow.idx) >= span[0], col(AttestationRow.idx) < span[1]]
    return _count_pathless(session, scope, [*visible(scope), *within])


def paths_of_recordings(session: Session, scope: Scope, span: tuple[int, int]) -> Iterator[tuple[int, str]]:
    """Yield (index, path) of every file changed by a recording with index in `[first, end)`, in order."""
    query = (
        select(AttestationRow.idx, SearchTouchRow.path)
        .join(
            AttestationRow,
            and_(
                col(AttestationRow.tenant) == col(SearchTouchRow.tenant),
                col(AttestationRow.id) == col(SearchTouchRow.attestation),
            ),
        )
        .where(SearchTouchRow.tenant == scope.tenant, SearchTouchRow.kind == Entity.FILE.value, *visible(scope))
        .where(col(SearchTouchRow.op).in_(_CHANGES))
        .where(col(AttestationRow.idx) >= span[0], col(AttestationRow.idx) < span[1])
        .distinct()
        .order_by(col(AttestationRow.idx), col(SearchTouchRow.path))
    )
    yield from ((index, path) for index, path in session.exec(query))


def _count_pathless(session: Session, scope: Scope, conditions: list[ColumnElement[bool]]) -> int:
    query = (
        select(func.count())
        .select_from(SearchSessionRow)
        .join(
            AttestationRow,
            and_(
                col(AttestationRow.tenant) == col(SearchSessionRow.tenant),
                col(AttestationRow.id) == col(SearchSessionRow.attestation),
            ),
        )
        .where(SearchSessionRow.tenant == scope.tenant, SearchSessionRow.parts != "kept", *conditions)
    )
    return session.exec(query).one()


def _bounded(scope: Scope, bounds: Bounds) -> list[ColumnElement[bool]]:
    about = select(SubjectRow.attestation).where(SubjectRow.tenant == scope.tenant, SubjectRow.kind == "git-commit")
    if bounds.commits is not None:
        about = about.where(col(SubjectRow.value).in_(bounds.commits))
    found = [
        *visible(scope),
        col(AttestationRow.log) != ACCESS_LOG,
        col(AttestationRow.idx) > bounds.after,
        col(AttestationRow.id).in_(about),
    ]
    if bounds.before is not None:
        found.append(col(AttestationRow.idx) < bounds.before)
    if bounds.repository:
        of = select(SubjectRow.attestation).where(
            SubjectRow.tenant == scope.tenant,
            SubjectRow.kind == "repository",
            SubjectRow.value == bounds.repository,
        )
        found.append(col(AttestationRow.id).in_(of))
    return found


def _same(one: type[SearchTouchRow], other: type[SearchSessionRow]) -> ColumnElement[bool]:
    # scope: joins rows of one tenant with each other
    return and_(col(one.tenant) == col(other.tenant), col(one.attestation) == col(other.attestation))
