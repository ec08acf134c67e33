"""The tree of a segment whose rows come one stretch after the other, and the levels of it that are worth keeping.

A proof needs one node of each level. With the nodes of level 6 and above at hand the others are worked out from 64 rows,
so a proof costs the same few reads however many rows a segment has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attest.ledger.tree import EMPTY_ROOT, HASH_BYTES, parents

KEPT_LEVEL = 6
"""Nodes of this level and above are kept: one byte a row, in all."""
BLOCK_ROWS = 1 << KEPT_LEVEL


class RowTree:
    """Works out a segment's tree from the leaf hashes of its rows, given in order."""

    def __init__(self) -> None:
        self._pending: list[bytes] = []
        self._blocks: list[bytes] = []
        self._count = 0

    def extend(self, hashes: Sequence[bytes]) -> None:
        """Take the leaf hashes of the next rows."""
        self._count += len(hashes)
        self._pending += hashes
        whole = len(self._pending) // BLOCK_ROWS * BLOCK_ROWS
        if whole:
            self._blocks += _risen(self._pending[:whole])
            del self._pending[:whole]

    @property
    def count(self) -> int:
        """How many rows there were."""
        return self._count

    def finish(self) -> tuple[bytes, ...]:
        """Give the kept levels, lowest first, each as its hashes behind one another; the last is the root alone."""
        row = [*self._blocks, *_risen(self._pending)]
        if not row:
            return (EMPTY_ROOT,)
        levels = [row]
        while len(row) > 1:
            row = parents(row)
            levels.append(row)
        return tuple(b"".join(level) for level in levels)


def _risen(hashes: list[bytes]) -> list[bytes]:
    row = hashes
    for _ in range(KEPT_LEVEL if hashes else 0):
        row = parents(row)
    return row


def level_widths(rows: int) -> Iterator[int]:
    """Give how many hashes each kept level of a segment of that many rows has, lowest first."""
    width = max(1, -(-rows // BLOCK_ROWS))
    while True:
        yield width
        if width == 1:
            return
        width = (width + 1) // 2


def levels_bytes(rows: int) -> int:
    """Give how many bytes all kept levels take."""
    return HASH_BYTES * sum(level_widths(rows))
