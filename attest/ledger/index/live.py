"""The live segments: which segments together cover the whole log, in order, and how sixteen become one."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice

from attest.errors import InvalidInput, NotVerified
from attest.ledger.index.rows import Segment
from attest.ledger.tree import HASH_BYTES, MAX_TREE_SIZE, leaf_hash, merkle_root

FAN_OUT = 16
"""Neighbouring segments of one level that are compacted into one of the next."""
MAX_LEVEL = 15
"""16**15 groups: more than a tree can hold."""
MAX_LIVE_SEGMENTS = 65_536
"""Records of a list. Without arrears of compaction a log has at most 15 per level."""
LIVE_HEADER = b"whereof-live-segments/v1\n"
_RECORD = struct.Struct(">BQQQ32s")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSegment:
    """One segment as the list names it."""

    level: int
    """How often it was compacted: 0 for the segment of one group commit."""
    first: int
    end: int
    """Index after the last entry covered."""
    root: bytes
    rows: int
    """How many rows are under the root."""

    def __post_init__(self) -> None:
        numbers = 0 <= self.level <= MAX_LEVEL and 0 <= self.first < self.end <= MAX_TREE_SIZE
        if not numbers or not 0 <= self.rows <= MAX_TREE_SIZE or len(self.root) != HASH_BYTES:
            raise InvalidInput("input.malformed", "this is not a live segment")

    @classmethod
    def of(cls, segment: Segment, level: int = 0) -> LiveSegment:
        """Name a segment; works out its root."""
        return cls(level=level, first=segment.first, end=segment.end, root=segment.root, rows=segment.row_count)

    def encode(self) -> bytes:
        """Give the 57 bytes of the record: level (1), first (8), end (8), rows (8), root (32), big endian."""
        return _RECORD.pack(self.level, self.first, self.end, self.rows, self.root)


def encode_live(live: Sequence[LiveSegment]) -> bytes:
    """Give the blob of a list: a header line, then the records in order. Its SHA-256 is its name."""
    return LIVE_HEADER + b"".join(segment.encode() for segment in live)


def decode_live(blob: bytes) -> tuple[LiveSegment, ...]:
    """Read a list from its blob. That it covers the log without gaps is not checked: see `require_cover`.

    Raises:
        NotVerified: it is not such a blob, or longer than `MAX_LIVE_SEGMENTS` (`evidence.malformed`).
    """
    body = blob[len(LIVE_HEADER) :]
    count, rest = divmod(len(body), _RECORD.size)
    if not blob.startswith(LIVE_HEADER) or rest or count > MAX_LIVE_SEGMENTS:
        raise NotVerified("evidence.malformed", "this is not a list of live segments", got=f"{len(blob)} bytes")
    try:
        return tuple(
            LiveSegment(level=level, first=first, end=end, rows=rows, root=root)
            for level, first, end, rows, root in _RECORD.iter_unpack(body)
        )
    except InvalidInput as err:
        raise NotVerified("evidence.malformed", "a record of the list of live segments is malformed") from err


def live_root(live: Sequence[LiveSegment]) -> bytes:
    """Give the RFC 6962 root over the records of a list."""
    return merkle_root([leaf_hash(segment.encode()) for segment in live])


def require_cover(live: Sequence[LiveSegment], size: int) -> None:
    """Raise `NotVerified` unless the segments cover exactly [0, size), each entry once, in order (`evidence.index`)."""
    ends = [0, *(segment.end for segment in live)]
    for segment, expected in zip(live, ends, strict=False):
        if segment.first != expected:
            raise NotVerified(
                "evidence.index",
                "the live segments leave a gap or overlap",
                expected=f"a segment from {expected}",
                got=str(segment.first),
            )
    if ends[-1] != size:
        raise NotVerified(
            "evidence.index", "the live segments do not cover the log", expected=str(size), got=str(ends[-1])
        )


def compactions_due(live: Sequence[LiveSegment]) -> Iterator[tuple[LiveSegment, ...]]:
    """Give, for each run of one level, its earliest sixteen neighbours, which may become one."""
    for level, run in groupby(live, key=lambda segment: segment.level):
        neighbours = tuple(islice(run, FAN_OUT))
        if level < MAX_LEVEL and len(neighbours) == FAN_OUT:
            yield neighbours


def adopt(live: Sequence[LiveSegment], merged: LiveSegment) -> tuple[LiveSegment, ...]:
    """Put a compacted segment in the place of those it covers.

    Raises:
        InvalidInput: it does not cover whole segments of one level below its own, with as many rows.
    """
    covered = [segment for segment in live if merged.first <= segment.first and segment.end <= merged.end]
    levels = {segment.level for segment in covered}
    fits = covered and covered[0].first == merged.first and covered[-1].end == merged.end
    if not fits or levels != {merged.level - 1} or sum(segment.rows for segment in covered) != merged.rows:
        raise InvalidInput("input.malformed", "the compacted segment does not replace whole live segments")
    before = tuple(segment for segment in live if segment.end <= merged.first)
    after = tuple(segment for segment in live if segment.first >= merged.end)
    return (*before, merged, *after)
