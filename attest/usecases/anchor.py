"""Anchor the log's newest head where somebody else's clock or somebody else's copy holds it, and log that it was.

1. head     the newest published head, as its C2SP note
2. anchor   a time-stamp authority stamps it, a transparency log takes its digest, or a repository keeps it
3. keep     what came back, as an object; the head among those that a restored database must not forget
4. log      a `log/v1` statement that names head, kind and proof

What came back is compared with the head here; that its maker's key is trusted is for whoever reads the anchor.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from attest.ledger.note import decode_vkey
from attest.model.session_predicate import LOG_V1
from attest.model.times import rfc3339_seconds
from attest.usecases.log_statement import log_unkept, own_log_subject
from attest.usecases.published_head import published_head

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.model.receipt import Receipt
    from attest.usecases.instance import Instance

ANCHORED: Final = "anchored"
"""Name of the newest anchored head among the known heads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchored:
    """What an anchor gave back."""

    kind: str
    """`rfc3161`, `hashedrekord` or `git`."""
    where: str
    """The service or repository, without credentials."""
    proof: bytes
    at: datetime | None
    """What the outside clock said; None where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchoredHead:
    """A head, where it is anchored, and the statement that says so."""

    tree_size: int
    anchored: Anchored
    receipt: Receipt

    def to_json(self) -> dict[str, object]:
        """Give it for `--json`."""
        return {
            "tree_size": self.tree_size,
            "kind": self.anchored.kind,
            "where": self.anchored.where,
            "time": _text(self.anchored.at),
            "proof": hashlib.sha256(self.anchored.proof).hexdigest(),
            "attestation": self.receipt.attestation,
        }


def anchor_head(instance: Instance, make: Callable[[bytes], Anchored], *, tree_size: int | None = None) -> AnchoredHead:
    """Anchor the newest published head, or the one of a size, by `make`, which is given the bytes of its note.

    Raises:
        Absent: nothing is published yet, or no such head was signed.
        AttestError: what `make` raises: nothing is logged then.
    """
    head = published_head(instance, tree_size)  # 1
    note = head.c2sp_note.encode()
    done = make(note)  # 2
    proof = instance.objects.put(done.proof)  # 3
    instance.guard.heads.keep(ANCHORED, head.c2sp_note, decode_vkey(instance.services.log.verifier_key))
    predicate: dict[str, object] = {
        "event": "anchor",
        "kind": done.kind,
        "head": {"treeSize": head.tree_size, "root": head.root.hex()},
        "checkpoint": instance.objects.put(note),
        "proof": proof,
        "where": done.where,
    }
    if done.at is not None:
        predicate["time"] = _text(done.at)
    material = f"anchor\0{done.kind}\0{done.where}\0{proof}".encode()
    receipt = log_unkept(  # 4
        instance, LOG_V1, (own_log_subject(instance),), predicate, write_key_material=material
    )
    return AnchoredHead(tree_size=head.tree_size, anchored=done, receipt=receipt)


def _text(at: datetime | None) -> str | None:
    return None if at is None else rfc3339_seconds(at)
