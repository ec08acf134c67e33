"""Reading a log by number: any entry with its leaf, any signed head, and the name an entry is known by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import col, select

from attest.store.database import reading
from attest.store.log_rows import leaf_of
from attest.store.tables import AttestationRow, EntryRow, TreeHeadRow

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Engine

    from attest.model.ports import LeafParts
    from attest.model.scope import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """One leaf of a log."""

    index: int
    kind: str
    """`attestation`, `genesis` or `index`."""
    leaf_hash: bytes
    leaf: LeafParts
    attestation: str | None
    """`att_…`; None for the log's own leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredHead:
    """One signed tree head."""

    tree_size: int
    root: bytes
    c2sp_note: str
    sigstore_note: str
    signed_at: int
    """Seconds since the epoch, by the log's clock."""


class LogReader:
    """Reads one log of one tenant."""

    def __init__(self, engine: Engine, scope: Scope, log: str) -> None:
        self._engine = engine
        self._scope = scope
        self._log = log

    def entry(self, index: int) -> StoredEntry | None:
        """Give one entry; None when this log has none of that number."""
        place = (self._scope.tenant, self._log)
        with reading(self._engine) as session:
            row = session.get(EntryRow, (*place, index))
            if row is None:
                return None
            query = select(AttestationRow.id).where(
                AttestationRow.tenant == place[0], AttestationRow.log == place[1], AttestationRow.idx == index
            )
            name = session.exec(query).one_or_none()
        return StoredEntry(index=row.idx, kind=row.kind, leaf_hash=row.leaf_hash, leaf=leaf_of(row), attestation=name)

    def head(self, tree_size: int | None = None) -> StoredHead | None:
        """Give the head of exactly this size, or the newest; None when no head of that size was signed."""
        return self._head(*(() if tree_size is None else (col(TreeHeadRow.tree_size) == tree_size,)))

    def head_until(self, tree_size: int) -> StoredHead | None:
        """Give the newest head of at most this size; None when none was signed."""
        return self._head(col(TreeHeadRow.tree_size) <= tree_size)

    def _head(self, *conditions: ColumnElement[bool]) -> StoredHead | None:
        query = select(TreeHeadRow).where(TreeHeadRow.tenant == self._scope.tenant, TreeHeadRow.log == self._log)
        query = query.where(*conditions)
        with reading(self._engine) as session:
            row = session.exec(query.order_by(col(TreeHeadRow.tree_size).desc()).limit(1)).one_or_none()
        if row is None:
            return None
        return StoredHead(
            tree_size=row.tree_size,
            root=row.root,
            c2sp_note=row.c2sp_note,
            sigstore_note=row.sigstore_note,
            signed_at=row.signed_at,
        )
