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


def completeness_of(service: Service, kind: KeyKind, value: str) -> Completeness:
    """Give what proves, at the newest head, which entries the index lists for a key, and that there is no other.

    Raises:
        NotVerified: the stored index is not what the log committed to.
        Absent: `service.not-found`, the head is not published yet.
    """
    found = complete_rows(service.instance, kind, value)
    size = found.state.tree_size
    proof, leaf, head = (
        prove_entry(service.instance, size - 1, size),
        service.log.entry(size - 1),
        service.log.head(size),
    )
    if leaf is None or head is None:
        raise Absent("service.not-found")
    return Completeness(
        key=service.instance.log.keying.key(kind, value).hex(),
        entries=tuple(row.index for row in found.rows),
        as_of=AsOf(log=service.instance.services.log.origin, tree_size=size, root=head.root.hex()),
        checkpoint=head.c2sp_note,
        sigstore_checkpoint=head.sigstore_note,
        index_leaf=IndexLeaf(
            index=size - 1,
            body=_text(leaf.leaf.body),
            envelope=_text(leaf.leaf.envelope),
            certificate=_text(leaf.leaf.certificate),
            hashes=tuple(value.hex() for value in proof.hashes),
        ),
        live=_text(found.state.live_blob),
        proofs=tuple(item.to_json() for item in found.proofs),
    )


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
