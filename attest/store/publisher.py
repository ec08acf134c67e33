"""Publication: tiles and the checkpoint as files, made from the database and made again after any crash.

The database is the truth; the files are a copy that anyone may serve. The checkpoint is replaced last, so it never
speaks of a tile that is not there, and it never goes back: a smaller head than the published one stops everything.
"""

from __future__ import annotations

import hmac
from itertools import chain
from typing import TYPE_CHECKING

from sqlmodel import col, select

from attest.errors import Absent, AttestError, Refused
from attest.ledger.checkpoint import parse_checkpoint
from attest.ledger.tiles import TileReader, entry_bundles, hash_tiles
from attest.ledger.tree import Edge, grow
from attest.store.database import reading
from attest.store.durable import create_files, replace_file
from attest.store.engine import file_lock
from attest.store.tables import EntryRow, TreeHeadRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

    from attest.ledger.checkpoint import Checkpoint
    from attest.model.scope import Scope


class Publisher:
    """Writes the files of one log."""

    def __init__(self, engine: Engine, scope: Scope, log: str, *, directory: Path) -> None:
        self._engine = engine
        self._scope = scope
        self._log = log
        self.directory = directory

    def published(self) -> Checkpoint | None:
        """Give the published head, unverified; None when nothing was published yet.

        Raises:
            Refused: `ledger.corrupt`, the file is there and is no checkpoint.
        """
        path = self.directory / "checkpoint"
        try:
            note = path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            return parse_checkpoint(note.decode("utf-8").partition("\n\n")[0] + "\n")
        except (AttestError, UnicodeDecodeError) as err:
            raise Refused("ledger.corrupt", "the published checkpoint does not parse", where=str(path)) from err

    def publish(self) -> None:
        """Bring the files to the newest head; several processes may do so at once.

        Raises:
            Refused: `ledger.rollback`, the database is behind what was published, or contradicts it.
        """
        with file_lock(self.directory / ".publish.lock"):
            head = self._newest()
            before = self.published()
            if head is None:
                return
            self.require_not_behind(head, before)
            start = before.size if before else 0
            if start < head.tree_size:
                try:
                    self._write_tiles(start, head)
                except Absent:
                    # A tile that was published is gone: the database has everything to make them all again.
                    self._write_tiles(0, head)
                replace_file(self.directory / "checkpoint", head.c2sp_note.encode())

    def require_not_behind(self, head: TreeHeadRow | None, published: Checkpoint | None) -> None:
        """Refuse a database that is smaller than what was published from it, or that has another root for that size."""
        if published is None:
            return
        size = head.tree_size if head else 0
        if size < published.size:
            raise Refused("ledger.rollback", expected=f"at least {published.size} entries", got=str(size))
        root = self._root_at(published.size)
        if root is None or not hmac.compare_digest(root, published.root):
            raise Refused(
                "ledger.corrupt",
                "the database has another root than the one published for this size",
                expected=published.root.hex(),
                got=root.hex() if root else "no such head",
                where=f"tree size {published.size}",
            )

    def reader(self, size: int) -> TileReader:
        """Read the published log of one size."""
        return TileReader(size, self.fetch)

    def fetch(self, path: str) -> bytes:
        """Give one published file; the path is of this module's making or already checked."""
        try:
            return (self.directory / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as err:
            raise Absent("service.not-found", where=path) from err

    def _write_tiles(self, start: int, head: TreeHeadRow) -> None:
        first = start // 256 * 256
        bodies, hashes = self._entries(first, head.tree_size)
        read = self._node_reader(start, first, hashes, head)
        files = chain(
            hash_tiles(start, head.tree_size, read),
            entry_bundles(start, head.tree_size, lambda index: bodies[index - first]),
        )
        for path, data in create_files((self.directory / file.path, file.data) for file in files):
            if path.read_bytes() != data:
                where = path.relative_to(self.directory).as_posix()
                raise Refused("ledger.corrupt", "a published tile differs from the database", where=where)

    def _node_reader(
        self, start: int, first: int, hashes: list[bytes], head: TreeHeadRow
    ) -> Callable[[int, int], bytes]:
        # Nodes wholly below `first` come from published tiles; the others grow from the edge at `first`.
        older = self.reader(start)
        edge = _edge_at(first, older.read)
        growth = grow(edge, hashes)
        if not hmac.compare_digest(growth.root, head.root):
            raise Refused(
                "ledger.corrupt",
                "the entries do not give the root that was signed",
                where=f"tree size {head.tree_size}",
            )

        def read(level: int, index: int) -> bytes:
            node = growth.node(level, index)
            return node if node is not None else older.read(level, index)

        return read

    def _entries(self, first: int, end: int) -> tuple[list[bytes], list[bytes]]:
        with reading(self._engine) as session:
            query = (
                select(EntryRow.body, EntryRow.leaf_hash)
                .where(EntryRow.tenant == self._scope.tenant, EntryRow.log == self._log)
                .where(col(EntryRow.idx) >= first, col(EntryRow.idx) < end)
                .order_by(col(EntryRow.idx))
            )
            rows = session.exec(query).all()
        return [body for body, _ in rows], [leaf for _, leaf in rows]

    def _newest(self) -> TreeHeadRow | None:
        with reading(self._engine) as session:
            query = select(TreeHeadRow).where(TreeHeadRow.tenant == self._scope.tenant, TreeHeadRow.log == self._log)
            return session.exec(query.order_by(col(TreeHeadRow.tree_size).desc()).limit(1)).one_or_none()

    def _root_at(self, size: int) -> bytes | None:
        with reading(self._engine) as session:
            query = select(TreeHeadRow.root).where(
                TreeHeadRow.tenant == self._scope.tenant, TreeHeadRow.log == self._log, TreeHeadRow.tree_size == size
            )
            return session.exec(query).one_or_none()


def _edge_at(size: int, read: Callable[[int, int], bytes]) -> Edge:
    hashes = []
    at = 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            hashes.append(read(level, at >> level))
            at += 1 << level
    return Edge(size=size, hashes=tuple(hashes))
