"""The log store: one log of one tenant, grown by one writer at a time, published as tiles.

The order of a commit, and what a crash after each step leaves:

1. take the write lock of the database and read the newest head           nothing
2. decide the group: entries, rows, segment, index leaf, edge, root        nothing
3. sign the index leaf, entry timestamps and both notes of the head        nothing (the bytes are lost with the process)
4. insert entries, rows, segment and head; the head is a compare-and-swap  nothing (rolled back)
5. COMMIT, durable                                                         the group is in the log; tiles lag behind
6. write tiles, then the checkpoint                                        the next publication writes the same bytes
7. answer                                                                  -

A conflict at 4, or a connection lost at 5, is never retried from memory: the head is read again from the start.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from attest.errors import Absent, Conflict, Refused
from attest.ledger.sequence import NewEntry, plan_genesis, plan_group
from attest.ledger.tree import EMPTY_EDGE, Edge
from attest.model.ports import LogReceipt
from attest.model.scope import AsOf
from attest.store.database import reading, writing
from attest.store.log_rows import entry_rows, head_row, index_rows, segment_row
from attest.store.publisher import Publisher
from attest.store.tables import EntryRow, LogRow, TreeHeadRow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sqlalchemy import Engine
    from sqlmodel import Session

    from attest.clock import Clock
    from attest.model.ports import LeafParts, LogAuthority
    from attest.model.scope import Scope

MAX_GROUP: Final = 1024
"""Entries of one group commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One entry to append, with what the index and the store are to know of it."""

    leaf: LeafParts
    keys: tuple[bytes, ...]
    """Index keys, derived from the signed statement."""
    payload_hash: bytes
    within: Callable[[Session, LogReceipt], None]
    """Writes the derived rows of this entry in the log's own transaction."""


class LogStore:
    """One log in the database and its published files."""

    def __init__(  # noqa: PLR0913  # a log is these five things
        self, engine: Engine, scope: Scope, log: str, *, authority: LogAuthority, clock: Clock, directory: Path
    ) -> None:
        self._engine = engine
        self._scope = scope
        self._log = log
        self._authority = authority
        self._clock = clock
        self.publisher = Publisher(engine, scope, log, directory=directory / log)
