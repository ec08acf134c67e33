"""The proof that an entry is in the log, from published tiles alone: its values, or the C2SP text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from attest.errors import Absent
from attest.ledger.cose_receipt import Receipt
from attest.ledger.proof import inclusion_proof, range_root
from attest.ledger.tlog_proof import tlog_proof
from attest.store.cosignatures import newest_size
from attest.store.log_reader import LogReader
from attest.usecases.witness_heads import noted

if TYPE_CHECKING:
    from attest.usecases.instance import Instance


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryProof:
    """An entry's path to the root of one tree."""

    index: int
    leaf_hash: bytes
    tree_size: int
    root: bytes
    hashes: tuple[bytes, ...]
    checkpoint: str | None
    """The C2SP note over that tree; None where the log never signed that size."""
    sigstore_checkpoint: str | None

    def text(self) -> str:
        """Give the C2SP tlog-proof.

        Raises:
            Absent: `service.not-found`, no checkpoint was signed for this size.
        """
        if self.checkpoint is None:
            raise Absent("service.not-found", "no checkpoint was signed for this size")
        return tlog_proof(self.index, self.hashes, self.checkpoint)


def prove_entry(instance: Instance, index: int, tree_size: int | None = None) -> EntryProof:
    """Prove an entry in the tree of `tree_size` leaves, or of the newest published size.

    Raises:
        Absent: `service.not-found`, nothing of that number or size is published.
        CannotVerify: `store.away`.
    """
    return _prove(instance, index, tree_size)


def prove_cosigned(instance: Instance, index: int) -> EntryProof | None:
    """Prove an entry in the newest tree that a witness cosigned; the note has the cosignatures. None: in none yet.

    Whose cosignatures count is for whoever reads it.

    Raises:
        CannotVerify: `store.away`.
    """
    size = newest_size(instance.engine, instance.scope, instance.log.name)
    if size <= index:
        return None
    proved = _prove(instance, index, size)
    head = LogReader(instance.engine, instance.scope, instance.log.name).head(size)
    return replace(proved, checkpoint=noted(instance, head)) if head is not None else None


def cosigned_text(instance: Instance, log: str, index: int) -> bytes | None:
    """Give `prove_cosigned` as the C2SP tlog-proof; None also where `log` is not this instance's.

    Raises:
        CannotVerify: `store.away`.
    """
    found = prove_cosigned(instance, index) if instance.services.log.origin == log else None
    return found.text().encode() if found is not None else None


def cose_receipt(instance: Instance, index: int) -> bytes:
    """Give the COSE receipt (RFC 9942) of an entry in the newest published tree.

    Raises:
        Absent: `service.not-found`, nothing of that number is published, or its head was never signed.
        Refused: the log is behind what it has shown: it signs nothing.
        CannotVerify: `store.away`.
    """
    instance.guard.require()
    proved = _prove(instance, index, None)
    if proved.checkpoint is None:
        raise Absent("service.not-found", "no checkpoint was signed for this size")
    keys = instance.services.log
    head = Receipt(log=keys.origin, index=index, tree_size=proved.tree_size, root=proved.root)
    return keys.sign_receipt(head, proved.hashes)


def _prove(instance: Instance, index: int, tree_size: int | None) -> EntryProof:
    publisher = instance.log.publisher
    published = publisher.published()
    size = tree_size if tree_size is not None else published.size if published else 0
    if published is None or not index < size <= published.size:
        raise Absent("service.not-found")
    read = publisher.reader(published.size).read
    head = LogReader(instance.engine, instance.scope, instance.log.name).head(size)
    return EntryProof(
        index=index,
        leaf_hash=read(0, index),
        tree_size=size,
        root=range_root(0, size, read),
        hashes=inclusion_proof(index, size, read),
        checkpoint=head.c2sp_note if head else None,
        sigstore_checkpoint=head.sigstore_note if head else None,
    )
