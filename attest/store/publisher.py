"""Publication: tiles and the checkpoint as files, made from the database and made again after any crash.

The database is the truth; the files are a copy that anyone may serve. The checkpoint is replaced last, so it never
speaks of a tile that is not there, and it never goes back: a smaller head than the published one stops everything.

What is brought to disk before the checkpoint is, and what is not:

1. full tiles and bundles, and partial tiles of the levels above: durable, with their names
2. the partial tile of level 0 and the partial bundle: in the hands of the operating system, which every reader sees.
   They change with every publication, and they are made again from the database: a power cut may tear them, and
   `mend` at the next start, before anything is served, puts each partial file of the unfinished tile right
3. the checkpoint: durable
4. when a tile became full, its partial files are removed (C2SP tlog-tiles allows it from then on)

One publisher at a time: a lock file on this machine, an advisory lock on PostgreSQL, and on S3 the checkpoint is
replaced only if it is still the one that was read.
"""

from __future__ import annotations

import hmac
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final

from attest.errors import Absent, AttestError, CannotVerify, Refused
from attest.ledger.checkpoint import parse_checkpoint
from attest.ledger.tiles import TILE_WIDTH, TileReader, entry_bundles, hash_tiles
from attest.ledger.tree import Edge, grow
from attest.store.database import reading, writing
from attest.store.engine import file_lock
from attest.store.files import NewFile, differing
from attest.store.folder import Folder
from attest.store.partial_tiles import is_young, mend_partials, outgrown, put_young, swept
from attest.store.publish_rows import PublishRows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Engine
    from sqlmodel import Session

    from attest.ledger.checkpoint import Checkpoint
    from attest.ledger.tree import Growth
    from attest.model.scope import Scope
    from attest.store.files import Files, Version
    from attest.store.publish_rows import Head

