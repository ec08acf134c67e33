"""Finding attestations: by id, by commit, by session, with the state of the log the answer was given from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam
from sqlalchemy.orm import aliased
from sqlmodel import col, func, select

from attest.errors import NotVerified
from attest.ledger.index import KeyKind
from attest.model.scope import AsOf
from attest.store.database import reading
from attest.store.log_rows import leaf_of, log_id_of, receipt_of
from attest.store.tables import AttestationRow, EntryRow, LogRow, PartRow, SubjectRow, TreeHeadRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Engine
    from sqlmodel import Session

    from attest.model.ports import LeafParts, LogReceipt
    from attest.model.scope import Scope

ACCESS_LOG: Final = "access"
"""Name of the log of who read what, beside the tenant's own."""
MAX_ROWS: Final = 500
"""Rows of one answer or page."""


# Statements of every answer are built once: building them took longer than the database does.
_SPEAKING: Final = (
    select(AttestationRow)
    .join(
        SubjectRow,
        (col(SubjectRow.tenant) == AttestationRow.tenant) & (col(SubjectRow.attestation) == AttestationRow.id),
    )
    .where(col(SubjectRow.tenant) == bindparam("tenant"))
    .where(col(SubjectRow.kind) == bindparam("kind"), col(SubjectRow.value) == bindparam("value"))
    .order_by(col(SubjectRow.idx).desc())
    .limit(MAX_ROWS + 1)
)
_LATER: Final = aliased(TreeHeadRow)
# By log, so that an index leads to the last head: sorting the heads of all took as long as there are heads.
_LARGEST: Final = select(func.max(_LATER.tree_size)).where(_LATER.tenant == LogRow.tenant, _LATER.log == LogRow.log)
_HEAD: Final = (
    select(LogRow.origin, TreeHeadRow.tree_size, TreeHeadRow.root)
    .join(TreeHeadRow, (col(LogRow.tenant) == TreeHeadRow.tenant) & (col(LogRow.log) == TreeHeadRow.log))
    .where(col(LogRow.tenant) == bindparam("tenant"), LogRow.log != ACCESS_LOG)
    .where(col(TreeHeadRow.tree_size) == _LARGEST.correlate(LogRow).scalar_subquery())
    .order_by(col(TreeHeadRow.tree_size).desc())
    .limit(1)
)
_PLACED: Final = (
    select(EntryRow, TreeHeadRow, LogRow)
    .join(
        TreeHeadRow,
        (col(TreeHeadRow.tenant) == EntryRow.tenant)
        & (col(TreeHeadRow.log) == EntryRow.log)
        & (col(TreeHeadRow.tree_size) == EntryRow.tree_size),
    )
    .join(LogRow, (col(LogRow.tenant) == EntryRow.tenant) & (col(LogRow.log) == EntryRow.log))
    .where(col(EntryRow.tenant) == bindparam("tenant"), col(EntryRow.log) == bindparam("log"))
)
_ENTRY: Final = _PLACED.where(col(EntryRow.idx) == bindparam("idx"))
_ENTRIES: Final = _PLACED.where(col(EntryRow.idx).in_(bindparam("idx", expanding=True)))

