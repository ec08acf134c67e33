"""The verifiable index as stored at the newest head: its last leaf, its live list, and every segment to prove from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from sqlalchemy import bindparam
from sqlmodel import col, select

from attest.ledger.index import decode_live
from attest.store.database import reading
from attest.store.log_rows import leaf_of
from attest.store.tables import EntryRow, TreeHeadRow

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlmodel import Session

    from attest.ledger.index.proof import SegmentTree
    from attest.model.ports import LeafParts
    from attest.model.scope import Scope
    from attest.store.segments import Segments


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexState:
    """What an answer is proved from; nothing in it is checked yet."""

    tree_size: int
    root: bytes
    live_blob: bytes
    segments: tuple[SegmentTree, ...]
    """In the order of the live list."""
    index_leaf: LeafParts
    """The last leaf of that tree: its statement commits to the list."""


_NEWEST: Final = (
    select(TreeHeadRow.tree_size, TreeHeadRow.root, TreeHeadRow.live)
    .where(col(TreeHeadRow.tenant) == bindparam("tenant"), col(TreeHeadRow.log) == bindparam("log"))
    .order_by(col(TreeHeadRow.tree_size).desc())
    .limit(1)
)


class Indexed(Protocol):
    """A log, as far as its index is read."""

    @property
    def name(self) -> str:
        """The log's name within the tenant."""
        ...

    @property
    def segments(self) -> Segments:
        """Its live segments."""
        ...


def newest_index(engine: Engine, scope: Scope, log: Indexed) -> IndexState:
    """Give the index at the newest head, all read in one transaction.

    What was read of the same head before is given again: nothing that belongs to a head ever changes.

    Raises:
        Refused: `ledger.corrupt`, the rows of a segment are not those that were committed to.
    """
    with reading(engine) as session:
        return index_in(session, scope, log)


def index_in(session: Session, scope: Scope, log: Indexed) -> IndexState:
    """Give the same inside a transaction.

    Raises:
        Refused: `ledger.corrupt`, as for `newest_index`.
    """
    size, root, live_blob = session.exec(_NEWEST, params={"tenant": scope.tenant, "log": log.name}).one()
    known = log.segments.newest
    if known is not None and (known.tree_size, known.root, known.live_blob) == (size, root, live_blob):
        return known
    leaf = session.get_one(EntryRow, (scope.tenant, log.name, size - 1))
    log.segments.newest = IndexState(
        tree_size=size,
        root=root,
        live_blob=live_blob,
        segments=tuple(log.segments.tree(session, live) for live in decode_live(live_blob)),
        index_leaf=leaf_of(leaf),
    )
    return log.segments.newest
