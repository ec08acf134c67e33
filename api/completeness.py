"""The proof that a list of entries is complete, in the form a client checks with nothing of this server."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from api.schemas import AsOf, Completeness, IndexLeaf
from attest.errors import Absent
from attest.usecases.complete import complete_rows
from attest.usecases.entry_proof import prove_entry

if TYPE_CHECKING:
    from api.service import Service
    from attest.ledger.index import KeyKind
    from attest.usecases.complete import CompleteAnswer


def completeness_of(service: Service, kind: KeyKind, value: str, found: CompleteAnswer | None = None) -> Completeness:
    """Give what proves, at the newest head, which entries the index lists for a key, and that there is no other.

    `found` is what the index says of that key at a head, where it was looked up before.

    Raises:
        NotVerified: the stored index is not what the log committed to.
        Absent: `service.not-found`, the head is not published yet.
    """
    found = found or complete_rows(service.instance, kind, value)
    size, leaf = found.state.tree_size, found.state.index_leaf
    proof = prove_entry(service.instance, size - 1, size)
    if proof.checkpoint is None or proof.sigstore_checkpoint is None:
        raise Absent("service.not-found")
    return Completeness(
        key=service.instance.log.keying.key(kind, value).hex(),
        entries=tuple(row.index for row in found.rows),
        as_of=AsOf(log=service.instance.services.log.origin, tree_size=size, root=found.state.root.hex()),
        checkpoint=proof.checkpoint,
        sigstore_checkpoint=proof.sigstore_checkpoint,
        index_leaf=IndexLeaf(
            index=size - 1,
            body=_text(leaf.body),
            envelope=_text(leaf.envelope),
            certificate=_text(leaf.certificate),
            hashes=tuple(value.hex() for value in proof.hashes),
        ),
        live=_text(found.state.live_blob),
        proofs=tuple(item.to_json() for item in found.proofs),
    )


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
