"""Walks over everything a log holds, in order and in bounded steps, for whoever checks it."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar, cast

from sqlalchemy import select as sql_select
from sqlmodel import col, select

from attest.store.database import reading
from attest.store.tables import AttestationRow, EntryRow, IndexRow, LogRow, PartRow, SubjectRow, TreeHeadRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Engine

    from attest.model.scope import Scope

BATCH: Final = 1024
LOOSE: Final = 2048
"""Entries given without a head where none follows: more than a group has."""


class Leaf(NamedTuple):
    """What of an entry the tree is made of."""

    idx: int
    leaf_hash: bytes
    body: bytes
    tree_size: int
    proof: bytes


@dataclass(frozen=True, slots=True)
class Leaves:
    """The same of many entries, a column at a time: what is compared or hashed by the hundred thousand."""

    idx: Sequence[int]
    leaf_hash: Sequence[bytes]
    body: Sequence[bytes]
    tree_size: Sequence[int]
    proof: Sequence[bytes]

    @classmethod
    def of(cls, rows: Sequence[tuple[object, ...]]) -> Leaves:
        """Take rows as `leaves` yields them."""
        return cls(*cast("Iterator[tuple[Any, ...]]", zip(*rows, strict=True))) if rows else cls((), (), (), (), ())

    @classmethod
    def of_entries(cls, rows: Sequence[EntryRow]) -> Leaves:
        """Take them from whole rows."""
        return cls.of([(row.idx, row.leaf_hash, row.body, row.tree_size, row.proof) for row in rows])

    def __len__(self) -> int:
        return len(self.idx)

    def __iter__(self) -> Iterator[Leaf]:
        columns = (self.idx, self.leaf_hash, self.body, self.tree_size, self.proof)
        return map(Leaf._make, zip(*columns, strict=True))


L = TypeVar("L")


def leaves(engine: Engine, scope: Scope, log: str, *, first: int = 0) -> Iterator[Sequence[tuple[int, ...]]]:
    """Yield of all entries from `first` on, in order, what the tree is made of, up to 1,024 at a time: tuples in the order of `Leaf`.

    As the driver gives them: whatever is made of each row costs as much as its leaf's hash, and more of them at a time would
    no longer be near the processor when they are hashed.
    """
    columns = (EntryRow.idx, EntryRow.leaf_hash, EntryRow.body, EntryRow.tree_size, EntryRow.proof)
    while True:
        with reading(engine) as session:
            query = (
                sql_select(*(col(column) for column in columns))
                .where(col(EntryRow.tenant) == scope.tenant, col(EntryRow.log) == log, col(EntryRow.idx) >= first)
                .order_by(col(EntryRow.idx))
                .limit(BATCH)
            )
            rows = session.connection().execute(query).cursor.fetchall()
        if not rows:
            return
        yield rows
        first = rows[-1][0] + 1


def groups(
    heads: Iterator[TreeHeadRow], batches: Iterator[Sequence[L]], index: Callable[[L], int]
) -> Iterator[list[tuple[TreeHeadRow | None, list[L]]]]:
    """Yield entries by the head that closes their group, some groups at a time; those that no head follows without one.

    `index` gives the place of an entry in the log.
    """
    waiting: list[L] = []
    head = next(heads, None)
    for batch in batches:
        waiting += batch
        ready: list[tuple[TreeHeadRow | None, list[L]]] = []
        at = 0
        while head is not None and at < len(waiting) and index(waiting[-1]) >= head.tree_size - 1:
            end = bisect_left(waiting, head.tree_size, lo=at, key=index)
            ready.append((head, waiting[at:end]))
            at, head = end, next(heads, None)
        if len(waiting) - at > LOOSE + len(batch):
            ready.append((None, waiting[at:]))
            at = len(waiting)
        waiting = waiting[at:]
        if ready:
            yield ready
    left: list[tuple[TreeHeadRow | None, list[L]]] = [(None, waiting)] if waiting else []
    if head is not None:
        left += [(one, []) for one in (head, *heads)]
    if left:
        yield left


def entries(engine: Engine, scope: Scope, log: str) -> Iterator[Sequence[EntryRow]]:
    """Yield all entries in order, up to 1,024 at a time."""
    first = 0
    while True:
        with reading(engine) as session:
            query = (
                select(EntryRow)
                .where(EntryRow.tenant == scope.tenant, EntryRow.log == log, col(EntryRow.idx) >= first)
                .order_by(col(EntryRow.idx))
                .limit(BATCH)
            )
            rows = session.exec(query).all()
        if not rows:
            return
        yield rows
        first = rows[-1].idx + 1


def heads(engine: Engine, scope: Scope, log: str) -> Iterator[TreeHeadRow]:
    """Yield all heads, smallest first."""
    size = -1
    while True:
        with reading(engine) as session:
            query = (
                select(TreeHeadRow)
                .where(TreeHeadRow.tenant == scope.tenant, TreeHeadRow.log == log, col(TreeHeadRow.tree_size) > size)
                .order_by(col(TreeHeadRow.tree_size))
                .limit(BATCH)
            )
            rows = session.exec(query).all()
        if not rows:
            return
        yield from rows
        size = rows[-1].tree_size


def log_row(engine: Engine, scope: Scope, log: str) -> LogRow | None:
    """Give the row of the log; None when there is none."""
    with reading(engine) as session:
        return session.get(LogRow, (scope.tenant, log))


def index_rows(engine: Engine, scope: Scope, log: str, *, first: int, end: int) -> frozenset[tuple[bytes, int, bytes]]:
    """Give the index rows (key, index, payload hash) of the entries [first, end)."""
    with reading(engine) as session:
        query = (
            select(IndexRow.key, IndexRow.idx, IndexRow.payload_hash)
            .where(IndexRow.tenant == scope.tenant, IndexRow.log == log)
            .where(col(IndexRow.idx) >= first, col(IndexRow.idx) < end)
        )
        return frozenset(session.exec(query).all())


def derived_rows(
    engine: Engine, scope: Scope, log: str, *, first: int, end: int
) -> tuple[dict[int, AttestationRow], frozenset[tuple[str, str, int, str]]]:
    """Give the attestation rows by index, and the subject rows (kind, value, index, attestation), of entries [first, end)."""
    with reading(engine) as session:
        found = session.exec(
            select(AttestationRow)
            .where(AttestationRow.tenant == scope.tenant, AttestationRow.log == log)
            .where(col(AttestationRow.idx) >= first, col(AttestationRow.idx) < end)
        ).all()
        subjects = session.exec(
            select(SubjectRow.kind, SubjectRow.value, SubjectRow.idx, SubjectRow.attestation)
            .outerjoin(
                AttestationRow,
                (col(AttestationRow.tenant) == SubjectRow.tenant) & (col(AttestationRow.id) == SubjectRow.attestation),
            )
            .where(SubjectRow.tenant == scope.tenant)
            .where(col(SubjectRow.idx) >= first, col(SubjectRow.idx) < end)
            # Indices are of one log each; rows of no attestation are nobody's, and are told wherever one looks.
            .where((col(AttestationRow.log) == log) | col(AttestationRow.id).is_(None))
        ).all()
    return {row.idx: row for row in found}, frozenset(subjects)


def parts(engine: Engine, scope: Scope, attestation: str) -> Sequence[PartRow]:
    """Give the part rows of an attestation in order."""
    with reading(engine) as session:
        query = select(PartRow).where(PartRow.tenant == scope.tenant, PartRow.attestation == attestation)
        return session.exec(query.order_by(col(PartRow.position))).all()


def part_addresses(engine: Engine, scope: Scope) -> frozenset[str]:
    """Give the addresses of all objects that any part names."""
    with reading(engine) as session:
        return frozenset(session.exec(select(PartRow.ciphertext).where(PartRow.tenant == scope.tenant)).all())
