"""Between the log's values and its rows, both ways."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from attest.model.ports import LeafParts, LogReceipt

if TYPE_CHECKING:
    from attest.store.tables import EntryRow, LogRow, TreeHeadRow

_HASH: Final = 32


def pack_proof(proof: tuple[bytes, ...]) -> bytes:
    """Write a proof as its hashes, one behind the other."""
    return b"".join(proof)


def unpack_proof(data: bytes) -> tuple[bytes, ...]:
    """Read a proof back."""
    return tuple(data[at : at + _HASH] for at in range(0, len(data), _HASH))


def leaf_of(row: EntryRow) -> LeafParts:
    """Give what the log keeps of an entry."""
    return LeafParts(body=row.body, envelope=row.envelope, certificate=row.certificate, token=row.token)


def receipt_of(row: EntryRow, head: TreeHeadRow, log_id: bytes) -> LogReceipt:
    """Give where an entry stands, proved to the head its bundle leads to."""
    return LogReceipt(
        index=row.idx,
        tree_size=row.tree_size,
        root=head.root,
        proof=unpack_proof(row.proof),
        note=head.sigstore_note,
        log_id=log_id,
        integrated_time=row.integrated_time,
        set_signature=row.set_signature,
    )


def log_id_of(row: LogRow) -> bytes:
    """Give the log's id in bundles: SHA-256 of its P-256 public key."""
    return hashlib.sha256(row.sigstore_key).digest()
