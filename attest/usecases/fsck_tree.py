"""The tree of the log made again from its leaves, group by group, and held against heads, stored proofs and tiles.

Nothing is kept of what was checked but the right edge of the tree and the tiles that are not full yet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError
from attest.ledger.tiles import TILE_HEIGHT, TILE_WIDTH, bundle_path, encode_bundle, tile_path, tile_paths
from attest.ledger.tree import EMPTY_EDGE, grow_packed
from attest.store.walk import Leaves

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from attest.ledger.tree import Edge, Growth
    from attest.store.tables import TreeHeadRow
    from attest.store.walk import Leaf

_TILE: Final = re.compile(r"tile/(\d|entries)/((?:x\d{3}/)*\d{3})(?:\.p/(\d{1,3}))?")
_ENTRIES: Final = -1
"""Stands for the level of entry bundles."""


@dataclass
class TreeAudit:
    """Takes the groups of a log in order."""

    bad: Callable[[str, str], None]
    tiles: TileAudit
    edge: Edge = EMPTY_EDGE

    def group(self, head: TreeHeadRow | None, leaves: Leaves) -> None:
        """Check the leaves up to a head, or some that no head follows."""
        hashes = [sha256(b"\0" + body).digest() for body in leaves.body]
        first = self.edge.size
        growth, paths = grow_packed(self.edge, hashes)
        self.edge = growth.edge
        size = head.tree_size if head is not None else None
        # All of a group at once, a column at a time: only where one differs is each looked at, to say which and in what.
        indices = tuple(range(first, first + len(hashes)))
        wanted = Leaves(indices, tuple(hashes), leaves.body, (size or 0,) * len(hashes), tuple(paths))
        if size is None or leaves != wanted:
            for leaf, (index, value, _, _, proof) in zip(leaves, wanted, strict=True):
                self._name(leaf, (index, value, size, proof))
        self.tiles.leaves(growth, hashes, leaves.body)

    def take(self, growth: Growth, hashes: Sequence[bytes], bodies: Sequence[bytes]) -> None:
        """Take leaves that were found to be as they must be, and what the tree became by them."""
        self.edge = growth.edge
        self.tiles.leaves(growth, hashes, bodies)

    def _name(self, leaf: Leaf, expected: tuple[int, bytes, int | None, bytes]) -> None:
        index, value, size, proof = expected
        where = f"entry {leaf.idx}"
        if leaf.idx != index:
            self.bad(where, f"entry {index} is missing")
        if leaf.leaf_hash != value:
            self.bad(where, "the stored leaf hash is not of the stored body")
        if leaf.tree_size != size:
            self.bad(where, f"its head, of size {leaf.tree_size}, is missing")
        elif leaf.proof != proof:
            self.bad(where, "the stored proof does not lead from it to its head")


@dataclass
class TileAudit:
    """Compares the published files with the leaves, each file when its last leaf has come.

    Also those behind the checkpoint, and the partial ones of earlier trees that are still there: whoever kept an earlier
    checkpoint may read them.
    """

    bad: Callable[[str, str], None]
    fetch: Callable[[str], bytes]
    found: frozenset[str]
    """The paths of all files under `tile/`."""
    published: int
    """Size of the published tree: its files must be there."""
    count: int = 0
    _pending: dict[int, list[bytes]] = field(default_factory=dict)
    _numbers: dict[int, int] = field(default_factory=dict)
    _widths: dict[tuple[int, int], list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for path in self.found:
            match = _TILE.fullmatch(path)
            if match is None:
                self.bad(path, "this file is of no log")
                continue
            level = _ENTRIES if match[1] == "entries" else int(match[1])
            number = int(re.sub("[x/]", "", match[2]))
            self._widths.setdefault((level, number), []).append(int(match[3] or TILE_WIDTH))

    def leaves(self, growth: Growth, hashes: Iterable[bytes], bodies: Iterable[bytes]) -> None:
        """Take the next leaves, and what the tree became by them: the hashes of higher tiles are nodes of it."""
        self._add(_ENTRIES, bodies)
        self._add(0, hashes)
        for level, (_, nodes) in enumerate(growth.levels):
            if level and level % TILE_HEIGHT == 0 and nodes:
                self._add(level // TILE_HEIGHT, nodes)

    def finish(self) -> None:
        """Check what is not full, and what is left over or missing."""
        for level, waiting in sorted(self._pending.items()):
            self._compare(level, self._numbers.get(level, 0), waiting)
        for level, number in sorted(self._widths):
            for width in self._widths[level, number]:
                self.bad(_path(level, number, width), "this file is of a larger tree than is stored")
        for path in tile_paths(self.published):
            if path not in self.found:
                self.bad(path, "the published file is missing")

    def _add(self, level: int, items: Iterable[bytes]) -> None:
        waiting = self._pending.setdefault(level, [])
        waiting += items
        while len(waiting) >= TILE_WIDTH:
            full = waiting[:TILE_WIDTH]
            del waiting[:TILE_WIDTH]
            number = self._numbers.get(level, 0)
            self._numbers[level] = number + 1
            self._compare(level, number, full)

    def _compare(self, level: int, number: int, items: Sequence[bytes]) -> None:
        later = []
        for width in self._widths.pop((level, number), ()):
            if width > len(items):
                later.append(width)
                continue
            path = _path(level, number, width)
            wanted = encode_bundle(items[:width]) if level == _ENTRIES else b"".join(items[:width])
            try:
                self.count += 1
                if self.fetch(path) != wanted:
                    self.bad(path, "the published file differs")
            except AttestError as err:
                self.bad(path, str(err))
        if later:
            self._widths[level, number] = later


def _path(level: int, number: int, width: int) -> str:
    return bundle_path(number, width) if level == _ENTRIES else tile_path(level, number, width)
