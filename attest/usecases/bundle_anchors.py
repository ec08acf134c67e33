"""The anchors of heads that an evidence bundle carries, each with what leads from its head to the bundle's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.errors import AttestError
from attest.evidence.bundle.check_anchors import MAX_ANCHORS, StampedHead
from attest.ledger.proof import consistency_proof
from attest.signing.rekor_answer import parse_answer
from attest.usecases.anchors_seen import said_anchors

if TYPE_CHECKING:
    from attest.evidence.bundle.question import BundleFacts
    from attest.ledger.proof import ReadNode
    from attest.usecases.instance import Instance


def anchor_lines(instance: Instance, facts: BundleFacts, read: ReadNode, kind: str) -> list[bytes]:
    """Give the lines of `anchors.jsonl`, the largest head first: stamps of heads that cover an entry of the window.

    With the kind `hashedrekord`, those of `anchor-entries.jsonl`. Those whose note or proof is not at hand, or does not
    parse, are left out.
    """
    said = said_anchors(instance, at_least=facts.first + 1)
    covering = [one for one in said if one.kind == kind and one.tree_size <= facts.size]
    lines = []
    for one in sorted(covering, key=lambda one: (-one.tree_size, one.proof))[:MAX_ANCHORS]:
        try:
            note, proof = instance.objects.get(one.checkpoint), instance.objects.get(one.proof)
            if kind == "hashedrekord":
                parse_answer(proof)
        except AttestError:
            continue
        path = consistency_proof(one.tree_size, facts.size, read)
        lines.append(StampedHead(note=note, path=path, proof=proof, where=one.where, kind=kind).encode())
    return lines
