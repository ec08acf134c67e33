"""Recordings by what they have in common: a page of those that were chosen, and how many have each value.

What is counted is exact. It is bounded by what is looked at: beyond a number of recordings, or of combinations of their
values, nothing is counted and that is said; a page is given all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import String, cast, literal, union_all
from sqlmodel import col, func, select

from attest.model.recording_facets import FACETS, FacetCount, FacetCounts
from attest.store.attestation_lists import MAX_COUNTED, Listed
from attest.store.attestations import head_as_of, stored_together
from attest.store.database import reading
from attest.store.facet_rows import facets_to
from attest.store.facet_tables import FacetValueRow, RecordingFacetsRow
from attest.store.tables import AttestationRow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, CompoundSelect, Engine
    from sqlalchemy.orm import Mapped
    from sqlmodel import Session

    from attest.model.recording_facets import Chosen
    from attest.model.scope import AsOf, Scope

MAX_RECORDINGS: Final = 200_000
"""Recordings that are counted."""
MAX_COMBINATIONS: Final = 2_000
"""Combinations of values whose recordings are counted."""
MAX_SHOWN: Final = 12
"""Values of one facet that are given."""
_MONTH: Final = "month"
_ONE_EACH: Final = "source"
"""The facet of which each combination has exactly one value."""


def listed_chosen(
    engine: Engine, scope: Scope, log: str, *, chosen: Chosen, as_of: AsOf | None, before: int | None, limit: int
) -> tuple[Listed, int]:
    """List recordings of a state of the log (None: the newest), newest first, `before` an index; and how far it is read."""
    index = col(RecordingFacetsRow.idx)
    with reading(engine) as session:
        state = as_of or head_as_of(session, scope)
        places = select(RecordingFacetsRow.idx).where(*conditions(scope, log, chosen, state.tree_size))
        number = session.exec(select(func.count()).select_from(places.limit(MAX_COUNTED + 1).subquery())).one()
        if number > MAX_COUNTED:
            # So many are met soon when the log is read from its end; few are found by their combinations, and sorted.
            places = places.where(index < (state.tree_size if before is None else before)).order_by(index.desc())
        elif before is not None:
            places = places.where(index + 0 < before)
        found = session.exec(places.order_by((index + 0).desc()).limit(limit + 1)).all()
        query = select(AttestationRow).where(AttestationRow.tenant == scope.tenant, AttestationRow.log == log)
        rows = session.exec(query.where(col(AttestationRow.idx).in_(found[:limit]))).all()
        stored = stored_together(session, scope, rows)
        reached = min(facets_to(session, scope, log), state.tree_size)
    newest_first = tuple(stored[row.id] for row in sorted(rows, key=lambda row: -row.idx))
    return Listed(rows=newest_first, as_of=state, more=len(found) > limit, count=number), reached


def facet_counts(engine: Engine, scope: Scope, log: str, *, chosen: Chosen, as_of: AsOf | None) -> FacetCounts:
    """Count the chosen recordings by facet, in a state of the log (None: the newest)."""
    with reading(engine) as session:
        state = as_of or head_as_of(session, scope)
        reached = min(facets_to(session, scope, log), state.tree_size)
        if not _few(session, scope, log, chosen):
            return FacetCounts(total=None, facets={}, more={}, months=(), indexed_to=reached, as_of=state)
        rows = session.execute(_grouped(scope, conditions(scope, log, chosen, state.tree_size))).all()
    by_facet: dict[str, list[FacetCount]] = {name: [] for name in (*FACETS, _MONTH)}
    for facet, value, count in rows:
        by_facet[facet].append(FacetCount(value=value, count=int(count)))
    months = sorted(by_facet.pop(_MONTH), key=lambda one: one.value, reverse=True)
    for found in by_facet.values():
        found.sort(key=lambda one: (-one.count, one.value))
    return FacetCounts(
        total=sum(one.count for one in months),
        facets={name: tuple(found[:MAX_SHOWN]) for name, found in by_facet.items()},
        more={name: len(found[MAX_SHOWN:]) for name, found in by_facet.items()},
        months=tuple((f"{one.value[:4]}-{one.value[4:]}", one.count) for one in months),
        indexed_to=reached,
        as_of=state,
    )


def _grouped(scope: Scope, held: tuple[ColumnElement[bool], ...]) -> CompoundSelect[tuple[str, str, int]]:
    # scope: its conditions are among `held`
    row, number = RecordingFacetsRow, func.count()
    both = (col(row.combination), col(row.month))
    # Read once, in the order of an index, and summed twice.
    group = select(*both, number.label("n")).where(*held).group_by(*both).cte("grouped")
    months = select(literal(_MONTH), cast(group.c.month, String), func.sum(group.c.n)).group_by(group.c.month)
    alike = select(group.c.combination, func.sum(group.c.n).label("n")).group_by(group.c.combination).subquery()
    values = (
        select(FacetValueRow.facet, FacetValueRow.value, func.sum(alike.c.n))
        .join(alike, alike.c.combination == FacetValueRow.combination)
        .where(FacetValueRow.tenant == scope.tenant)
        .group_by(col(FacetValueRow.facet), col(FacetValueRow.value))
    )
    return union_all(values, months)


def conditions(scope: Scope, log: str, chosen: Chosen, tree_size: int) -> tuple[ColumnElement[bool], ...]:
    """Give what a row of `recording_facets` has to be: of the log below a size, in the scope, and chosen."""
    row = RecordingFacetsRow
    found: list[ColumnElement[bool]] = [
        col(row.tenant) == scope.tenant,
        col(row.log) == log,
        # Not `idx < …`: SQLite would go through the whole log by it, and not through the combinations.
        col(row.idx) + 0 < tree_size,
    ]
    if chosen.since is not None:
        found.append(col(row.recorded_at) >= chosen.since)
    if chosen.until is not None:
        found.append(col(row.recorded_at) < chosen.until)
    return (*found, *with_values(scope, chosen.values))


def with_values(scope: Scope, values: Iterable[tuple[str, str]]) -> list[ColumnElement[bool]]:
    """Give what a row of `recording_facets` has to be so that it has these values."""
    return _of_combination(scope, values, col(RecordingFacetsRow.combination))


def _of_combination(scope: Scope, values: Iterable[tuple[str, str]], number: Mapped[int]) -> list[ColumnElement[bool]]:
    value = col(FacetValueRow.value)
    of = select(FacetValueRow.combination).where(FacetValueRow.tenant == scope.tenant)
    found: list[ColumnElement[bool]] = [
        number.in_(of.where(FacetValueRow.facet == name, value == wanted)) for name, wanted in values
    ]
    if scope.repositories is not None:
        # As `attestations.visible`: all that a recording touches is within the scope, and something is.
        touched = of.where(FacetValueRow.facet == "repository")
        found += [
            number.in_(touched.where(value.in_(scope.repositories))),
            number.not_in(touched.where(value.not_in(scope.repositories))),
        ]
    return found


def _few(session: Session, scope: Scope, log: str, chosen: Chosen) -> bool:
    """Say whether so few are looked at that they can be counted while somebody waits."""
    held = (col(RecordingFacetsRow.tenant) == scope.tenant, col(RecordingFacetsRow.log) == log)
    beyond = select(RecordingFacetsRow.idx).where(*held).order_by(col(RecordingFacetsRow.idx)).offset(MAX_RECORDINGS)
    many = facets_to(session, scope, log) > MAX_RECORDINGS
    if many and session.exec(beyond.limit(1)).first() is not None:
        return False
    number = col(FacetValueRow.combination)
    query = select(number).where(FacetValueRow.tenant == scope.tenant, FacetValueRow.facet == _ONE_EACH)
    query = query.where(*_of_combination(scope, chosen.values, number))
    return session.exec(query.offset(MAX_COMBINATIONS).limit(1)).first() is None
