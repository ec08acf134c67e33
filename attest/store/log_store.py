"""The log store: one log of one tenant, grown by one writer at a time, published as tiles.

The order of a commit, and what a crash after each step leaves:

1. take the write lock of the database and read the newest head            nothing
2. decide the group: rows, segment, edge, root                             nothing
3. sign the index leaf, entry timestamps and both notes of the head        nothing (the bytes die with the process)
4. insert entries, rows and head; the head is a compare-and-swap  nothing (rolled back)
5. COMMIT, durable                                                         the group is in the log; files lag behind
6. write tiles, then the checkpoint                                        the next publication writes the same bytes
7. answer                                                                  -

Threads of one process take turns: one is in steps 1 to 5, one in step 6. The next group may so be committed while this one
is published; each is answered after its own step 6. With several processes the database and the publisher's lock do
the same.

A conflict at 4, or a connection lost at 5, is never retried from memory: the head is read again from the start.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final, Protocol

from sqlalchemy import bindparam
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from attest.errors import Conflict, Refused
from attest.ledger.index import PUBLIC, Keying, decode_live
from attest.ledger.sequence import Entry, LogState, sequence_group
from attest.ledger.tree import EMPTY_EDGE, Edge
from attest.model.log_predicate import genesis, log_subject
from attest.model.ports import LogReceipt
from attest.model.times import rfc3339_seconds
from attest.store.database import insert_all, reading, writing
from attest.store.log_rows import ENTRY_COLUMNS, INDEX_COLUMNS, entry_values, head_row, index_values
from attest.store.publisher import Fresh, Publisher
from attest.store.segments import Segments
from attest.store.tables import EntryRow, IndexRow, LogRow, TreeHeadRow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import Engine
    from sqlmodel import Session

    from attest.clock import Clock
    from attest.ledger.sequence import GroupCommit
    from attest.model.ports import Heads, LeafParts, LogAuthority
    from attest.model.scope import Scope
    from attest.store.files import Files

MAX_COMPACTED_ROWS: Final = 65_536
"""Index rows merged in one group commit where nobody compacts in the background: more would hold the write lock long."""
MAX_ARREARS: Final = 512
"""Live segments above which a group commit compacts as well, so that the list it signs stays short."""
_NEWEST: Final = (
    select(TreeHeadRow)
    .where(col(TreeHeadRow.tenant) == bindparam("tenant"), col(TreeHeadRow.log) == bindparam("log"))
    .order_by(col(TreeHeadRow.tree_size).desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One entry to append, with what the index and the store are to know of it."""

    leaf: LeafParts
    keys: tuple[bytes, ...]
    """Index keys, derived from the signed statement; a private log keys them once more."""
    payload_hash: bytes
    within: Callable[[Session, LogReceipt], None]
    """Writes the derived rows of this entry in the log's own transaction; raising it undoes the whole group."""


class Append(Protocol):
    """Appends one group, durably and published, and gives the receipts in order."""

    def __call__(
        self, submissions: Sequence[Submission], *, on_step: Callable[[str], None] = ...
    ) -> tuple[LogReceipt, ...]: ...


