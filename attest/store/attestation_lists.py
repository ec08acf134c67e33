"""Lists of attestations below a tree size: a page, and how many there are; what was appended later is left out by index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlmodel import col, func, select

from attest.errors import InvalidInput
from attest.ledger.index import KeyKind
from attest.store.attestations import ACCESS_LOG, StoredAttestation, head_as_of, of_log, stored_together, visible
from attest.store.database import reading
from attest.store.tables import AttestationRow, SubjectRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Engine

    from attest.model.scope import AsOf, Scope

MAX_COUNTED: Final = 10_000
"""Rows counted of one list; beyond it a count is a lower bound."""
MAX_SPEAKING: Final = 20_000
"""Attestations that one lookup of many commits gives."""
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which attestations are listed."""

    predicate_type: str | None = None
    about: tuple[str, str] | None = None
    """Kind and value of a subject, as in `attestations.about`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A page of a list."""

    rows: tuple[StoredAttestation, ...]
    as_of: AsOf
    more: bool
    count: int
    """Of the whole list, `MAX_COUNTED` at most."""


def listed(engine: Engine, scope: Scope, asked: Asked, *, as_of: AsOf | None, before: int | None, limit: int) -> Listed:
    """List attestations of a state of the log (None: the newest), newest first, `before` an index."""
    with reading(engine) as session:
        state = as_of or head_as_of(session, scope)
        held = (*_conditions(scope, asked), of_log(scope, state), col(AttestationRow.idx) < state.tree_size)
        query = select(AttestationRow).where(AttestationRow.tenant == scope.tenant, *held)
        if before is not None:
            query = query.where(col(AttestationRow.idx) < before)
        rows = session.exec(query.order_by(col(AttestationRow.idx).desc()).limit(limit + 1)).all()
        counted = select(AttestationRow.id).where(AttestationRow.tenant == scope.tenant, *held).limit(MAX_COUNTED + 1)
        number = session.exec(select(func.count()).select_from(counted.subquery())).one()
        found = stored_together(session, scope, rows[:limit])
    return Listed(
        rows=tuple(found[row.id] for row in rows[:limit]),
        as_of=state,
        more=len(rows) > limit,
        count=number,
    )


def _conditions(scope: Scope, asked: Asked) -> tuple[ColumnElement[bool], ...]:
    found = list(visible(scope))
    if asked.predicate_type is not None:
        found.append(col(AttestationRow.predicate_type) == asked.predicate_type)
    if asked.about is not None:
        kind, value = asked.about
        named = select(SubjectRow.attestation).where(
            SubjectRow.tenant == scope.tenant, SubjectRow.kind == kind, SubjectRow.value == value
        )
        found.append(col(AttestationRow.id).in_(named))
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaks:
    """One attestation that speaks of a commit."""

    attestation: str
    predicate_type: str
    session: str | None
    index: int


def speaking_of(
    engine: Engine, scope: Scope, oids: Sequence[str], as_of: AsOf | None
) -> tuple[AsOf, dict[str, tuple[Speaks, ...]]]:
    """Give what speaks of each commit in a state of the log (None: the newest), newest first; looked up, not proved.

    Raises:
        InvalidInput: `input.too-large`, more than `MAX_SPEAKING` in all.
    """
    found: dict[str, list[Speaks]] = {}
    number = 0
    with reading(engine) as session:
        state = as_of or head_as_of(session, scope)
        for start in range(0, len(oids), _AT_ONCE):
            query = (
                select(SubjectRow, AttestationRow.predicate_type, AttestationRow.session)
                .join(
                    AttestationRow,
                    (col(SubjectRow.tenant) == AttestationRow.tenant)
                    & (col(SubjectRow.attestation) == AttestationRow.id),
                )
                .where(SubjectRow.tenant == scope.tenant, SubjectRow.kind == KeyKind.GIT_COMMIT.value)
                .where(col(SubjectRow.value).in_(oids[start : start + _AT_ONCE]))
                .where(*visible(scope), col(AttestationRow.log) != ACCESS_LOG, col(SubjectRow.idx) < state.tree_size)
                .order_by(col(SubjectRow.idx).desc())
                .limit(MAX_SPEAKING + 1 - number)
            )
            for row, kind, of in session.exec(query):
                one = Speaks(attestation=row.attestation, predicate_type=kind, session=of, index=row.idx)
                found.setdefault(row.value, []).append(one)
                number += 1
    if number > MAX_SPEAKING:
        raise InvalidInput("input.too-large", "attestations of these commits", expected=f"<= {MAX_SPEAKING}")
    return state, {oid: tuple(found.get(oid, ())) for oid in oids}
