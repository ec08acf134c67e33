"""Sixteen segments become one, a stretch at a time: memory does not grow with the segments.

The rows merged are the very rows that were committed to: the root of every segment taken in is worked out on the way and
compared, before anything is said of the merged one.
"""

from __future__ import annotations

import hmac
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Protocol

from attest.errors import InvalidInput, Refused
from attest.ledger.index.live import LiveSegment
from attest.ledger.index.rows import ROW_BYTES
from attest.ledger.index.stored import RowTree

STRETCH_ROWS = 2048
"""Rows of each segment that are looked at together."""


class RowBytes(Protocol):
    """The rows of one segment: bytes, or a file that is mapped."""

    def __getitem__(self, place: slice, /) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One segment to merge."""

    live: LiveSegment
    rows: RowBytes
    """Its rows in order from position 0, as many as the record says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What a merge comes to."""

    live: LiveSegment
    levels: tuple[bytes, ...]
    """The kept levels of its tree."""


def merge(sources: Sequence[Source], write: Callable[[bytes], object], *, pause: Callable[[], None]) -> Merged:
    """Merge neighbouring segments into one of the next level; `write` gets its rows in order, in stretches.

    `pause` is called between stretches, so that others come to their turn.

    Raises:
        InvalidInput: the segments are no neighbours.
        Refused: `ledger.corrupt`, the rows of one are not those that were committed to; what was written is void.
    """
    lives = [source.live for source in sources]
    if not lives or any(a.end != b.first for a, b in pairwise(lives)):
        raise InvalidInput("input.malformed", "only neighbouring segments can be merged")
    inputs = [_Input(source) for source in sources]
    tree = RowTree()
    last = b""
    for stretch in _stretches(inputs):
        rows = [item[:ROW_BYTES] for item in stretch]
        if rows[0] <= last or any(a >= b for a, b in pairwise(rows)):
            raise Refused("ledger.corrupt", "a row is there twice", where=f"entries from {lives[0].first}")
        last = rows[-1]
        tree.extend([item[ROW_BYTES:] for item in stretch])
        write(b"".join(rows))
        pause()
    for one in inputs:
        one.require_committed()
    levels = tree.finish()
    first, end = lives[0].first, lives[-1].end
    level = max(live.level for live in lives) + 1
    live = LiveSegment(level=level, first=first, end=end, rows=tree.count, root=levels[-1])
    return Merged(live=live, levels=levels)


class _Input:
    """Rows of one segment with their leaf hashes, a stretch at a time; its own tree is made again on the way."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._at = 0
        self._tree = RowTree()
        self.items: list[bytes] = []
        """Rows, each with its leaf hash behind it: they sort as rows do, for no row is there twice."""
        self.fill()

    def fill(self) -> None:
        """Read the next stretch where none is left."""
        if self.items:
            return
        end = min(self._at + STRETCH_ROWS, self._source.live.rows)
        data = self._source.rows[self._at * ROW_BYTES : end * ROW_BYTES]
        self._at = end
        rows = [data[at : at + ROW_BYTES] for at in range(0, len(data), ROW_BYTES)]
        hashes = [sha256(b"\0" + row).digest() for row in rows]
        self._tree.extend(hashes)
        self.items = [row + value for row, value in zip(rows, hashes, strict=True)]

    def require_committed(self) -> None:
        """Raise `Refused` unless the rows read are those that the record commits to."""
        live = self._source.live
        if self._tree.count != live.rows or not hmac.compare_digest(self._tree.finish()[-1], live.root):
            raise Refused(
                "ledger.corrupt",
                "index rows differ from those committed to",
                where=f"entries {live.first} to {live.end}",
            )


def _stretches(inputs: Sequence[_Input]) -> Iterator[list[bytes]]:
    while waiting := [one for one in inputs if one.items]:
        # Nothing that comes later in any of them is smaller than the smallest of their last rows.
        bound = min(one.items[-1] for one in waiting)
        stretch: list[bytes] = []
        for one in waiting:
            cut = bisect_right(one.items, bound)
            stretch += one.items[:cut]
            one.items = one.items[cut:]
            one.fill()
        # Sixteen ascending runs: the sort finds and merges them.
        stretch.sort()
        yield stretch
