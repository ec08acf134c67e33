"""Inclusion and consistency proofs of RFC 6962: made from perfect subtrees, verified from nothing but the proof.

A proof that does not hold is `NotVerified`; asking for a proof that cannot exist is `InvalidInput`.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Sequence

from attest.errors import InvalidInput, NotVerified
from attest.ledger.tree import EMPTY_ROOT, HASH_BYTES, MAX_TREE_SIZE, node_hash

ReadNode = Callable[[int, int], bytes]
"""`read(level, index)` gives the root of the perfect subtree over leaves [index * 2**level, (index + 1) * 2**level)."""


def inclusion_proof(index: int, size: int, read: ReadNode) -> tuple[bytes, ...]:
    """Give the audit path of leaf `index` in the tree of `size` leaves, leaf to root (RFC 6962 2.1.1).

    Raises:
        InvalidInput: there is no such leaf (`ledger.range`).
    """
    if not 0 <= index < size <= MAX_TREE_SIZE:
        raise InvalidInput("ledger.range", expected=f"an index below {size}", got=str(index))
    path = []
    for level in range((size - 1).bit_length()):
        sibling = index >> level ^ 1
        start = sibling << level
        if start < size:
            path.append(range_root(start, min(start + (1 << level), size), read))
    return tuple(path)


def proof_lengths(first: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield how many hashes the proofs of the leaves [first, size) in the tree of `size` leaves have, and of how many leaves that is so."""
    at = first
    while at < size:
        # As in `root_from_inclusion`: `inner` siblings on both sides, above them the edge. Leaves of one subtree below the
        # place where this one parts from the last leaf have the same.
        inner = (at ^ (size - 1)).bit_length()
        end = ((at >> (inner - 1)) + 1) << (inner - 1) if inner else size
        yield inner + (at >> inner).bit_count(), end - at
        at = end


def consistency_proof(old: int, new: int, read: ReadNode) -> tuple[bytes, ...]:
    """Give the proof that the tree of `old` leaves is a prefix of the tree of `new` (RFC 6962 2.1.2).

    Empty when the sizes are equal or `old` is 0: everything extends the empty tree.

    Raises:
        InvalidInput: `old` is larger than `new` (`ledger.range`).
    """
    if not 0 <= old <= new <= MAX_TREE_SIZE:
        raise InvalidInput("ledger.range", expected=f"a size up to {new}", got=str(old))
    proof: list[bytes] = []
    low, high, whole = 0, new, True
    if old in (0, new):
        return ()
    while old != high:
        split = low + _split(high - low)
        if old <= split:
            proof.append(range_root(split, high, read))
            high = split
        else:
            proof.append(range_root(low, split, read))
            low, whole = split, False
    if not whole:
        proof.append(range_root(low, high, read))
    return tuple(reversed(proof))


def range_root(start: int, end: int, read: ReadNode) -> bytes:
    """Give the root over leaves [start, end), where `start` is a multiple of a power of two >= `end - start`.

    Such a range is a node of the tree: its perfect subtrees are the set bits of its length, folded from the right.
    """
    width = end - start
    level = (width & -width).bit_length() - 1
    at = end - (1 << level)
    root = read(level, at >> level)
    while at > start:
        width = at - start
        level = (width & -width).bit_length() - 1
        at -= 1 << level
        root = node_hash(read(level, at >> level), root)
    return root


def verify_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:  # noqa: PLR0917  # the five values of the RFC, in its order
    """Check that `leaf_hash` is leaf `index` of the tree with this size and root (RFC 9162 2.1.3.2).

    Not checked: that anyone vouches for `root`.

    Raises:
        NotVerified: anything does not fit (`evidence.inclusion`).
    """
    code = "evidence.inclusion"
    _require_hashes(code, (root,))
    _require_equal(code, "the proof leads to another root", root, root_from_inclusion(leaf_hash, index, size, proof))


