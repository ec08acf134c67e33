"""The index made again: the segment of every group from its statements, and every compaction from the segments it took up.

With `replay` the rows of all segments are kept in a folder for as long as they may be merged, as the log itself did; without,
a compaction is only held to the rules of the list, and the stored files to the roots in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from attest.errors import AttestError
from attest.ledger.index import ROW_BYTES, LiveSegment, Segment, decode_live
from attest.ledger.index.merge import STRETCH_ROWS, Source
from attest.ledger.index.stored import RowTree
from attest.store.segment_file import SegmentFile, write_segment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from attest.ledger.index import Row
    from attest.store.segments import Segments
    from attest.store.tables import TreeHeadRow


@dataclass
class IndexAudit:
    """Takes the groups of a log in order, each with the rows that its statements give."""

    bad: Callable[[str, str], None]
    replay: Path | None
    """An empty folder, to make every compaction again in."""
    live: tuple[LiveSegment, ...] = ()
    compactions: int = 0
    _rows: dict[LiveSegment, Source] = field(default_factory=dict)

    def group(self, head: TreeHeadRow, first: int, rows: Iterable[Row]) -> None:
        """Check the list that a head was signed with."""
        where = f"index of entries {first} to {head.tree_size}"
        try:
            segment = Segment.from_rows(first, head.tree_size, rows)
            own = LiveSegment.of(segment)
            signed = decode_live(head.live)
            if signed[-1:] != (own,):
                self.bad(where, "the segment that was committed to is not of these statements")
            self._adopt(signed[:-1])
        except AttestError as err:
            self.bad(f"head {head.tree_size}", str(err))
            return
        self.live = signed
        if self.replay is not None:
            self._rows[own] = Source(live=own, rows=segment.data)

    def _adopt(self, signed: tuple[LiveSegment, ...]) -> None:
        known = set(self.live)
        for merged in signed:
            if merged in known:
                continue
            taken = tuple(one for one in self.live if merged.first <= one.first and one.end <= merged.end)
            self.compactions += 1
            # Several levels may be adopted at once: then what lies between was in no list.
            whole = taken and (taken[0].first, taken[-1].end) == (merged.first, merged.end)
            if not whole or sum(one.rows for one in taken) != merged.rows or taken[0].level >= merged.level:
                self.bad(_where(merged), "the compaction does not replace whole segments with all of their rows")
            else:
                self._require_same(merged, taken)
        if [(one.first, one.end) for one in signed] != _spans(signed, self.live):
            self.bad(f"index of entries up to {self.live[-1].end if self.live else 0}", "a live segment was left out")
        self.live = signed

    def _require_same(self, merged: LiveSegment, taken: tuple[LiveSegment, ...]) -> None:
        if self.replay is None:
            return
        path = self.replay / f"{merged.level}-{merged.first}-{merged.end}"
        sources = [source for one in taken if (source := self._rows.pop(one, None))]
        if len(sources) != len(taken):
            self.bad(_where(merged), "what it was made of was not sound, so it was not made again")
            return
        made = write_segment(path, sources, pause=lambda: None)
        for one in taken:
            (self.replay / f"{one.level}-{one.first}-{one.end}").unlink(missing_ok=True)
        if (made.root, made.rows) != (merged.root, merged.rows):
            self.bad(_where(merged), "the compaction has other rows")
        self._rows[merged] = Source(live=made, rows=SegmentFile(path, made))

    def files(self, segments: Segments) -> int:
        """Check every stored segment against the list, or, when it waits for adoption, against itself; give their number."""
        live = {(one.level, one.first, one.end): one for one in self.live}
        count = 0
        for place, path in segments.files():
            count += 1
            name = path.relative_to(segments.directory.parent).as_posix()
            try:
                record = live.get(place) or SegmentFile.record(path)
                if not _is_sound(SegmentFile(path, record)):
                    self.bad(name, "the stored segment is not what was committed to; remove it, and it is made again")
            except AttestError as err:
                self.bad(name, str(err))
        return count


def _where(merged: LiveSegment) -> str:
    return f"index of entries {merged.first} to {merged.end}"


def _spans(signed: tuple[LiveSegment, ...], before: tuple[LiveSegment, ...]) -> list[tuple[int, int]]:
    """Give the spans that a list must have: every segment of the list before, alone or within one that took it up."""
    spans = {(one.first, one.end) for one in signed}
    for one in before:
        if not any(low <= one.first and one.end <= high for low, high in spans):
            spans.add((one.first, one.end))
    return sorted(spans)


def _is_sound(file: SegmentFile) -> bool:
    tree, last = RowTree(), b""
    for start in range(0, file.row_count, STRETCH_ROWS):
        data = file[start * ROW_BYTES : (start + STRETCH_ROWS) * ROW_BYTES]
        rows = [data[at : at + ROW_BYTES] for at in range(0, len(data), ROW_BYTES)]
        if rows != sorted(set(rows)) or rows[0] <= last:
            return False
        last = rows[-1]
        tree.extend([sha256(b"\0" + row).digest() for row in rows])
    levels = tree.finish()
    return levels[-1] == file.live.root and b"".join(levels) == file.levels
