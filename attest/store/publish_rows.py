"""What a publication reads of the database: heads and entries of one log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import col, select

from attest.store.tables import EntryRow, TreeHeadRow

if TYPE_CHECKING:
    from sqlmodel import Session

    from attest.model.scope import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A signed head as it is published."""

    size: int
    root: bytes
    note: bytes


class PublishRows:
    """Reads one log of one tenant. What it reads never changes once it is there, so that no two reads need one state."""

    def __init__(self, scope: Scope, log: str) -> None:
        self._tenant = scope.tenant
        self._log = log

    def head(self, session: Session, size: int | None = None) -> Head | None:
        """Give the head of a size, or the newest; None where there is none."""
        query = select(TreeHeadRow.tree_size, TreeHeadRow.root, TreeHeadRow.c2sp_note).where(
            TreeHeadRow.tenant == self._tenant, TreeHeadRow.log == self._log
        )
        if size is None:
            query = query.order_by(col(TreeHeadRow.tree_size).desc()).limit(1)
        else:
            query = query.where(TreeHeadRow.tree_size == size)
        found = session.exec(query).one_or_none()
        _let_go(session)
        return None if found is None else Head(size=found[0], root=found[1], note=found[2].encode())

    def sizes(self, session: Session, first: int, end: int) -> tuple[int, ...]:
        """Give the sizes of the heads after `first`, up to `end`."""
        query = (
            select(TreeHeadRow.tree_size)
            .where(TreeHeadRow.tenant == self._tenant, TreeHeadRow.log == self._log)
            .where(col(TreeHeadRow.tree_size) > first, col(TreeHeadRow.tree_size) <= end)
        )
        found = tuple(session.exec(query))
        _let_go(session)
        return found

    def entries(self, session: Session, first: int, end: int) -> tuple[list[bytes], list[bytes]]:
        """Give bodies and leaf hashes of the entries [first, end)."""
        query = (
            select(EntryRow.body, EntryRow.leaf_hash)
            .where(EntryRow.tenant == self._tenant, EntryRow.log == self._log)
            .where(col(EntryRow.idx) >= first, col(EntryRow.idx) < end)
            .order_by(col(EntryRow.idx))
        )
        rows = session.exec(query).all()
        _let_go(session)
        return [body for body, _ in rows], [leaf for _, leaf in rows]


def _let_go(session: Session) -> None:
    if session.get_bind().dialect.name == "sqlite":
        # A reader that stayed while files are written would keep SQLite's log of writes from beginning anew.
        session.rollback()
