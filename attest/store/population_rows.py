"""What the log spoke of below a tree size: the ground of populations. What was appended later is left out by index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlmodel import and_, col, or_, select

from attest.errors import InvalidInput
from attest.store.attestations import ACCESS_LOG, visible
from attest.store.database import reading
from attest.store.facet_find import with_values
from attest.store.facet_tables import RecordingFacetsRow
from attest.store.tables import AttestationRow, PartRow, SubjectRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import ColumnElement, Engine

    from attest.model.scope import Scope

MAX_ENTRIES: Final = 2_000_000
"""Entries read for one population."""
_PAGE: Final = 2000
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Which entries count."""

    tree_size: int
    first: int = 0
    """Entries below this index do not count."""
    repository: str = ""
    """As `normal_repository` writes it; empty: of whatever repository."""
    since: int | None = None
    until: int | None = None
    predicate_types: tuple[str, ...] = ()
    """Empty: all."""
    facets: tuple[tuple[str, str], ...] = ()
    """Values that recordings have; they have to be counted up to `tree_size`. Empty: of whatever values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """One entry that speaks of one commit."""

    oid: str
    index: int
    attestation: str
    predicate_type: str


def spoken_commits(engine: Engine, scope: Scope, ground: Ground) -> Iterator[Spoken]:
    """Yield every entry of the ground for every commit it speaks of, by commit, then by index.

    Raises:
        InvalidInput: `input.too-large`, beyond `MAX_ENTRIES`.
    """
    base = (
        select(SubjectRow.value, SubjectRow.idx, SubjectRow.attestation, AttestationRow.predicate_type)
        .join(
            AttestationRow,
            (col(SubjectRow.tenant) == AttestationRow.tenant) & (col(SubjectRow.attestation) == AttestationRow.id),
        )
        .where(SubjectRow.tenant == scope.tenant, SubjectRow.kind == "git-commit")
        .where(col(SubjectRow.idx) < ground.tree_size, *_conditions(scope, ground))
    )
    after: tuple[str, int] | None = None
    read = 0
    while True:
        query = base
        if after is not None:
            value, index = after
            query = query.where(
                or_(
                    col(SubjectRow.value) > value,
                    and_(col(SubjectRow.value) == value, col(SubjectRow.idx) > index),
                )
            )
        with reading(engine) as session:
            rows = session.exec(query.order_by(col(SubjectRow.value), col(SubjectRow.idx)).limit(_PAGE)).all()
        for oid, index, attestation, kind in rows:
            yield Spoken(oid=oid, index=index, attestation=attestation, predicate_type=kind)
        if len(rows) < _PAGE:
            return
        after = (rows[-1][0], rows[-1][1])
        read += len(rows)
        if read > MAX_ENTRIES:
            raise InvalidInput("input.too-large", "entries of a population", expected=f"<= {MAX_ENTRIES}")


def spoken_of(engine: Engine, scope: Scope, oids: Sequence[str], tree_size: int) -> Iterator[Spoken]:
    """Yield every entry below a tree size that speaks of one of these commits."""
    for start in range(0, len(oids), _AT_ONCE):
        query = (
            select(SubjectRow.value, SubjectRow.idx, SubjectRow.attestation, AttestationRow.predicate_type)
            .join(
                AttestationRow,
                (col(SubjectRow.tenant) == AttestationRow.tenant) & (col(SubjectRow.attestation) == AttestationRow.id),
            )
            .where(SubjectRow.tenant == scope.tenant, SubjectRow.kind == "git-commit")
            .where(
                *_readable(scope),
                col(SubjectRow.idx) < tree_size,
                col(SubjectRow.value).in_(oids[start : start + _AT_ONCE]),
            )
        )
        with reading(engine) as session:
            rows = session.exec(query).all()
        for oid, index, attestation, kind in rows:
            yield Spoken(oid=oid, index=index, attestation=attestation, predicate_type=kind)


def entries_of(engine: Engine, scope: Scope, ground: Ground) -> Iterator[str]:
    """Yield the attestations of the ground's types, in the order of the log.

    Raises:
        InvalidInput: `input.too-large`, beyond `MAX_ENTRIES`.
    """
    base = select(AttestationRow.id, AttestationRow.idx).where(
        AttestationRow.tenant == scope.tenant, col(AttestationRow.idx) < ground.tree_size, *_conditions(scope, ground)
    )
    after, read = -1, 0
    while True:
        with reading(engine) as session:
            query = base.where(col(AttestationRow.idx) > after).order_by(col(AttestationRow.idx)).limit(_PAGE)
            rows = session.exec(query).all()
        for name, _ in rows:
            yield name
        if len(rows) < _PAGE:
            return
        after = rows[-1][1]
        read += len(rows)
        if read > MAX_ENTRIES:
            raise InvalidInput("input.too-large", "entries of a population", expected=f"<= {MAX_ENTRIES}")


def sessions_with_parts(engine: Engine, scope: Scope, attestations: Sequence[str]) -> dict[str, str]:
    """Give the session of each of these attestations whose parts were kept here."""
    found: dict[str, str] = {}
    for start in range(0, len(attestations), _AT_ONCE):
        some = attestations[start : start + _AT_ONCE]
        query = (
            select(AttestationRow.id, AttestationRow.session)
            .where(*_readable(scope), col(AttestationRow.id).in_(some))
            .where(
                col(AttestationRow.id).in_(
                    select(PartRow.attestation).where(
                        PartRow.tenant == scope.tenant, col(PartRow.attestation).in_(some)
                    )
                )
            )
        )
        with reading(engine) as session:
            rows = session.exec(query).all()
        found |= {name: of for name, of in rows if of is not None}
    return found


def _conditions(scope: Scope, ground: Ground) -> list[ColumnElement[bool]]:
    """Give what narrows a query that reads attestation rows."""
    found: list[ColumnElement[bool]] = [*_readable(scope)]
    if ground.first:
        found.append(col(AttestationRow.idx) >= ground.first)
    if ground.since is not None:
        found.append(col(AttestationRow.recorded_at) >= ground.since)
    if ground.until is not None:
        found.append(col(AttestationRow.recorded_at) < ground.until)
    if ground.predicate_types:
        found.append(col(AttestationRow.predicate_type).in_(ground.predicate_types))
    if ground.facets:
        alike = select(RecordingFacetsRow.idx).where(
            RecordingFacetsRow.tenant == scope.tenant,
            col(RecordingFacetsRow.log) == col(AttestationRow.log),
            col(RecordingFacetsRow.idx) == col(AttestationRow.idx),
            *with_values(scope, ground.facets),
        )
        found.append(alike.exists())
    if ground.repository:
        named = select(SubjectRow.attestation).where(
            SubjectRow.tenant == scope.tenant,
            SubjectRow.kind == "repository",
            SubjectRow.value == ground.repository,
        )
        found.append(col(AttestationRow.id).in_(named))
    return found


def _readable(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    """Give what the caller may see, without the log of who read what: indices of two logs are not one order."""
    return (*visible(scope), col(AttestationRow.log) != ACCESS_LOG)
