"""Reading the search index: candidates of a term, recordings of a window, counts. Every list is bounded."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlmodel import and_, col, func, or_, select

from attest.model.search_query import Match
from attest.model.search_touch import Entity
from attest.store import overlap_find
from attest.store.attestations import head_as_of, visible
from attest.store.database import reading
from attest.store.search_rows import indexed_in, touch_of
from attest.store.search_tables import SearchSessionRow, SearchTouchRow
from attest.store.search_words import docs_with_words
from attest.store.tables import AttestationRow, SubjectRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import ColumnElement, Engine
    from sqlalchemy.orm import Mapped
    from sqlmodel import Session

    from attest.model.scope import AsOf, Scope
    from attest.model.search_query import Term
    from attest.model.search_touch import Op, Touch
    from attest.store.overlap_find import Bounds, Writer

MAX_SCANNED: Final = 50_000
"""Rows that one term may be compared with."""
_AT_ONCE: Final = 500
_WILD: Final = ("*", "?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which recordings count."""

    since: int | None = None
    until: int | None = None
    agent: str = ""
    repository: str = ""
    session: str = ""
    commit: str = ""
    docs: tuple[int, ...] | None = None
    """Only these, found by their words; None: whatever their words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One recording as the index has it."""

    attestation: str
    session: str
    agent: str
    source: str
    at: int
    seconds: int | None
    authority: int


@contextmanager
def search_view(engine: Engine, scope: Scope) -> Iterator[SearchView]:
    """Open the index: all that is asked of the view is of one state of the database."""
    with reading(engine) as session:
        yield SearchView(session, scope)


class SearchView:
    """One state of the index, as one scope may see it."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self.scope = scope

    def with_words(self, words: Sequence[str], *, limit: int) -> tuple[int, ...]:
        """Give documents that hold all of these folded words, at most `limit`."""
        return docs_with_words(self._session, self.scope, words, limit=limit)

    def indexed_to(self, log: str) -> int:
        """Give the tree size up to which a log is indexed."""
        return indexed_in(self._session, self.scope, log)

    def writers(self, paths: Sequence[str], bounds: Bounds, *, limit: int) -> tuple[Writer, ...]:
        """See `overlap_find.writers`."""
        return overlap_find.writers(self._session, self.scope, paths, bounds, limit=limit)

    def reads_of(self, name: str, *, limit: int) -> tuple[tuple[str, str, int], ...]:
        """See `overlap_find.reads_of`."""
        return overlap_find.reads_of(self._session, self.scope, name, limit=limit)

    def paths_of_recordings(self, span: tuple[int, int]) -> Iterator[tuple[int, str]]:
        """See `overlap_find.paths_of_recordings`."""
        return overlap_find.paths_of_recordings(self._session, self.scope, span)

    def recordings_without_paths(self, span: tuple[int, int]) -> int:
        """Count recordings with an index in `[first, end)` whose paths are not known here."""
        return overlap_find.recordings_without_paths(self._session, self.scope, span)

    def index_of_commit(self, oid: str) -> int | None:
        """See `overlap_find.index_of_commit`."""
        return overlap_find.index_of_commit(self._session, self.scope, oid)

    def without_paths(self, bounds: Bounds) -> int:
        """See `overlap_find.without_paths`."""
        return overlap_find.without_paths(self._session, self.scope, bounds)

    def as_of(self) -> AsOf:
        """Give the state of the log."""
        return head_as_of(self._session, self.scope)

    def candidates(self, window: Window, term: Term, op: Op | None) -> tuple[tuple[Recorded, Touch], ...] | None:
        """Give what a term is to be compared with, newest first; None: more than `MAX_SCANNED`."""
        query = _touches(self.scope, window).where(SearchTouchRow.kind == term.entity.value, *_narrowed(term))
        if op is not None:
            query = query.where(SearchTouchRow.op == op.value)
        rows = self._session.exec(query.limit(MAX_SCANNED + 1)).all()
        return None if len(rows) > MAX_SCANNED else tuple((_recorded(one), touch_of(touch)) for one, touch in rows)

    def grants(self, window: Window, prefixes: Sequence[str]) -> tuple[tuple[Recorded, Touch], ...]:
        """Give grants of the window whose `kind=value` begins with one of these, at most `MAX_SCANNED`."""
        begins = [_begins(col(SearchTouchRow.name), prefix) for prefix in prefixes]
        query = _touches(self.scope, window).where(SearchTouchRow.kind == Entity.GRANT.value, or_(*begins))
        return tuple(
            (_recorded(one), touch_of(touch)) for one, touch in self._session.exec(query.limit(MAX_SCANNED)).all()
        )

    def recordings(self, window: Window, *, limit: int, authority: int | None = None) -> tuple[Recorded, ...]:
        """Give recordings of a window, newest first."""
        query = select(SearchSessionRow).where(*_window(self.scope, window))
        if authority is not None:
            query = query.where(SearchSessionRow.authority == authority)
        rows = self._session.exec(query.order_by(col(SearchSessionRow.at).desc()).limit(limit)).all()
        return tuple(_recorded(row) for row in rows)

    def counts(self, window: Window, unknown: int) -> tuple[int, int, int, int]:
        """Count recordings of a window: looked into, without texts, cut, of unknown authority (number `unknown`)."""
        kept = SearchSessionRow.parts == "kept"
        found = []
        for condition in (
            kept,
            SearchSessionRow.parts != "kept",
            SearchSessionRow.whole == 0,
            and_(col(SearchSessionRow.parts) == "kept", col(SearchSessionRow.authority) == unknown),
        ):
            query = select(func.count()).select_from(SearchSessionRow).where(*_window(self.scope, window), condition)
            found.append(self._session.exec(query).one())
        return found[0], found[1], found[2], found[3]

    def count_of_type(self, window: Window, predicate_type: str) -> int:
        """Count the attestations of a type that were recorded in the window."""
        query = select(func.count()).select_from(AttestationRow).where(*visible(self.scope))
        query = query.where(AttestationRow.predicate_type == predicate_type)
        if window.since is not None:
            query = query.where(col(AttestationRow.recorded_at) >= window.since)
        if window.until is not None:
            query = query.where(col(AttestationRow.recorded_at) < window.until)
        return self._session.exec(query).one()

    def commits_of(self, attestations: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Give the commits that attestations speak of."""
        found: dict[str, tuple[str, ...]] = {}
        for start in range(0, len(attestations), _AT_ONCE):
            query = (
                select(SubjectRow.attestation, SubjectRow.value)
                .where(SubjectRow.tenant == self.scope.tenant, SubjectRow.kind == "git-commit")
                .where(col(SubjectRow.attestation).in_(attestations[start : start + _AT_ONCE]))
                .order_by(col(SubjectRow.value))
            )
            for name, oid in self._session.exec(query):
                found[name] = (*found.get(name, ()), oid)
        return found


