"""The Merkle tree of RFC 6962: hashes, roots, and growth from the right edge alone.

A log never needs its old leaves to grow. The `Edge` (the perfect subtrees along the right border, a *compact
range*) and the new leaves give the new root and the inclusion proof of every new leaf, in time linear in the
number of new leaves.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from operator import add

from attest.errors import InvalidInput, Refused

HASH_BYTES = 32
MAX_TREE_SIZE = 2**63 - 1
"""Leaves. Signed 64 bits: what Go's sumdb, protobuf `int64` and every SQL database can hold."""

EMPTY_ROOT = sha256(b"").digest()
"""Root of the tree without leaves (RFC 6962 2.1)."""

_SIZE = struct.Struct(">Q")


def leaf_hash(data: bytes) -> bytes:
    """Give the hash of one leaf, SHA-256(0x00 || data) (RFC 6962 2.1)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Give the hash of an inner node, SHA-256(0x01 || left || right) (RFC 6962 2.1)."""
    return sha256(b"\x01" + left + right).digest()


def merkle_root(leaf_hashes: Sequence[bytes]) -> bytes:
    """Give the root over leaf hashes (not leaf data), MTH of RFC 6962 2.1; `EMPTY_ROOT` for none."""
    if not leaf_hashes:
        return EMPTY_ROOT
    nodes = list(leaf_hashes)
    while len(nodes) > 1:
        nodes = parents(nodes)
    return nodes[0]


def parents(nodes: Sequence[bytes]) -> list[bytes]:
    """Give the row of nodes above a row.

    The last node of an odd row has no sibling and rises as it is: bottom up, that is the split of RFC 6962.
    """
    pairs = zip(nodes[::2], nodes[1::2], strict=False)
    above = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
    if len(nodes) & 1:
        above.append(nodes[-1])
    return above


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """The right edge of a tree: its size and the roots of its perfect subtrees, largest (leftmost) first."""

    size: int
    """Leaves in the tree."""
    hashes: tuple[bytes, ...]
    """One hash per set bit of `size`, from the highest bit to the lowest."""

    def __post_init__(self) -> None:
        if not 0 <= self.size <= MAX_TREE_SIZE:
            raise InvalidInput("ledger.range", "tree size out of range", got=str(self.size))
        if len(self.hashes) != self.size.bit_count() or any(len(h) != HASH_BYTES for h in self.hashes):
            raise InvalidInput(
                "input.malformed",
                "the edge does not fit its size",
                expected=f"{self.size.bit_count()} hashes of {HASH_BYTES} bytes",
                got=f"{len(self.hashes)} hashes",
            )

    @classmethod
    def from_hashes(cls, leaf_hashes: Sequence[bytes]) -> Edge:
        """Give the edge of the tree over all these leaf hashes."""
        return grow(EMPTY_EDGE, leaf_hashes).edge

    @property
    def root(self) -> bytes:
        """The root of the tree."""
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return root

    def subtree(self, level: int) -> bytes:
        """Give the root of the perfect subtree of 2**level leaves on the edge; only where `size` has that bit."""
        return self.hashes[(self.size >> (level + 1)).bit_count()]

    def encode(self) -> bytes:
        """Give the storage form: the size as 8 bytes, big endian, then the hashes."""
        return _SIZE.pack(self.size) + b"".join(self.hashes)

    @classmethod
    def decode(cls, data: bytes) -> Edge:
        """Read the storage form back.

        Raises:
            Refused: the bytes are not an edge (`ledger.corrupt`). Whether it is the edge of the right tree is not
                checked: compare `root` with the head.
        """
        body = data[_SIZE.size :]
        if len(data) < _SIZE.size or len(body) % HASH_BYTES:
            raise Refused("ledger.corrupt", "the stored edge is cut", got=f"{len(data)} bytes")
        hashes = tuple(body[at : at + HASH_BYTES] for at in range(0, len(body), HASH_BYTES))
        try:
            return cls(size=_SIZE.unpack_from(data)[0], hashes=hashes)
        except InvalidInput as err:
            raise Refused("ledger.corrupt", "the stored edge does not fit its size") from err


EMPTY_EDGE = Edge(size=0, hashes=())
"""The edge of a tree without leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What a tree becomes when leaves are appended."""

    edge: Edge
    root: bytes
    proofs: tuple[tuple[bytes, ...], ...]
    """`proofs[i]`: inclusion proof of the i-th new leaf in the new tree, leaf to root."""
    levels: tuple[tuple[int, tuple[bytes, ...]], ...]
    """Per level, the index of the first perfect subtree that is new, and the roots of all new ones."""

    def node(self, level: int, index: int) -> bytes | None:
        """Give the root of a perfect subtree that these leaves completed; None where it is older or not complete."""
        if level >= len(self.levels):
            return None
        first, hashes = self.levels[level]
        return hashes[index - first] if first <= index < first + len(hashes) else None


def grow(edge: Edge, leaf_hashes: Sequence[bytes], *, proofs: bool = True) -> Growth:
    """Append leaves to a tree known by its edge, in time linear in the number of new leaves; without proofs if none are asked for.

    1. Rise row by row. A row holds the new nodes of one level, the last of which may be partial (RFC 6962 splits at
       the largest power of two, so a node without sibling rises unchanged). Where the old tree ends in a left child,
       that child is put in front: it is on the edge.
    2. Keep of each row the perfect subtrees: they are the new edge, and what tiles are made of.
    3. Descend row by row: the path of a node is its sibling plus the path of its parent.

    Raises:
        InvalidInput: a hash is not 32 bytes long, or the tree would exceed `MAX_TREE_SIZE`.
    """
    if not leaf_hashes:
        return Growth(edge=edge, root=edge.root, proofs=(), levels=())
    rows, levels = _rise(edge, leaf_hashes)
    grown = Edge(size=edge.size + len(leaf_hashes), hashes=_new_edge(edge, edge.size + len(leaf_hashes), levels))
    paths = _paths(rows, edge.size) if proofs else ()
    return Growth(edge=grown, root=rows[-1][0], proofs=paths, levels=tuple(levels))


