"""One compacted segment as a file: its rows in order, then the kept levels of its tree. Derived, and made again when lost.

    line    whereof-index-segment/v1
    record  57 bytes, as in the list of live segments
    rows    72 bytes each
    levels  6 and above, lowest first, 32 bytes a hash

Read through a mapping: a proof looks at some tens of places, and a read call for each would wait for other threads each time.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from bisect import bisect_left
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from attest.errors import NotVerified, Refused
from attest.ledger.index import ROW_BYTES, decode_live
from attest.ledger.index.live import LIVE_HEADER
from attest.ledger.index.merge import merge
from attest.ledger.index.stored import KEPT_LEVEL, level_widths, levels_bytes
from attest.ledger.tree import HASH_BYTES, merkle_root
from attest.store.durable import STAGED_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from attest.ledger.index import LiveSegment
    from attest.ledger.index.merge import Source

HEADER: Final = b"whereof-index-segment/v1\n"
_RECORD: Final = 57
_ROWS_AT: Final = len(HEADER) + _RECORD


class SegmentFile:
    """A segment of any size, of which any row and any node is read without reading the rest."""

    def __init__(self, path: Path, live: LiveSegment) -> None:
        """Map the file of a segment.

        That its rows are those committed to is not checked here: a proof made from others does not verify.

        Raises:
            FileNotFoundError: there is none.
            Refused: `ledger.corrupt`, it is of another segment or of another length than one of so many rows.
        """
        expected = _ROWS_AT + live.rows * ROW_BYTES + levels_bytes(live.rows)
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            begins = file.read(_ROWS_AT)
            if size != expected or begins != HEADER + live.encode():
                raise Refused("ledger.corrupt", "the stored segment is another, or cut", where=path.name)
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.live = live
        self.first = live.first
        self.end = live.end
        self.row_count = live.rows
        self._levels: list[int] = []
        at = _ROWS_AT + live.rows * ROW_BYTES
        for width in level_widths(live.rows):
            self._levels.append(at)
            at += width * HASH_BYTES

    @staticmethod
    def record(path: Path) -> LiveSegment:
        """Give the segment that a file says it is.

        Raises:
            Refused: `ledger.corrupt`, it is no such file.
        """
        with path.open("rb") as file:
            begins = file.read(_ROWS_AT)
        try:
            (found,) = decode_live(LIVE_HEADER + begins.removeprefix(HEADER))
        except (NotVerified, ValueError) as err:
            raise Refused("ledger.corrupt", "this is no stored segment", where=path.name) from err
        return found

    @property
    def levels(self) -> bytes:
        """The kept levels of its tree, lowest first, behind one another."""
        return self._map[self._levels[0] :]

    def __getitem__(self, place: slice, /) -> bytes:
        """Give a stretch of the rows' bytes, counted from the first row."""
        start, stop, _ = place.indices(self.row_count * ROW_BYTES)
        return self._map[_ROWS_AT + start : _ROWS_AT + stop]

    def row_bytes(self, at: int) -> bytes:
        """Give the 72 bytes of the row at a position."""
        start = _ROWS_AT + at * ROW_BYTES
        return self._map[start : start + ROW_BYTES]

    def node(self, level: int, index: int) -> bytes:
        """Give the root over rows [index * 2**level, (index + 1) * 2**level), or as many of them as there are."""
        if level >= KEPT_LEVEL:
            at = self._levels[level - KEPT_LEVEL] + index * HASH_BYTES
            return self._map[at : at + HASH_BYTES]
        start, stop = index << level, min((index + 1) << level, self.row_count)
        data = self[start * ROW_BYTES : stop * ROW_BYTES]
        return merkle_root(
            [sha256(b"\0" + data[at : at + ROW_BYTES]).digest() for at in range(0, len(data), ROW_BYTES)]
        )

    def positions(self, key: bytes) -> tuple[int, int]:
        """Give [start, end) of the rows of a key; both the same where it would stand when it has none."""
        positions = range(self.row_count)
        start = bisect_left(positions, key, key=self.row_bytes)
        end = bisect_left(positions, key + b"\xff" * (ROW_BYTES - HASH_BYTES), lo=start, key=self.row_bytes)
        return start, end


def write_segment(path: Path, sources: Sequence[Source], *, pause: Callable[[], None]) -> LiveSegment:
    """Merge segments into a file, durably; it is there whole or not at all. One that is there is written anew.

    Raises:
        Refused: `ledger.corrupt`, the rows of a segment are not those that were committed to: no file is left.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=STAGED_PREFIX, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(bytes(_ROWS_AT))
            merged = merge(sources, file.write, pause=pause)
            for level in merged.levels:
                file.write(level)
            file.seek(0)
            file.write(HEADER + merged.live.encode())
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            os.fsync(file.fileno())
        os.replace(name, path)  # noqa: PTH105 - of a temporary name
    except BaseException:
        os.unlink(name)  # noqa: PTH108
        raise
    return merged.live