class LogStore:
    """One log in the database, and its published files."""

    def __init__(  # what a log is made of
        self,
        engine: Engine,
        scope: Scope,
        log: str,
        *,
        authority: LogAuthority,
        clock: Clock,
        directory: Path,
        files: Files | None = None,
    ) -> None:
        self._engine = engine
        self._scope = scope
        self._log = log
        self.name = log
        """The log's name within the tenant."""
        self.follows: Mapping[str, object] | None = None
        """What the genesis says of the log before it; read at first start only."""
        self.keying: Keying = PUBLIC
        """How keys of index rows are made: fixed by the first index leaf."""
        self._authority = authority
        self._clock = clock
        self._turn = Lock()
        self.segments = Segments(scope, log, directory=directory / log / "index")
        self.compacts_apart = False
        """Someone compacts the index in the background; without that, group commits do as much as fits in them."""
        self.publisher = Publisher(
            engine, scope, log, directory=directory / log, files=files.within(log) if files else None
        )

    @property
    def _alone(self) -> str:
        return f"log/{self._scope.tenant}/{self._log}"

    def ensure(self) -> None:
        """Begin the log if it has no entry yet, and bring its files up to its head.

        Raises:
            Refused: `ledger.rollback` or `ledger.corrupt`: the database is behind, or contradicts, what was published.
        """
        with reading(self._engine) as session:
            head = self._head(session)
        if head is None:
            self.publisher.require_not_behind(0, self.publisher.published())
            self._begin()
        self.publisher.publish()
        self.publisher.mend()

    def append(
        self, submissions: Sequence[Submission], *, on_step: Callable[[str], None] = lambda _: None
    ) -> tuple[LogReceipt, ...]:
        """Append one group durably and publish it; gives the receipts in order.

        Raises:
            Conflict: `ledger.conflict`, another writer moved the head: nothing of this group is in the log.
            Refused: the stored head does not add up, or is behind what was published: nothing is signed.
        """
        entries = _entries(submissions)
        with self._turn:
            try:
                with writing(self._engine, alone=self._alone) as session:  # 1
                    receipts, group = self._grow(session, submissions, entries)  # 2 to 4
                    on_step("log")
            except IntegrityError as err:
                raise Conflict("ledger.conflict", "the database refused the group") from err
            self.segments.committed(group.state.live[-1], group.segment)
        on_step("publish")  # 5 is behind us
        self.publisher.publish(Fresh(growth=group.growth, bodies=group.leaves, hashes=group.leaf_hashes))  # 6
        return receipts

    def _begin(self) -> None:
        now = self._clock.now()
        statement = genesis(
            self._authority.origin,
            sigstore_key=self._authority.sigstore_key,
            vkey=self._authority.verifier_key,
            created_at=rfc3339_seconds(now),
            follows=self.follows,
        )
        with writing(self._engine, alone=self._alone) as session:
            if self._head(session) is not None:
                return
            session.add(
                LogRow(
                    tenant=self._scope.tenant,
                    log=self._log,
                    origin=self._authority.origin,
                    sigstore_key=self._authority.sigstore_key,
                    c2sp_vkey=self._authority.verifier_key,
                    created_at=int(now.timestamp()),
                )
            )
            leaf = self._authority.sign_statement(statement.raw)
            first = Submission(
                leaf=leaf, keys=(), payload_hash=statement.digest, within=lambda _session, _receipt: None
            )
            self._grow(session, (first,), _entries((first,)))

    def _grow(
        self, session: Session, submissions: Sequence[Submission], entries: Sequence[Entry]
    ) -> tuple[tuple[LogReceipt, ...], GroupCommit]:
        head = self._head(session)
        self._require_publishable(head)
        state = self._state(session, head)
        subject = log_subject(self._authority.origin, self._authority.verifier_key)
        sign = self._authority.sign_statement
        group = sequence_group(state, entries, log=subject, sign=sign, keying=self.keying)  # 2, 3
        heads = self._authority.sign_heads(group.growth.edge.size, group.growth.root)  # 3
        now = int(self._clock.now().timestamp())
        leaves = [*(s.leaf for s in submissions), group.index_leaf]
        receipts = self._receipts(group, leaves, heads, now)
        self._insert(session, group, leaves, receipts, heads, now)  # 4
        for submission, receipt in zip(submissions, receipts, strict=False):
            submission.within(session, receipt)
        return receipts[: len(submissions)], group

    def _receipts(
        self, group: GroupCommit, leaves: Sequence[LeafParts], heads: Heads, now: int
    ) -> tuple[LogReceipt, ...]:
        first = group.growth.edge.size - len(leaves)
        log_id = hashlib.sha256(self._authority.sigstore_key).digest()
        receipts = []
        for offset, (leaf, path) in enumerate(zip(leaves, group.paths, strict=True)):
            index = first + offset
            signature = self._authority.sign_entry(leaf.body, index=index, integrated_time=now) if leaf.token else None
            receipts.append(
                LogReceipt(
                    index=index,
                    tree_size=group.growth.edge.size,
                    root=group.growth.root,
                    path=path,
                    note=heads.sigstore,
                    log_id=log_id,
                    integrated_time=now if signature else None,
                    set_signature=signature,
                )
            )
        return tuple(receipts)

    def _insert(  # noqa: PLR0917  # one group, all of it
        self,
        session: Session,
        group: GroupCommit,
        leaves: Sequence[LeafParts],
        receipts: Sequence[LogReceipt],
        heads: Heads,
        now: int,
    ) -> None:
        place = (self._scope.tenant, self._log)
        rows = [
            entry_values(place, leaf, receipt, leaf_hash)
            for leaf, receipt, leaf_hash in zip(leaves, receipts, group.leaf_hashes, strict=True)
        ]
        # Row by row in order: the trigger that forbids gaps looks at each.
        insert_all(session, EntryRow, ENTRY_COLUMNS, rows)
        insert_all(session, IndexRow, INDEX_COLUMNS, index_values(place, group.segment))
        session.add(head_row(place, group, heads, signed_at=now))

    def _state(self, session: Session, head: TreeHeadRow | None) -> LogState:
        if head is None:
            return LogState(edge=EMPTY_EDGE, live=())
        edge = Edge.decode(head.edge)
        if edge.size != head.tree_size or edge.root != head.root:
            raise Refused(
                "ledger.corrupt", "the stored edge does not give the signed root", where=f"tree size {head.tree_size}"
            )
        live = self.segments.adopted(decode_live(head.live))
        if not self.compacts_apart or len(live) > MAX_ARREARS:
            self.segments.compact_next(session, live, most=MAX_COMPACTED_ROWS)
            live = self.segments.adopted(live)
        return LogState(edge=edge, live=live)

    def _require_publishable(self, head: TreeHeadRow | None) -> None:
        # A database older than what was shown to others must not sign another future for the same log.
        published = self.publisher.published()
        size = head.tree_size if head else 0
        if published is not None and size < published.size:
            raise Refused("ledger.rollback", expected=f"at least {published.size} entries", got=str(size))

    def _head(self, session: Session) -> TreeHeadRow | None:
        return session.exec(_NEWEST, params={"tenant": self._scope.tenant, "log": self._log}).one_or_none()


def _entries(submissions: Sequence[Submission]) -> list[Entry]:
    return [Entry(leaf=s.leaf.body, keys=s.keys, payload_hash=s.payload_hash) for s in submissions]
