"""Before anything is signed: is this tree at least as large as every head of it that somebody else may hold?

A database put back from an older copy would sign a second history of the same log, and whoever holds a head of the
first could prove it. So it signs nothing until the missing entries are back, or the log has ended in a successor.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from sqlmodel import col, select

from attest.errors import Refused
from attest.store.database import reading
from attest.store.tables import TreeHeadRow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Engine

    from attest.model.ports import LogReceipt
    from attest.model.scope import Scope
    from attest.store.known_heads import KnownHeads
    from attest.store.log_store import Append, Submission


class RestoreGuard:
    """Compares one log with the heads known of it."""

    def __init__(self, engine: Engine, scope: Scope, log: str, heads: KnownHeads) -> None:
        self._engine = engine
        self._place = (scope.tenant, log)
        self.heads = heads
        self._seen = -1
        """Size up to which the known heads were compared."""

    def require(self) -> None:
        """Refuse to go on with a log that is behind a known head, or has another root for its size.

        Raises:
            Refused: `ledger.rollback` or `ledger.corrupt`.
        """
        known = self.heads.all()
        if not known:
            return
        size = self._size()
        if known[0].size > size:
            expected = f"at least {known[0].size} entries"
            raise Refused("ledger.rollback", expected=expected, got=str(size), where=known[0].source)
        for head in known:
            root = self._root_at(head.size) if head.root is not None else None
            if head.root is not None and (root is None or not hmac.compare_digest(root, head.root)):
                raise Refused(
                    "ledger.corrupt",
                    "the database has another root than a head that somebody holds",
                    expected=head.root.hex(),
                    got=root.hex() if root else "no such head",
                    where=head.source,
                )
        self._seen = size

    def guarding(self, append: Append) -> Append:
        """Give an `append` that asks `require` first whenever a head larger than the last compared is known.

        It raises what `require` does, and `ledger.closed` when the log has ended.
        """

        def guarded(
            submissions: Sequence[Submission], *, on_step: Callable[[str], None] = lambda _: None
        ) -> tuple[LogReceipt, ...]:
            known = self.heads.all()
            if self.heads.closed:
                raise Refused("ledger.closed")
            if known and known[0].size > self._seen:
                self.require()
            return append(submissions, on_step=on_step)

        return guarded

    def _size(self) -> int:
        tenant, log = self._place
        query = select(TreeHeadRow.tree_size).where(TreeHeadRow.tenant == tenant, TreeHeadRow.log == log)
        with reading(self._engine) as session:
            return session.exec(query.order_by(col(TreeHeadRow.tree_size).desc()).limit(1)).one_or_none() or 0

    def _root_at(self, size: int) -> bytes | None:
        tenant, log = self._place
        query = select(TreeHeadRow.root).where(TreeHeadRow.tenant == tenant, TreeHeadRow.log == log)
        with reading(self._engine) as session:
            return session.exec(query.where(TreeHeadRow.tree_size == size)).one_or_none()
