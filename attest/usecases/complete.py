"""Is the list of evidence for a commit complete? Proved by the index that the log commits to (decision D5).

For a key at one tree head: every live segment shows all rows of the key or their absence; the segments cover the log
without a gap; the list of segments is the one that the head's last leaf, the index leaf, commits to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import col, select

from attest.ledger.index import (
    KeyKind,
    decode_live,
    index_key,
    live_root,
    parse_index_predicate,
    prove_key,
    verify_complete,
)
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.store.database import reading
from attest.store.log_store import read_segment
from attest.store.tables import EntryRow, TreeHeadRow

if TYPE_CHECKING:
    from attest.ledger.index import KeyProof, Row
    from attest.usecases.instance import Instance


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteAnswer:
    """All rows of a key at one head, with what proves it."""

    rows: tuple[Row, ...]
    tree_size: int
    root: bytes
    live_blob: bytes
    proofs: tuple[KeyProof, ...]
    """One per live segment, in order."""
    index_envelope: bytes
    """The DSSE envelope of the index leaf, the last leaf of that tree."""


def complete_rows(instance: Instance, kind: KeyKind, value: str) -> CompleteAnswer:
    """Give every entry that the log's index lists under a key at its newest head, checked before it is given.

    Raises:
        NotVerified: the stored rows do not give what the log committed to.
    """
    scope, name = instance.scope, instance.log.name
    key = index_key(kind, value)
    with reading(instance.engine) as session:
        head = session.exec(
            select(TreeHeadRow)
            .where(TreeHeadRow.tenant == scope.tenant, TreeHeadRow.log == name)
            .order_by(col(TreeHeadRow.tree_size).desc())
            .limit(1)
        ).one()
        leaf = session.get_one(EntryRow, (scope.tenant, name, head.tree_size - 1))
        segments = [read_segment(session, (scope.tenant, name), live) for live in decode_live(head.live)]
    committed = parse_index_predicate(parse_statement(parse_envelope(leaf.envelope).payload).predicate)
    committed.require_closes(head.tree_size)
    proofs = tuple(prove_key(segment, key) for segment in segments)
    rows = verify_complete(key, head.live, committed.live_root, proofs, size=head.tree_size)
    return CompleteAnswer(
        rows=rows,
        tree_size=head.tree_size,
        root=head.root,
        live_blob=head.live,
        proofs=proofs,
        index_envelope=leaf.envelope,
    )
