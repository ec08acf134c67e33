"""The last step of an ingest: our own leaves over the same envelopes, claim, rows and bundles in the log's transaction."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError
from attest.ledger.index import index_keys
from attest.model.ports import LeafParts
from attest.model.receipt import Receipt
from attest.signing.embedded.tsa import request_for
from attest.store.foreign import ForeignGroup
from attest.store.log_store import Submission
from attest.store.new_attestation import NewAttestation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from attest.clock import Entropy
    from attest.model.ports import LogReceipt
    from attest.signing.embedded.tsa import TimestampAuthority
    from attest.usecases.ingest_check import Incoming
    from attest.usecases.instance import Instance

SERIAL_BYTES: Final = 16
_COMMITTED: Final = "publish"
"""What the log says when a group is committed: its publication begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """The receipt, and whether this call made the entry."""

    receipt: Receipt
    created: bool
    published: bool = True
    """False: it is durable in the log, and the files did not take it yet."""


def log_incoming(
    incoming: Sequence[Incoming], instance: Instance, *, on_committed: Callable[[Sequence[Logged]], None]
) -> tuple[Logged, ...]:
    """Append bundles that passed everything, next to each other; gives their receipts, and earlier to `on_committed`.

    Raises:
        Conflict: `ledger.conflict`, one of them was logged by somebody else in the meantime: none of them was.
        AttestError: what `LogStore.append` raises before they are committed.
    """
    now = instance.clock.now()
    group = ForeignGroup([_new(one, instance, int(now.timestamp())) for one in incoming])
    keys = [index_keys(one.statement.document) for one in incoming]
    tsa = instance.services.tsa  # looked for once: after a rotation both sign for a while
    submissions = [
        Submission(
            leaf=_leaf(one, tsa, now, instance.entropy),
            keys=keys[at],
            payload_hash=one.statement.digest,
            within=group.within(at),
        )
        for at, one in enumerate(incoming)
    ]

    committed: list[tuple[Logged, ...]] = []

    def on_step(step: str) -> None:
        if step == _COMMITTED:
            committed.append(
                tuple(
                    Logged(receipt=_receipt(one, at, instance, keys=held), created=True, published=False)
                    for one, at, held in zip(incoming, group.receipts, keys, strict=True)
                    if at is not None
                )
            )
            on_committed(committed[-1])

    try:
        instance.append(submissions, on_step=on_step)
    except AttestError:
        if not committed:
            raise
        return committed[-1]
    return tuple(replace(one, published=True) for one in committed[-1])


def _leaf(one: Incoming, tsa: TimestampAuthority, now: datetime, entropy: Entropy) -> LeafParts:
    serial = int.from_bytes(entropy.bytes(SERIAL_BYTES), "big")
    return LeafParts(
        body=one.body,
        envelope=one.envelope,
        certificate=one.certificate,
        token=tsa.respond(request_for(one.signature), now=now, serial=serial),
    )


def _new(one: Incoming, instance: Instance, now: int) -> NewAttestation:
    return NewAttestation(
        scope=instance.scope,
        log=instance.log.name,
        id=one.name,
        statement=one.statement,
        session_id=one.session,
        identity=one.identity,
        issuer=one.issuer,
        recorded_at=now,
        foreign_bundle=one.raw,
        write_key=one.write_key,
    )


def _receipt(one: Incoming, at: LogReceipt, instance: Instance, *, keys: tuple[bytes, ...]) -> Receipt:
    # The same values that `receipt_of` reads back: every one of them is in the transaction.
    return Receipt(
        attestation=one.name,
        session=one.session,
        predicate_type=one.statement.predicate_type,
        log=instance.services.log.origin,
        index=at.index,
        tree_size=at.tree_size,
        root=at.root,
        integrated_time=at.integrated_time,
        commits=tuple(s.git_commit for s in one.statement.subjects if s.git_commit),
        payload_sha256=one.statement.digest,
        bundle_sha256=hashlib.sha256(one.raw).digest(),
        index_keys=instance.log.keying.keyed(keys),
    )
