"""Between the log's values and its rows, both ways."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from attest.model.ports import LeafParts, LogReceipt
from attest.store.tables import TreeHeadRow

if TYPE_CHECKING:
    from attest.ledger.index import Segment
    from attest.ledger.sequence import GroupCommit
    from attest.model.ports import Heads
    from attest.store.tables import EntryRow, LogRow


def leaf_of(row: EntryRow) -> LeafParts:
    """Give what the log keeps of an entry."""
    return LeafParts(body=row.body, envelope=row.envelope, certificate=row.certificate, token=row.token)


def receipt_of(row: EntryRow, head: TreeHeadRow, log_id: bytes) -> LogReceipt:
    """Give where an entry stands, proved to the head its bundle leads to."""
    return LogReceipt(
        index=row.idx,
        tree_size=row.tree_size,
        root=head.root,
        path=row.proof,
        note=head.sigstore_note,
        log_id=log_id,
        integrated_time=row.integrated_time,
        set_signature=row.set_signature,
    )


def log_id_of(row: LogRow) -> bytes:
    """Give the log's id in bundles: SHA-256 of its P-256 public key."""
    return hashlib.sha256(row.sigstore_key).digest()


ENTRY_COLUMNS: Final = (
    "tenant",
    "log",
    "idx",
    "kind",
    "leaf_hash",
    "body",
    "envelope",
    "certificate",
    "token",
    "integrated_time",
    "set_signature",
    "tree_size",
    "proof",
)
INDEX_COLUMNS: Final = ("tenant", "log", "key", "idx", "payload_hash")


def entry_values(place: tuple[str, str], leaf: LeafParts, receipt: LogReceipt, leaf_hash: bytes) -> tuple[object, ...]:
    """Give one new entry in the order of `ENTRY_COLUMNS`; `place` is (tenant, log)."""
    return (
        *place,
        receipt.index,
        kind_of(leaf, receipt.index),
        leaf_hash,
        leaf.body,
        leaf.envelope,
        leaf.certificate,
        leaf.token,
        receipt.integrated_time,
        receipt.set_signature,
        receipt.tree_size,
        receipt.path,
    )


def kind_of(leaf: LeafParts, index: int) -> str:
    """Give what an entry is stored as: `attestation`, `artifact` (a signature without a statement), `genesis`, `index`."""
    if leaf.token is None:
        return "genesis" if index == 0 else "index"
    return "attestation" if leaf.envelope else "artifact"


def index_values(place: tuple[str, str], segment: Segment) -> list[tuple[object, ...]]:
    """Give a new segment's rows in the order of `INDEX_COLUMNS`."""
    tenant, log = place
    return [(tenant, log, key, index, payload_hash) for key, index, payload_hash in segment.plain_rows()]


def head_row(place: tuple[str, str], group: GroupCommit, heads: Heads, *, signed_at: int) -> TreeHeadRow:
    """Give the row of the head that a group commit leads to; its `previous_size` is the compare-and-swap."""
    tenant, log = place
    return TreeHeadRow(
        tenant=tenant,
        log=log,
        tree_size=group.growth.edge.size,
        previous_size=group.segment.first,
        root=group.growth.root,
        edge=group.growth.edge.encode(),
        live=group.live_blob,
        sigstore_note=heads.sigstore,
        c2sp_note=heads.c2sp,
        signed_at=signed_at,
    )
