"""The proof that a segment holds exactly these rows for a key: presence, completeness and absence in one form.

A proof shows one unbroken run of rows: all rows of the key with the row before and the row after, where there are
such. With the hashes of all subtrees outside the run it leads to the segment's root, so nothing can be left out of
the run, and the neighbours' keys show that the run did not end too early.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Protocol

from attest.errors import InvalidInput, NotVerified, Refused
from attest.ledger.index.rows import ROW_BYTES, Row, Segment
from attest.ledger.tree import EMPTY_ROOT, HASH_BYTES, MAX_TREE_SIZE, leaf_hash, node_hash, parents

MAX_PROOF_ROWS = 65_536
"""Rows of one proof, 4.5 MiB."""
MAX_PROOF_HASHES = 128
"""Two borders of a tree of 63 levels."""
_CODE = "evidence.index"
_MALFORMED = "evidence.malformed"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyProof:
    """What a segment says about one key, with the proof."""

    first: int
    end: int
    """The range of the log that the segment covers."""
    position: int
    """Place of the first row shown, within the segment."""
    rows: tuple[Row, ...]
    """The run: at most one row before the key's, the key's rows, at most one after. Empty for an empty segment."""
    hashes: tuple[bytes, ...]
    """Roots of the largest subtrees outside the run, left to right."""

    def to_json(self) -> dict[str, object]:
        """Give the JSON form; bytes are base64."""
        return {
            "first": self.first,
            "end": self.end,
            "position": self.position,
            "rows": [base64.b64encode(row.encode()).decode() for row in self.rows],
            "hashes": [base64.b64encode(value).decode() for value in self.hashes],
        }


class SegmentTree(Protocol):
    """A segment that any node of its tree can be read of."""

    @property
    def first(self) -> int: ...

    @property
    def end(self) -> int: ...

    @property
    def row_count(self) -> int: ...

    def row_bytes(self, at: int) -> bytes: ...

    def node(self, level: int, index: int) -> bytes:
        """Give the root over rows [index * 2**level, (index + 1) * 2**level), or as many of them as there are."""
        ...

    def positions(self, key: bytes) -> tuple[int, int]:
        """Give [start, end) of the rows of a key; both the same where it would stand when it has none."""
        ...


class SegmentProver:
    """A segment in memory that proves what it says about any key; works out its tree once."""

    def __init__(self, segment: Segment) -> None:
        """Take a sound segment."""
        self._segment = segment
        self.first = segment.first
        self.end = segment.end
        self.row_count = segment.row_count
        # Row by row upwards; a last node without sibling rises unchanged, so each subtree is found by level and place.
        self._levels: list[Sequence[bytes]] = [segment.leaf_hashes]
        while len(below := self._levels[-1]) > 1:
            self._levels.append(parents(below))

    @property
    def root(self) -> bytes:
        """The segment's root."""
        return self._levels[-1][0] if self.row_count else EMPTY_ROOT

    def row_bytes(self, at: int) -> bytes:
        """Give the 72 bytes of the row at a position."""
        return self._segment.row_bytes(at)

    def node(self, level: int, index: int) -> bytes:
        """Give the root over rows [index * 2**level, (index + 1) * 2**level), or as many of them as there are."""
        return self._levels[level][index]

    def positions(self, key: bytes) -> tuple[int, int]:
        """Give [start, end) of the rows of a key; both the same where it would stand when it has none."""
        return self._segment.positions(key)

    def prove(self, key: bytes) -> KeyProof:
        """Give the proof for a key, whether it has rows or none."""
        return prove_in(self, key)


def prove_key(segment: Segment, key: bytes) -> KeyProof:
    """Give the proof of what a segment says about a key; for several keys keep a `SegmentProver`."""
    return prove_in(SegmentProver(segment), key)


def prove_in(tree: SegmentTree, key: bytes) -> KeyProof:
    """Give the proof of what a segment says about a key, from as few of its rows and nodes as there can be.

    Raises:
        Refused: the key has more rows than a proof may show (`input.too-large`).
    """
    count = tree.row_count
    start, end = tree.positions(key)
    start, end = max(start - 1, 0), min(end + 1, count)
    if end - start > MAX_PROOF_ROWS:
        raise Refused(
            "input.too-large",
            "the key has more entries than one proof can show",
            expected=f"up to {MAX_PROOF_ROWS} rows",
            got=str(end - start),
        )
    rows = tuple(Row.decode(tree.row_bytes(at)) for at in range(start, end))
    hashes = tuple(_outside(tree, (0, count), (start, end))) if count else ()
    return KeyProof(first=tree.first, end=tree.end, position=start, rows=rows, hashes=hashes)


def _outside(tree: SegmentTree, span: tuple[int, int], run: tuple[int, int]) -> Iterator[bytes]:
    low, high = span
    if high <= run[0] or low >= run[1]:
        level = (high - low - 1).bit_length()
        yield tree.node(level, low >> level)
    elif low < run[0] or run[1] < high:
        split = low + _split(high - low)
        yield from _outside(tree, (low, split), run)
        yield from _outside(tree, (split, high), run)


