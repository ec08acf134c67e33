"""Entries as Rekor clients ask for them: by number or leaf hash, each with the receipt that it was given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attest.errors import Conflict, NotVerified
from attest.store.claims import fulfil
from attest.store.database import reading, writing
from attest.store.foreign import ForeignGroup
from attest.store.log_rows import leaf_of, log_id_of, receipt_of
from attest.store.tables import EntryNameRow, EntryRow, LogRow, TreeHeadRow

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlmodel import Session

    from attest.model.ports import LeafParts, LogReceipt
    from attest.model.scope import Scope
    from attest.store.new_attestation import NewAttestation


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedEntry:
    """One leaf with its place."""

    kind: str
    leaf_hash: bytes
    leaf: LeafParts
    receipt: LogReceipt


def entry_at(engine: Engine, scope: Scope, log: str, index: int) -> LoggedEntry | None:
    """Give one entry; None when this log has none of that number.

    Raises:
        NotVerified: `ledger.corrupt`, its head or its log is missing.
    """
    with reading(engine) as session:
        row = session.get(EntryRow, (scope.tenant, log, index))
        if row is None:
            return None
        head = session.get(TreeHeadRow, (scope.tenant, log, row.tree_size))
        own = session.get(LogRow, (scope.tenant, log))
    if head is None or own is None:
        raise NotVerified("ledger.corrupt", "the head or log of an entry is missing", where=f"entry {index}")
    receipt = receipt_of(row, head, log_id_of(own))
    return LoggedEntry(kind=row.kind, leaf_hash=row.leaf_hash, leaf=leaf_of(row), receipt=receipt)


def index_of(engine: Engine, scope: Scope, log: str, leaf_hash: bytes) -> int | None:
    """Give the number of the entry with a leaf hash; None when none of that name was told of here."""
    with reading(engine) as session:
        row = session.get(EntryNameRow, (scope.tenant, log, leaf_hash))
        return row.idx if row else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedRows:
    """What is written with an entry that a Rekor client proposed."""

    scope: Scope
    log: str
    leaf_hash: bytes
    name: str
    """`att_…` or `art_…`."""
    write_key: str
    attestation: NewAttestation | None
    """None for an artifact, which has no rows but its name."""

    def write(self, session: Session, receipt: LogReceipt) -> None:
        """Add the rows, and fulfil the claim.

        Raises:
            Conflict: `ledger.conflict`, the claim was fulfilled by somebody else, or another identity told of the
                session: the whole group is undone.
        """
        if self.attestation is not None:
            ForeignGroup((self.attestation,)).within(0)(session, receipt)
        elif not fulfil(session, self.scope, self.write_key, self.name):
            raise Conflict("ledger.conflict", "this entry was logged by another process")
        _add_name(session, self.scope, (self.log, self.leaf_hash), receipt.index)


def tell_name(engine: Engine, scope: Scope, log: str, leaf_hash: bytes, *, index: int) -> None:
    """Let an entry that came in another way be found by its leaf hash too."""
    with writing(engine, alone=f"entry-name/{scope.tenant}") as session:
        _add_name(session, scope, (log, leaf_hash), index)


def _add_name(session: Session, scope: Scope, name: tuple[str, bytes], index: int) -> None:
    log, leaf_hash = name
    if session.get(EntryNameRow, (scope.tenant, log, leaf_hash)) is None:
        session.add(EntryNameRow(tenant=scope.tenant, log=log, leaf_hash=leaf_hash, idx=index))
