"""Is the list of evidence for a commit complete? Proved by the index that the log commits to (decision D5).

For a key at one tree head: every live segment shows all rows of the key or their absence; the segments cover the log
without a gap; the list of segments is the one that the head's last leaf, the index leaf, commits to.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from attest.ledger.index import parse_index_predicate, prove_in, verify_complete
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.store.index_state import newest_index

if TYPE_CHECKING:
    from attest.ledger.index import IndexPredicate, KeyKind, KeyProof, Row
    from attest.store.index_state import IndexState
    from attest.usecases.instance import Instance


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteAnswer:
    """All rows of a key at one head, with what proves it."""

    rows: tuple[Row, ...]
    proofs: tuple[KeyProof, ...]
    """One per live segment, in order."""
    state: IndexState


def complete_rows(instance: Instance, kind: KeyKind, value: str) -> CompleteAnswer:
    """Give every entry that the log's index lists under a key at its newest head, checked before it is given.

    Not checked: that the rows were derived honestly when each group was committed; `fsck` derives them again.

    Raises:
        NotVerified: the stored rows do not give what the log committed to.
        CannotVerify: `evidence.index-key`, the log is private, and its secret is not here.
    """
    return rows_at(newest_index(instance.engine, instance.scope, instance.log), instance.log.keying.key(kind, value))


def rows_at(state: IndexState, key: bytes) -> CompleteAnswer:
    """Give the same for a key of rows at a head that was read before, so that several keys are proved at one.

    Raises:
        NotVerified: the stored rows do not give what the log committed to.
    """
    committed = _committed(state.index_leaf.envelope)
    committed.require_closes(state.tree_size)
    proofs = tuple(prove_in(segment, key) for segment in state.segments)
    rows = verify_complete(key, state.live_blob, committed.live_root, proofs, size=state.tree_size)
    return CompleteAnswer(rows=rows, proofs=proofs, state=state)


@lru_cache(maxsize=16)
def _committed(envelope: bytes) -> IndexPredicate:
    # Every question at one head is about the same leaf.
    return parse_index_predicate(parse_statement(parse_envelope(envelope).payload).predicate)
