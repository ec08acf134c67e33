"""The RFC 6962 tree over a session's redacted values: its root, a proof of one leaf, and the check of that proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.ledger.proof import verify_inclusion
from attest.ledger.tree import EMPTY_EDGE, grow, leaf_hash, merkle_root

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attest.model.withheld import Disclosure, Withheld


def withheld_root(withheld: Sequence[Withheld], key: bytes) -> bytes:
    """Give the root over values in their order; `key` is what their salts derive from."""
    return merkle_root(_leaves(withheld, key))


def withheld_proof(withheld: Sequence[Withheld], key: bytes, index: int) -> tuple[bytes, ...]:
    """Give the inclusion proof of one value in the tree over all."""
    return grow(EMPTY_EDGE, _leaves(withheld, key)).proofs[index]


def verify_disclosure(disclosure: Disclosure, *, count: int, root: bytes) -> None:
    """Check that the disclosed value is a leaf of the tree that a statement commits to.

    Not checked: that the statement is signed, or is about any session.

    Raises:
        NotVerified: `evidence.inclusion`: value, place, salt or path is another.
    """
    leaf = leaf_hash(disclosure.withheld.leaf(disclosure.salt))
    verify_inclusion(leaf, disclosure.index, count, disclosure.proof, root)


def _leaves(withheld: Sequence[Withheld], key: bytes) -> list[bytes]:
    return [leaf_hash(one.leaf(one.salt(key))) for one in withheld]