def root_from_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """Give the root that a path leads to from leaf `index` of a tree of this size.

    Raises:
        NotVerified: it cannot be such a path (`evidence.inclusion`).
    """
    code = "evidence.inclusion"
    if not 0 <= index < size <= MAX_TREE_SIZE:
        raise NotVerified(code, "the leaf is outside the tree", expected=f"an index below {size}", got=str(index))
    _require_hashes(code, (leaf_hash, *proof))
    inner = (index ^ (size - 1)).bit_length()
    expected = inner + (index >> inner).bit_count()
    if len(proof) != expected:
        raise NotVerified(code, "wrong length of proof", expected=str(expected), got=str(len(proof)))
    node = leaf_hash
    # Below `inner` the leaf's path has siblings on both sides; above it the path is the tree's right edge, where only
    # left siblings exist.
    for level, sibling in enumerate(proof[:inner]):
        node = node_hash(sibling, node) if index >> level & 1 else node_hash(node, sibling)
    for sibling in proof[inner:]:
        node = node_hash(sibling, node)
    return node


def verify_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> None:  # noqa: PLR0917  # the five values of the RFC, in its order
    """Check that the old tree is a prefix of the new one (RFC 9162 2.1.4.2).

    Not checked: that anyone vouches for either root.

    Raises:
        NotVerified: anything does not fit (`evidence.checkpoint`).
    """
    code = "evidence.checkpoint"
    if not 0 <= old_size <= new_size <= MAX_TREE_SIZE:
        raise NotVerified(code, "the log has shrunk", expected=f"at least {old_size}", got=str(new_size))
    _require_hashes(code, (old_root, new_root, *proof))
    if old_size in (0, new_size):
        if proof:
            raise NotVerified(code, "a proof where none is needed", expected="0", got=str(len(proof)))
        _require_equal(code, "two roots for one size", old_root, EMPTY_ROOT if old_size == 0 else new_root)
        if new_size == 0:
            _require_equal(code, "an empty tree with a root of its own", EMPTY_ROOT, new_root)
        return
    old_node, new_node = _fold_consistency(old_size, new_size, old_root, proof)
    _require_equal(code, "the proof leads to another old root", old_root, old_node)
    _require_equal(code, "the proof leads to another new root", new_root, new_node)


def _fold_consistency(old_size: int, new_size: int, old_root: bytes, proof: Sequence[bytes]) -> tuple[bytes, bytes]:
    # The path starts at the largest perfect subtree that ends where the old tree ends. When that is the whole old tree
    # (a power of two) the proof omits it, for the verifier has it already.
    start = (old_size & -old_size).bit_length() - 1
    node, last = (old_size - 1) >> start, (new_size - 1) >> start
    inner = (node ^ last).bit_length()
    expected = inner + (node >> inner).bit_count() + (node != 0)
    if len(proof) != expected:
        raise NotVerified("evidence.checkpoint", "wrong length of proof", expected=str(expected), got=str(len(proof)))
    seed, path = (proof[0], proof[1:]) if node else (old_root, proof)
    old_node = new_node = seed
    for level, sibling in enumerate(path):
        if level >= inner or node >> level & 1:
            old_node, new_node = node_hash(sibling, old_node), node_hash(sibling, new_node)
        else:
            new_node = node_hash(new_node, sibling)
    return old_node, new_node


def _split(width: int) -> int:
    return 1 << ((width - 1).bit_length() - 1)


def _require_hashes(code: str, hashes: Sequence[bytes]) -> None:
    for value in hashes:
        if len(value) != HASH_BYTES:
            raise NotVerified(code, "a hash has the wrong length", expected=str(HASH_BYTES), got=str(len(value)))


def _require_equal(code: str, what: str, expected: bytes, got: bytes) -> None:
    if not hmac.compare_digest(expected, got):
        raise NotVerified(code, what, expected=expected.hex(), got=got.hex())