def grow_edge(edge: Edge, leaf_hashes: Sequence[bytes]) -> Edge:
    """Give the edge alone that `grow` gives, without the proofs: for who makes a tree again.

    Raises:
        InvalidInput: as `grow`.
    """
    if not leaf_hashes:
        return edge
    _, levels = _rise(edge, leaf_hashes)
    size = edge.size + len(leaf_hashes)
    return Edge(size=size, hashes=_new_edge(edge, size, levels))


def grow_packed(edge: Edge, leaf_hashes: Sequence[bytes]) -> tuple[Growth, list[bytes]]:
    """Give what `grow` gives, its proofs apart: each as its hashes behind one another, which is several times as quick.

    Raises:
        InvalidInput: as `grow`.
    """
    if not leaf_hashes:
        return grow(edge, ()), []
    rows, growth = _grown(edge, leaf_hashes)
    return growth, _packed_paths(rows, edge.size)[edge.size & 1 :]


def grow_joined(edge: Edge, leaf_hashes: Sequence[bytes]) -> tuple[Growth, bytes]:
    """Give what `grow_packed` gives, as one value: each leaf's hash and behind it its proof, leaf after leaf.

    Raises:
        InvalidInput: as `grow`.
    """
    if not leaf_hashes:
        return grow(edge, ()), b""
    rows, growth = _grown(edge, leaf_hashes)
    return growth, _joined_paths(rows, edge.size)


def _grown(edge: Edge, leaf_hashes: Sequence[bytes]) -> tuple[list[list[bytes]], Growth]:
    rows, levels = _rise(edge, leaf_hashes)
    size = edge.size + len(leaf_hashes)
    grown = Edge(size=size, hashes=_new_edge(edge, size, levels))
    return rows, Growth(edge=grown, root=rows[-1][0], proofs=(), levels=tuple(levels))


def _rise(edge: Edge, leaf_hashes: Sequence[bytes]) -> tuple[list[list[bytes]], list[tuple[int, tuple[bytes, ...]]]]:
    old, new = edge.size, edge.size + len(leaf_hashes)
    if new > MAX_TREE_SIZE:
        raise InvalidInput("ledger.range", "tree size out of range", got=str(new))
    if set(map(len, leaf_hashes)) - {HASH_BYTES}:
        raise InvalidInput("input.malformed", "a leaf hash has the wrong length", expected=f"{HASH_BYTES} bytes")
    rows: list[list[bytes]] = []
    levels: list[tuple[int, tuple[bytes, ...]]] = []
    row = list(leaf_hashes)
    for level in range((new - 1).bit_length() + 1):
        first = old >> level
        levels.append((first, tuple(row[: (new >> level) - first])))
        if first & 1:
            row.insert(0, edge.subtree(level))
        rows.append(row)
        row = parents(row)
    return rows, levels


def _new_edge(edge: Edge, new: int, levels: list[tuple[int, tuple[bytes, ...]]]) -> tuple[bytes, ...]:
    hashes = []
    for level in range(new.bit_length() - 1, -1, -1):
        if not new >> level & 1:
            continue
        first, fresh = levels[level]
        index = (new >> level) - 1
        hashes.append(fresh[index - first] if index >= first else edge.subtree(level))
    return tuple(hashes)


def _packed_paths(rows: list[list[bytes]], old: int, lowest: int = 0) -> list[bytes]:
    """Give the path of each node of row `lowest`, that of a node that was put in front of it from the edge with them."""
    paths = [b""]
    for level in range(len(rows) - 2, lowest - 1, -1):
        row, above = rows[level], paths[old >> (level + 1) & 1 :]
        paths = [b""] * len(row)
        if len(row) & 1:
            paths[-1] = above.pop()
        paths[: 2 * len(above) : 2] = map(add, row[1::2], above)
        paths[1 : 2 * len(above) : 2] = map(add, row[::2], above)
    return paths


def _joined_paths(rows: list[list[bytes]], old: int) -> bytes:
    # Of the lowest row, which has as many nodes as all others together, no path is made by itself: sibling and path of the
    # parent go into the whole as they are.
    row, above = rows[0], _packed_paths(rows, old, lowest=1)[old >> 1 & 1 :]
    pairs = len(row) // 2
    pieces = [b""] * (6 * pairs)
    pieces[::6] = pieces[4::6] = row[: 2 * pairs : 2]
    pieces[1::6] = pieces[3::6] = row[1::2]
    pieces[2::6] = pieces[5::6] = above[:pairs]
    # A leaf of the edge in front is not new; one without sibling is its parent.
    return b"".join(chain(pieces[3 * (old & 1) :], row[2 * pairs :], above[pairs:]))


def _paths(rows: list[list[bytes]], old: int) -> tuple[tuple[bytes, ...], ...]:
    paths: list[tuple[bytes, ...]] = [()]
    for level in range(len(rows) - 2, -1, -1):
        row = rows[level]
        # A node that was put in front of the row above, from the edge, has no child in this row.
        parents = paths[old >> (level + 1) & 1 :]
        paths = []
        for at, path in enumerate(parents):
            left = 2 * at
            if left + 1 == len(row):
                paths.append(path)
                continue
            paths.append((row[left + 1], *path))
            paths.append((row[left], *path))
    return tuple(paths[old & 1 :])