def verify_key(proof: KeyProof, key: bytes, segment_root: bytes, row_count: int) -> tuple[Row, ...]:
    """Check a proof and give all rows that the segment has for `key`; empty means: proved to have none.

    1. The run lies inside the segment, ascends strictly, and its rows are of entries in the segment's range.
    2. It holds no more than one row before and one row after the key's.
    3. It starts at the segment's start or with a smaller key; it ends at the segment's end or with a larger one.
    4. With the hashes outside it leads to the segment's root.

    Not checked: that root and row count are committed to by a log (they are, together, in one record of the list), and
    that rows outside the run are sorted (whoever reads the whole segment sees that).

    Raises:
        NotVerified: any of these does not hold (`evidence.index`).
    """
    encoded = [row.encode() for row in proof.rows]
    stop = proof.position + len(proof.rows)
    # 1
    _require(0 <= proof.position <= stop <= row_count <= MAX_TREE_SIZE, "the rows are outside the segment")
    _require(len(proof.rows) > 0 or row_count == 0, "no row is shown of a segment that has some")
    _require(all(low < high for low, high in pairwise(encoded)), "the rows are not strictly ascending")
    _require(all(proof.first <= row.index < proof.end for row in proof.rows), "a row is outside the segment's range")
    # 2
    before = sum(row.key < key for row in proof.rows)
    after = sum(row.key > key for row in proof.rows)
    _require(before <= 1 and after <= 1, "more rows are shown than the proof needs")
    # 3
    _require(before == 1 or proof.position == 0, "rows before the first one shown may be missing")
    _require(after == 1 or stop == row_count, "rows after the last one shown may be missing")
    # 4
    root = _root_of_run([leaf_hash(row) for row in encoded], proof, row_count)
    if not hmac.compare_digest(root, segment_root):
        raise NotVerified(_CODE, "the rows lead to another root", expected=segment_root.hex(), got=root.hex())
    return tuple(row for row in proof.rows if row.key == key)


def _root_of_run(leaves: Sequence[bytes], proof: KeyProof, row_count: int) -> bytes:
    outside = iter(proof.hashes)
    stop = proof.position + len(leaves)

    def root(low: int, high: int) -> bytes:
        if high <= proof.position or low >= stop:
            value = next(outside, b"")
            _require(len(value) == HASH_BYTES, "the proof has too few hashes, or one of wrong length")
            return value
        if high - low == 1:
            return leaves[low - proof.position]
        split = low + _split(high - low)
        return node_hash(root(low, split), root(split, high))

    found = root(0, row_count) if row_count else sha256(b"").digest()
    _require(next(outside, None) is None, "the proof has too many hashes")
    return found


def parse_key_proof(value: Mapping[str, object]) -> KeyProof:
    """Read the JSON form of a proof, strictly.

    Raises:
        NotVerified: it is malformed or exceeds the limits (`evidence.malformed`).
    """
    if set(value) != {"first", "end", "position", "rows", "hashes"}:
        raise NotVerified(_MALFORMED, "a proof for a key has other fields")
    rows = _chunks(value["rows"], count=MAX_PROOF_ROWS, size=ROW_BYTES)
    hashes = _chunks(value["hashes"], count=MAX_PROOF_HASHES, size=HASH_BYTES)
    try:
        decoded = tuple(Row.decode(row) for row in rows)
    except InvalidInput as err:
        raise NotVerified(_MALFORMED, "a row of the proof is malformed") from err
    first, end, position = (_number(value[name]) for name in ("first", "end", "position"))
    return KeyProof(first=first, end=end, position=position, rows=decoded, hashes=hashes)


def _number(value: object) -> int:
    if type(value) is not int or not 0 <= value <= MAX_TREE_SIZE:
        raise NotVerified(_MALFORMED, "a number of the proof is malformed")
    return value


def _chunks(value: object, *, count: int, size: int) -> tuple[bytes, ...]:
    if not isinstance(value, list) or len(value) > count:
        raise NotVerified(_MALFORMED, "a list of the proof is malformed", expected=f"up to {count}")
    return tuple(_chunk(item, size) for item in value)


def _chunk(value: object, size: int) -> bytes:
    try:
        raw = base64.b64decode(value, validate=True) if isinstance(value, str) else b""
    except ValueError as err:
        raise NotVerified(_MALFORMED, "a value of the proof is not base64") from err
    if len(raw) != size or base64.b64encode(raw).decode() != value:
        raise NotVerified(_MALFORMED, "a value of the proof has the wrong length", expected=f"{size} bytes")
    return raw


def _split(width: int) -> int:
    return 1 << ((width - 1).bit_length() - 1)


def _require(holds: bool, what: str) -> None:  # noqa: FBT001  # the condition is the point
    if not holds:
        raise NotVerified(_CODE, what)