CHECKPOINT: Final = "checkpoint"
MAX_ROUNDS: Final = 5
"""How often a checkpoint that another publisher has replaced meanwhile is read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tail:
    """What a publication leaves in memory for the next: the leaves of the last, unfinished tile."""

    note: bytes
    """The checkpoint that was published; another one there means that somebody else has published since."""
    edge: Edge
    """Of the full tiles before."""
    bodies: list[bytes]
    hashes: list[bytes]

    @property
    def size(self) -> int:
        return self.edge.size + len(self.bodies)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """A group that this process has just committed: what was hashed for the root it signed."""

    growth: Growth
    bodies: Sequence[bytes]
    hashes: Sequence[bytes]

    @property
    def size(self) -> int:
        """The size of the tree that it leads to."""
        return self.growth.edge.size

    @property
    def first(self) -> int:
        """The index of its first entry."""
        return self.size - len(self.bodies)


@dataclass(frozen=True, slots=True)
class _Grown:
    """A growth, and the leaves from the beginning of the tile that was not full before it."""

    growth: Growth
    bodies: list[bytes]
    hashes: list[bytes]


class Publisher:
    """Writes the files of one log."""

    def __init__(  # what a log's files are made of
        self, engine: Engine, scope: Scope, log: str, *, directory: Path, files: Files | None = None
    ) -> None:
        self._engine = engine
        self._scope = scope
        self._log = log
        self._rows = PublishRows(scope, log)
        self.directory = directory
        """The log's folder on this machine: its lock, and its files unless they go elsewhere."""
        self.files: Files = files or Folder(directory)
        """Where checkpoint and tiles are published."""
        self._tail: _Tail | None = None

    def published(self) -> Checkpoint | None:
        """Give the published head, unverified; None when nothing was published yet.

        Raises:
            Refused: `ledger.corrupt`, the file is there and is no checkpoint.
            CannotVerify: `store.away`.
        """
        return self._parsed(self.files.read(CHECKPOINT))

    def publish(self, fresh: Fresh | None = None) -> None:
        """Bring the files to the newest head; several processes may do so at once.

        `fresh` is a group that was committed just now: where the files are of the head before it, and its root is the
        one that the database has, they are brought to its head, and its entries are not read and hashed a second time.
        Whoever committed another group since then publishes that one.

        Raises:
            Refused: `ledger.rollback`, the database is behind what was published, or contradicts it; `ledger.corrupt`,
                a tile of other bytes stands where one is to be written.
            CannotVerify: `store.away`: the head stays committed, and the next publication makes up for it.
        """
        with self._alone() as session:
            for _ in range(MAX_ROUNDS):
                if self._publish_once(session, fresh):
                    return
        raise CannotVerify("store.away", "the checkpoint keeps being replaced by others", where=self.files.where)

    def reach(self, size: int) -> None:
        """Publish, unless the checkpoint covers that size: what was logged before may not have been published then.

        Raises:
            AttestError: as `publish`.
        """
        published = self.published()
        if published is None or published.size < size:
            self.publish()

    def mend(self) -> None:
        """Put right what a power cut tore: the partial files of the unfinished tile, for each head signed within it.

        Raises:
            Refused: `ledger.corrupt`, a partial file of other bytes that are not a torn form of its own.
        """
        with self._alone() as session:
            published = self.published()
            if published is None:
                return
            first = published.size // TILE_WIDTH * TILE_WIDTH
            swept(self.files, published.size)
            if not self.files.tears or first == published.size:
                return
            leaves = self._rows.entries(session, first, published.size)
            mend_partials(self.files, first, leaves, self._rows.sizes(session, first, published.size))

    def require_not_behind(self, size: int, published: Checkpoint | None) -> None:
        """Refuse a database that is smaller than what was published from it, or that has another root for that size.

        Raises:
            Refused: `ledger.rollback` or `ledger.corrupt`.
        """
        if published is None:
            return
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
        """Give one published file; the path is of this module's making or already checked.

        Raises:
            Absent: `service.not-found`. CannotVerify: `store.away`.
        """
        return self.files.get(path)

    def tiles(self) -> Iterator[str]:
        """Give the path of every published tile and bundle, partial ones too, in no order."""
        return self.files.paths("tile")

    @contextmanager
    def _alone(self) -> Iterator[Session]:
        with file_lock(self.directory / ".publish.lock"):
            if self._engine.dialect.name == "postgresql":
                with writing(self._engine, alone=f"publish/{self._scope.tenant}/{self._log}") as session:
                    yield session
            else:
                # A lock of SQLite's would keep writers out; whoever publishes is on this machine.
                with reading(self._engine) as session:
                    yield session

    def _publish_once(self, session: Session, fresh: Fresh | None) -> bool:
        head = self._rows.head(session)
        seen = self.files.read(CHECKPOINT)
        before = self._parsed(seen)
        if head is None:
            return True
        tail = self._tail if seen is not None and self._tail is not None and self._tail.note == seen.data else None
        if tail is None or before is None or head.size < before.size:
            self.require_not_behind(head.size, before)
        start = before.size if before else 0
        if start == head.size:
            return True
        try:
            if tail and fresh and (own := self._own_head(session, head, fresh, tail)):
                head = own
                bodies, hashes = [*tail.bodies, *fresh.bodies], [*tail.hashes, *fresh.hashes]
                tail = self._write(start, head, _Grown(fresh.growth, bodies, hashes))
            else:
                tail = self._write_tiles(session, start, head, tail)
        except Absent:
            # A tile that was published is gone: the database has everything to make them all again.
            tail = self._write_tiles(session, 0, head, None)
        if not self.files.replace(CHECKPOINT, head.note, seen=seen):
            return False
        self._tail = tail
        outgrown(self.files, start, head.size)
        return True

    def _own_head(self, session: Session, newest: Head, fresh: Fresh, tail: _Tail) -> Head | None:
        """Give the head that a group leads to; None unless it follows on the tail, and the database has its root."""
        if fresh.first != tail.size:
            return None
        head = newest if newest.size == fresh.size else self._rows.head(session, fresh.size)
        return head if head is not None and hmac.compare_digest(head.root, fresh.growth.root) else None

    def _parsed(self, seen: Version | None) -> Checkpoint | None:
        if seen is None:
            return None
        try:
            return parse_checkpoint(seen.data.decode("utf-8").partition("\n\n")[0] + "\n")
        except (AttestError, UnicodeDecodeError) as err:
            where = f"{self.files.where}/{CHECKPOINT}"
            raise Refused("ledger.corrupt", "the published checkpoint does not parse", where=where) from err

    def _write_tiles(self, session: Session, start: int, head: Head, tail: _Tail | None) -> _Tail:
        first = start // TILE_WIDTH * TILE_WIDTH
        edge = tail.edge if tail else _edge_at(first, self.reader(start).read)
        bodies, hashes = self._rows.entries(session, start if tail else first, head.size)
        if tail:
            bodies, hashes = tail.bodies + bodies, tail.hashes + hashes
        growth = grow(edge, hashes, proofs=False)
        if not hmac.compare_digest(growth.root, head.root):
            where = f"tree size {head.size}"
            raise Refused("ledger.corrupt", "the entries do not give the root that was signed", where=where)
        return self._write(start, head, _Grown(growth, bodies, hashes))

    def _write(self, start: int, head: Head, grown: _Grown) -> _Tail:
        """Write the files of a growth of which `bodies` and `hashes` begin with the tile that was not full at `start`."""
        growth, bodies, hashes = grown.growth, grown.bodies, grown.hashes
        first = start // TILE_WIDTH * TILE_WIDTH
        older = self.reader(start)

        def read(level: int, index: int) -> bytes:
            # Nodes wholly below `first` come from published tiles; the others are leaves, or grew from the edge.
            if level == 0:
                return hashes[index - first]
            node = growth.node(level, index)
            return node if node is not None else older.read(level, index)

        files = chain(
            hash_tiles(start, head.size, read),
            entry_bundles(start, head.size, lambda index: bodies[index - first]),
        )
        self._put([NewFile(path=file.path, data=file.data) for file in files])
        # The edge of the full tiles is the upper part of the edge: one hash for each bit above those of a tile.
        full = head.size // TILE_WIDTH * TILE_WIDTH
        upper = Edge(size=full, hashes=growth.edge.hashes[: full.bit_count()])
        return _Tail(note=head.note, edge=upper, bodies=bodies[full - first :], hashes=hashes[full - first :])

    def _put(self, files: Sequence[NewFile]) -> None:
        lasting = [file for file in files if not is_young(file.path)]
        for file in differing(self.files, self.files.create(lasting)):
            raise Refused("ledger.corrupt", "a published tile differs from the database", where=file.path)
        put_young(self.files, [file for file in files if is_young(file.path)])

    def _root_at(self, size: int) -> bytes | None:
        with reading(self._engine) as session:
            head = self._rows.head(session, size)
        return head.root if head else None


def _edge_at(size: int, read: Callable[[int, int], bytes]) -> Edge:
    hashes = []
    at = 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            hashes.append(read(level, at >> level))
            at += 1 << level
    return Edge(size=size, hashes=tuple(hashes))