_PARTS: Final = (
    select(PartRow)
    .where(col(PartRow.tenant) == bindparam("tenant"), col(PartRow.attestation) == bindparam("attestation"))
    .order_by(col(PartRow.position))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAttestation:
    """One logged statement with all that its bundle is rendered from."""

    id: str
    session: str | None
    predicate_type: str
    identity: str
    issuer: str
    recorded_at: int
    leaf: LeafParts
    receipt: LogReceipt
    foreign_bundle: bytes | None
    """The bundle as it came in, when it was signed elsewhere; None when it is rendered from leaf and receipt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPart:
    """Where one part of an attestation is kept."""

    name: str
    commitment: bytes
    ciphertext: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Rows with the state of the log they were read from."""

    rows: tuple[StoredAttestation, ...]
    as_of: AsOf
    more: bool
    """There are more rows than `MAX_ROWS` or the limit asked for."""


def visible(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    """Give the conditions under which a row of `attestation` may be seen: all that it touches is within the scope."""
    own = (col(AttestationRow.tenant) == scope.tenant,)
    if scope.repositories is None:
        return own
    subject = aliased(SubjectRow)  # the query around may have the table too
    touched = (
        select(subject.value)
        .where(subject.tenant == scope.tenant, subject.attestation == AttestationRow.id)
        .where(subject.kind == KeyKind.REPOSITORY.value)
    )
    within = col(subject.value).in_(scope.repositories)
    return (*own, touched.where(within).exists(), ~touched.where(~within).exists())


def by_id(engine: Engine, scope: Scope, attestation: str) -> StoredAttestation | None:
    """Give one attestation; None when this tenant has none of that id."""
    with reading(engine) as session:
        query = select(AttestationRow).where(*visible(scope), AttestationRow.id == attestation)
        row = session.exec(query).one_or_none()
        return stored_together(session, scope, (row,))[row.id] if row else None


def about(engine: Engine, scope: Scope, kind: str, value: str) -> Listing:
    """List the attestations about a subject (`git-commit`, `session`, `repository`), newest entry first."""
    with reading(engine) as session:
        rows = _about(session, scope, (kind, value))
        return _listing(session, scope, rows, limit=MAX_ROWS, as_of=head_as_of(session, scope))


def about_again(
    session: Session, scope: Scope, subject: tuple[str, str], known: dict[str, StoredAttestation]
) -> tuple[StoredAttestation, ...]:
    """Give up to `MAX_ROWS` of the same inside a transaction; those in `known` are not read again, the others are added."""
    rows = _about(session, scope, subject)[:MAX_ROWS]
    known |= stored_together(session, scope, [row for row in rows if row.id not in known])
    return tuple(known[row.id] for row in rows)


def _about(session: Session, scope: Scope, subject: tuple[str, str]) -> Sequence[AttestationRow]:
    kind, value = subject
    given = {"tenant": scope.tenant, "kind": kind, "value": value}
    return session.exec(_SPEAKING.where(*visible(scope)), params=given).all()


def newest(
    engine: Engine, scope: Scope, *, before: int | None, limit: int, predicate_type: str | None = None
) -> Listing:
    """List attestations of the tenant's log by entry, newest first, `before` an index (None: from the end)."""
    with reading(engine) as session:
        as_of = head_as_of(session, scope)
        query = select(AttestationRow).where(*visible(scope), of_log(scope, as_of))
        if before is not None:
            query = query.where(col(AttestationRow.idx) < before)
        if predicate_type is not None:
            query = query.where(AttestationRow.predicate_type == predicate_type)
        rows = session.exec(query.order_by(col(AttestationRow.idx).desc()).limit(limit + 1)).all()
        return _listing(session, scope, rows, limit=limit, as_of=as_of)


def values_with_prefix(engine: Engine, scope: Scope, kind: str, prefix: str, *, limit: int) -> tuple[str, ...]:
    """Give up to `limit` distinct subjects of a kind that begin with a prefix; this is a lookup, not a proof."""
    with reading(engine) as session:
        query = (
            select(SubjectRow.value)
            .where(SubjectRow.tenant == scope.tenant, SubjectRow.kind == kind)
            .where(col(SubjectRow.value) >= prefix, col(SubjectRow.value) < prefix + "\uffff")
            .distinct()
            .order_by(col(SubjectRow.value))
            .limit(limit)
        )
        if scope.repositories is not None:
            speaks = select(AttestationRow.id).where(*visible(scope), AttestationRow.id == SubjectRow.attestation)
            query = query.where(speaks.exists())
        return tuple(session.exec(query).all())


def parts_of(engine: Engine, scope: Scope, attestation: str) -> tuple[StoredPart, ...]:
    """Give the parts of an attestation in the order of its commitment list."""
    given = {"tenant": scope.tenant, "attestation": attestation}
    with reading(engine) as session:
        return tuple(
            StoredPart(name=r.name, commitment=r.commitment, ciphertext=r.ciphertext, size=r.size)
            for r in session.exec(_PARTS, params=given)
        )


def head_as_of(session: Session, scope: Scope) -> AsOf:
    """Give the newest state of the tenant's log, inside a transaction."""
    origin, size, root = session.exec(_HEAD, params={"tenant": scope.tenant}).one()
    return AsOf(log=origin, tree_size=size, root=root)


def count(engine: Engine, scope: Scope) -> int:
    """Count the attestations of a tenant."""
    with reading(engine) as session:
        return session.exec(
            select(func.count()).select_from(AttestationRow).where(AttestationRow.tenant == scope.tenant)
        ).one()


def of_log(scope: Scope, state: AsOf) -> ColumnElement[bool]:
    """Give the condition that a row of `attestation` is of the log of a state."""
    # One log by name: its entries stand in the order of an index. Of several, or of all but one, every row would be sorted.
    named = select(LogRow.log).where(LogRow.tenant == scope.tenant, LogRow.origin == state.log)
    return col(AttestationRow.log) == named.scalar_subquery()


def _listing(session: Session, scope: Scope, rows: Sequence[AttestationRow], *, limit: int, as_of: AsOf) -> Listing:
    held = stored_together(session, scope, rows[:limit])
    shown = tuple(held[row.id] for row in rows[:limit])
    return Listing(rows=shown, as_of=as_of, more=len(rows) > limit)


def stored_together(session: Session, scope: Scope, rows: Sequence[AttestationRow]) -> dict[str, StoredAttestation]:
    """Give the attestations of rows by their id; what belongs to those of one log is read at once, not one by one.

    Raises:
        NotVerified: `ledger.corrupt`, the entry, head or log of one is missing.
    """
    found: dict[str, StoredAttestation] = {}
    for log in {row.log for row in rows}:
        own = [row for row in rows if row.log == log]
        # An IN of one costs more than the rest of the statement.
        query, idx = (_ENTRIES, [row.idx for row in own]) if len(own) > 1 else (_ENTRY, own[0].idx)
        placed = session.exec(query, params={"tenant": scope.tenant, "log": log, "idx": idx})
        held = {entry.idx: (entry, head, log_row) for entry, head, log_row in placed}
        found |= {row.id: _stored(row, held.get(row.idx)) for row in own}
    return found


def _stored(row: AttestationRow, held: tuple[EntryRow, TreeHeadRow, LogRow] | None) -> StoredAttestation:
    if held is None:
        raise NotVerified("ledger.corrupt", "the entry, head or log of an attestation is missing", where=row.id)
    entry, head, log = held
    return StoredAttestation(
        id=row.id,
        session=row.session,
        predicate_type=row.predicate_type,
        identity=row.identity,
        issuer=row.issuer,
        recorded_at=row.recorded_at,
        leaf=leaf_of(entry),
        receipt=receipt_of(entry, head, log_id_of(log)),
        foreign_bundle=row.foreign_bundle,
    )
