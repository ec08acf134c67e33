"""Rows of the index, and segments: the sorted rows of a range of the log, under one Merkle root."""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from attest.errors import InvalidInput, Refused
from attest.ledger.tree import HASH_BYTES, MAX_TREE_SIZE, leaf_hash, merkle_root

ROW_BYTES = 72
_ROW = struct.Struct(">32sQ32s")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Row:
    """One entry is found by one key. Rows are ordered by key, then index, then payload hash."""

    key: bytes
    index: int
    """Place of the entry in the log."""
    payload_hash: bytes
    """SHA-256 of the DSSE payload, the statement as signed."""

    def __post_init__(self) -> None:
        if len(self.key) != HASH_BYTES or len(self.payload_hash) != HASH_BYTES or not 0 <= self.index <= MAX_TREE_SIZE:
            raise InvalidInput("input.malformed", "this is not a row of the index", expected="32-byte hashes, an index")

    def encode(self) -> bytes:
        """Give the 72 bytes of the row: key, index in 8 bytes big endian, payload hash. They sort as rows do."""
        return _ROW.pack(self.key, self.index, self.payload_hash)

    @classmethod
    def decode(cls, data: bytes) -> Row:
        """Read a row from its 72 bytes.

        Raises:
            InvalidInput: they are not a row.
        """
        if len(data) != ROW_BYTES:
            raise InvalidInput("input.malformed", "a row of the index has 72 bytes", got=f"{len(data)} bytes")
        key, index, payload_hash = _ROW.unpack(data)
        return cls(key=key, index=index, payload_hash=payload_hash)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """All rows of the entries [first, end) of the log, in order."""

    first: int
    """First index covered."""
    end: int
    """Index after the last covered. The group's own index leaf is inside the range, and has no rows."""
    data: bytes
    """The rows, 72 bytes each, strictly ascending: also the form in which a segment is stored."""

    @classmethod
    def from_rows(cls, first: int, end: int, rows: Iterable[Row]) -> Segment:
        """Sort rows into a segment.

        Raises:
            InvalidInput: a row is outside the range, or is there twice.
        """
        return cls.from_plain(first, end, [(row.key, row.index, row.payload_hash) for row in rows])

    @classmethod
    def from_plain(cls, first: int, end: int, rows: Sequence[tuple[bytes, int, bytes]]) -> Segment:
        """Sort (key, index, payload hash) of rows into a segment, as `from_rows` does, for those who have very many.

        Raises:
            InvalidInput: a row is outside the range, is there twice, or has a hash of another length.
        """
        if not 0 <= first < end <= MAX_TREE_SIZE:
            raise InvalidInput("input.malformed", "the segment has no range")
        # `pack` would cut or fill what is not 32 bytes long.
        if any(len(key) != HASH_BYTES or len(digest) != HASH_BYTES for key, _, digest in rows):
            raise InvalidInput("input.malformed", "this is not a row of the index", expected="32-byte hashes, an index")
        if any(not first <= index < end for _, index, _ in rows):
            raise InvalidInput("input.malformed", "a row is outside the segment's range")
        ordered = [_ROW.pack(*row) for row in rows]
        if len(set(ordered)) < len(ordered):
            raise InvalidInput("input.malformed", "the segment has a row twice")
        ordered.sort()
        return cls(first=first, end=end, data=b"".join(ordered))

    @classmethod
    def decode(cls, first: int, end: int, data: bytes) -> Segment:
        """Read a stored segment back, checking order and range.

        Raises:
            Refused: the bytes are not such a segment (`ledger.corrupt`). The root is not checked: compare it.
        """
        segment = cls(first=first, end=end, data=data)
        try:
            segment.require_sound()
        except InvalidInput as err:
            raise Refused("ledger.corrupt", "the stored segment is not sorted rows of its range") from err
        return segment

    def require_sound(self) -> None:
        """Raise `InvalidInput` unless the rows are whole, strictly ascending and inside the range."""
        if not 0 <= self.first < self.end <= MAX_TREE_SIZE or len(self.data) % ROW_BYTES:
            raise InvalidInput("input.malformed", "the segment has no range, or a cut row")
        encoded = [self.row_bytes(at) for at in range(self.row_count)]
        if any(left >= right for left, right in pairwise(encoded)):
            raise InvalidInput("input.malformed", "the segment's rows are not strictly ascending")
        if not all(self.first <= _ROW.unpack(row)[1] < self.end for row in encoded):
            raise InvalidInput("input.malformed", "a row is outside the segment's range")

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return len(self.data) // ROW_BYTES

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows, decoded."""
        return tuple(Row.decode(self.row_bytes(at)) for at in range(self.row_count))

    def plain_rows(self) -> Iterator[tuple[bytes, int, bytes]]:
        """Give (key, index, payload hash) of each row, for those who take in very many."""
        return _ROW.iter_unpack(self.data)

    @property
    def leaf_hashes(self) -> tuple[bytes, ...]:
        """RFC 6962 leaf hashes of the rows' 72 bytes."""
        data = self.data
        return tuple([leaf_hash(data[at : at + ROW_BYTES]) for at in range(0, len(data), ROW_BYTES)])

    @property
    def root(self) -> bytes:
        """RFC 6962 root over the rows; worked out on each call."""
        return merkle_root(self.leaf_hashes)

    def row_bytes(self, at: int) -> bytes:
        """Give the 72 bytes of the row at a position."""
        return self.data[at * ROW_BYTES : (at + 1) * ROW_BYTES]

    def positions(self, key: bytes) -> tuple[int, int]:
        """Give [start, end) of the rows of a key; both the same where it would stand when it has none."""
        positions = range(self.row_count)
        start = bisect_left(positions, key, key=self._key_at)
        end = bisect_left(positions, key + b"\xff" * (ROW_BYTES - HASH_BYTES), lo=start, key=self.row_bytes)
        return start, end

    def _key_at(self, at: int) -> bytes:
        return self.data[at * ROW_BYTES : at * ROW_BYTES + HASH_BYTES]
