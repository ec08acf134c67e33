"""The time stamps of heads that an evidence bundle carries, each with what leads from its head to the bundle's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.errors import AttestError
from attest.evidence.bundle.check_anchors import MAX_ANCHORS, StampedHead
from attest.ledger.proof import consistency_proof
from attest.usecases.anchors_seen import said_anchors

if TYPE_CHECKING:
    from attest.evidence.bundle.question import BundleFacts
    from attest.ledger.proof import ReadNode
    from attest.usecases.instance import Instance


def anchor_lines(instance: Instance, facts: BundleFacts, read: ReadNode) -> list[bytes]:
    """Give the lines of `anchors.jsonl`, the largest head first: stamps of heads that cover an entry of the window.

    Those whose note or token is not at hand are left out, and so is what is no RFC 3161 stamp.
    """
    said = said_anchors(instance, at_least=facts.first + 1)
    covering = [one for one in said if one.kind == "rfc3161" and one.tree_size <= facts.size]
    lines = []
    for one in sorted(covering, key=lambda one: (-one.tree_size, one.proof))[:MAX_ANCHORS]:
        try:
            note, token = instance.objects.get(one.checkpoint), instance.objects.get(one.proof)
        except AttestError:
            continue
        path = consistency_proof(one.tree_size, facts.size, read)
        lines.append(StampedHead(note=note, path=path, token=token, where=one.where).encode())
    return lines