def _touches(scope: Scope, window: Window):  # type: ignore[no-untyped-def]  # noqa: ANN202  # a query's type has no short name
    return (
        select(SearchSessionRow, SearchTouchRow)
        .join(
            SearchTouchRow,
            and_(
                col(SearchSessionRow.tenant) == col(SearchTouchRow.tenant),
                col(SearchSessionRow.attestation) == col(SearchTouchRow.attestation),
            ),
        )
        .where(SearchTouchRow.tenant == scope.tenant, *_window(scope, window))
        .order_by(col(SearchSessionRow.at).desc(), col(SearchTouchRow.attestation), col(SearchTouchRow.n))
    )


def _window(scope: Scope, window: Window) -> list[ColumnElement[bool]]:
    seen = select(AttestationRow.id).where(*visible(scope), col(AttestationRow.id) == SearchSessionRow.attestation)
    found = [col(SearchSessionRow.tenant) == scope.tenant]
    if scope.repositories is not None:
        found.append(seen.exists())
    if window.since is not None:
        found.append(col(SearchSessionRow.at) >= window.since)
    if window.until is not None:
        found.append(col(SearchSessionRow.at) < window.until)
    if window.agent:
        found.append(col(SearchSessionRow.agent) == window.agent)
    if window.session:
        found.append(col(SearchSessionRow.session) == window.session)
    if window.docs is not None:
        found.append(col(SearchSessionRow.doc).in_(window.docs))
    for kind, value in (("repository", window.repository), ("git-commit", window.commit)):
        if value:
            about = select(SubjectRow.attestation).where(
                SubjectRow.tenant == scope.tenant, SubjectRow.kind == kind, SubjectRow.value == value
            )
            found.append(col(SearchSessionRow.attestation).in_(about))
    return found


def _narrowed(term: Term) -> list[ColumnElement[bool]]:
    """Give what the database can leave out; never anything that the term would match."""
    # scope: conditions only
    if term.match is Match.REGEXP:
        return []
    if term.entity is Entity.FILE:
        last = term.value.replace("\\", "/").rstrip("/").rpartition("/")[2]
        if term.value.endswith("/") or not last or any(char in last for char in _WILD):
            return [] if term.match is Match.GLOB or not last else [col(SearchTouchRow.tail) == last]
        return [col(SearchTouchRow.tail) == last]
    name = col(SearchTouchRow.name)
    if term.match is Match.EXACT:
        return [name == term.value]
    literal = term.value[: min(term.value.find(char) for char in _WILD if char in term.value)]
    return [_begins(name, literal)] if literal else []


def _begins(name: Mapped[str], prefix: str) -> ColumnElement[bool]:
    # scope: a condition only
    return and_(name >= prefix, name < prefix + "\U0010ffff")


def _recorded(row: SearchSessionRow) -> Recorded:
    # scope: the row was read with it
    return Recorded(
        attestation=row.attestation,
        session=row.session,
        agent=row.agent,
        source=row.source,
        at=row.at,
        seconds=row.seconds,
        authority=row.authority,
    )
