"""The live segments of one log, ready to prove from: small ones in memory, compacted ones as files.

All of this is derived from the index rows in the database. What is lost is read or made again; what is wrong gives proofs
that do not verify, and is found by `fsck`.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from contextlib import suppress
from itertools import pairwise
from threading import Event, Lock
from typing import TYPE_CHECKING, Final

from attest.errors import Refused
from attest.ledger.index import (
    ROW_BYTES,
    LiveSegment,
    SegmentProver,
    adopt,
    compactions_due,
)
from attest.ledger.index.merge import Source
from attest.store.segment_file import SegmentFile, write_segment
from attest.store.segment_rows import read_segment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from sqlmodel import Session

    from attest.ledger.index import Segment
    from attest.ledger.index.proof import SegmentTree
    from attest.model.scope import Scope
    from attest.store.index_state import IndexState

KEPT_SEGMENTS: Final = 256
"""Segments held ready; those of single groups are in memory, some 140 bytes a row, the others are mapped files."""
KEPT_GROUPS: Final = 64
"""Newest groups whose rows are kept for the next compaction, so that it need not ask the database."""
MAX_MEMORY_ROWS: Final = 16_384
"""Rows of a segment held in memory; of a larger one a file is made."""
MAX_READ_ROWS: Final = 262_144
"""Rows that are read from the database at once."""
_Place = tuple[int, int, int]


class Segments:
    """Reads, proves from, and compacts the segments of one log of one tenant."""

    def __init__(self, scope: Scope, log: str, *, directory: Path) -> None:
        self._place = (scope.tenant, log)
        self.directory = directory
        self._ready: OrderedDict[LiveSegment, SegmentTree] = OrderedDict()
        self._groups: OrderedDict[LiveSegment, Segment] = OrderedDict()
        self._compacted: dict[_Place, LiveSegment] = {}
        self._lock = Lock()
        self.newest: IndexState | None = None
        """The newest head that was asked about, with its segments: asked about again, nothing is read again."""
        self.news = Event()
        """Set when a group was committed, for who compacts in the background."""

    def path(self, place: _Place) -> Path:
        """Where the file of a compacted segment is: `index/<level>/<first>-<end>`."""
        level, first, end = place
        return self.directory / str(level) / f"{first}-{end}"

    def tree(self, session: Session, live: LiveSegment) -> SegmentTree:
        """Give a live segment to prove from.

        Raises:
            Refused: `ledger.corrupt`, the stored rows are not those that were committed to.
        """
        with self._lock:
            found = self._ready.get(live)
            if found is not None:
                self._ready.move_to_end(live)
                return found
        made = self._open(session, live)
        with self._lock:
            self._ready[live] = made
            while len(self._ready) > KEPT_SEGMENTS:
                self._ready.popitem(last=False)
        return made

    def committed(self, live: LiveSegment, segment: Segment) -> None:
        """Take note of a group that was committed: its rows are at hand, and something may be due."""
        with self._lock:
            self._groups[live] = segment
            while len(self._groups) > KEPT_GROUPS:
                self._groups.popitem(last=False)
        self.news.set()

    def adopted(self, live: tuple[LiveSegment, ...]) -> tuple[LiveSegment, ...]:
        """Put every compacted segment that this process made in the place of those it was made of."""
        while True:
            made = [found for due in compactions_due(live) if (found := self._compacted.get(_above(due)))]
            if not made:
                return live
            for merged in made:
                live = adopt(live, merged)

    def compact_next(
        self,
        session: Session,
        live: tuple[LiveSegment, ...],
        *,
        most: int | None = None,
        pause: Callable[[], None] = lambda: None,
    ) -> LiveSegment | None:
        """Make the next compacted segment that is due, of up to `most` rows; None when none is.

        Raises:
            Refused: `ledger.corrupt`, stored rows are not those that were committed to: nothing is made.
        """
        for due in compactions_due(self.adopted(live)):
            if most is None or sum(one.rows for one in due) <= most:
                merged = write_segment(self.path(_above(due)), [self._source(session, one) for one in due], pause=pause)
                self._compacted[_place(merged)] = merged
                return merged
        return None

    def tidy(self, live: Sequence[LiveSegment]) -> None:
        """Take away files that no live segment needs any more, and what is remembered of them."""
        wanted = {_place(one) for one in live}
        covered = [(one.level, one.first, one.end) for one in live]
        for place in list(self._compacted):
            if place in wanted or _inside(place, covered):
                self._compacted.pop(place, None)
        for place, path in self.files():
            if _inside(place, covered):
                path.unlink(missing_ok=True)

    def files(self) -> Iterator[tuple[_Place, Path]]:
        """Give the files of compacted segments."""
        for path in sorted(self.directory.glob("*/*-*")):
            with suppress(ValueError):
                first, end = path.name.split("-")
                yield (int(path.parent.name), int(first), int(end)), path

    def _source(self, session: Session, live: LiveSegment) -> Source:
        with self._lock:
            group = self._groups.get(live)
        if group is not None:
            return Source(live=live, rows=group.data)
        tree = self.tree(session, live)
        return Source(live=live, rows=tree if isinstance(tree, SegmentFile) else _AllRows(tree))

    def _open(self, session: Session, live: LiveSegment) -> SegmentTree:
        if live.level:
            with suppress(FileNotFoundError, Refused):
                return SegmentFile(self.path(_place(live)), live)
            if live.rows > MAX_MEMORY_ROWS:
                return self._made_again(session, live)
        with self._lock:
            group = self._groups.get(live)
        prover = SegmentProver(group or read_segment(session, self._place, (live.first, live.end)))
        if prover.root != live.root or prover.row_count != live.rows:
            raise Refused(
                "ledger.corrupt",
                "index rows differ from those committed to",
                where=f"entries {live.first} to {live.end}",
            )
        return prover

    def _made_again(self, session: Session, live: LiveSegment) -> SegmentFile:
        """Make a lost file again, from pieces of its range that are read one at a time."""
        count = -(-live.rows // MAX_READ_ROWS)
        edges = sorted({live.first + (live.end - live.first) * at // count for at in range(count + 1)})
        pieces, sources = [], []
        try:
            for first, end in pairwise(edges):
                segment = read_segment(session, self._place, (first, end))
                piece = LiveSegment.of(segment, live.level - 1)
                path = self.directory / "again" / f"{live.level}-{first}-{end}"
                write_segment(path, [Source(live=piece, rows=segment.data)], pause=lambda: None)
                pieces.append(path)
                risen = LiveSegment.of(segment, live.level)
                sources.append(Source(live=piece, rows=SegmentFile(path, risen)))
            made = write_segment(self.path(_place(live)), sources, pause=lambda: None)
        finally:
            for path in pieces:
                path.unlink(missing_ok=True)
        if made != live:
            raise Refused(
                "ledger.corrupt",
                "index rows differ from those committed to",
                where=f"entries {live.first} to {live.end}",
            )
        return SegmentFile(self.path(_place(live)), live)


class _AllRows:
    """The rows of a segment in memory, by their bytes."""

    def __init__(self, tree: SegmentTree) -> None:
        self._tree = tree

    def __getitem__(self, place: slice, /) -> bytes:
        start, stop, _ = place.indices(self._tree.row_count * ROW_BYTES)
        return b"".join(self._tree.row_bytes(at) for at in range(start // ROW_BYTES, stop // ROW_BYTES))


def pause_half() -> Callable[[], None]:
    """Give a pause as long as the work since the last one, up to 50 ms: half of the time belongs to others."""
    last = time.monotonic()

    def pause() -> None:
        nonlocal last
        time.sleep(min(0.05, time.monotonic() - last))
        last = time.monotonic()

    return pause


def _place(live: LiveSegment) -> _Place:
    return live.level, live.first, live.end


def _above(due: Sequence[LiveSegment]) -> _Place:
    return due[0].level + 1, due[0].first, due[-1].end


def _inside(place: _Place, covered: Sequence[_Place]) -> bool:
    """Say whether a segment was taken up into a live one of a higher level."""
    level, first, end = place
    return any(level < other and low <= first and end <= high for other, low, high in covered)
