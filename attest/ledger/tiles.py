"""The log as static files (C2SP tlog-tiles): which files a growth writes, and how hashes are read back from them.

A hash tile of level L holds up to 256 roots of perfect subtrees of 256**L leaves; an entry bundle holds up to 256
entries. A partial one has its width in its path, so no file ever changes once it is written.
"""

from __future__ import annotations

import struct
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from attest.errors import Absent, InvalidInput, Refused
from attest.ledger.proof import ReadNode
from attest.ledger.tree import HASH_BYTES, MAX_TREE_SIZE, node_hash

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
"""Hashes of a full tile, entries of a full bundle."""
MAX_ENTRY_BYTES = 65_535
"""The length of an entry is written in 16 bits."""
MAX_BUNDLE_BYTES = TILE_WIDTH * (2 + MAX_ENTRY_BYTES)
MAX_TILE_LEVEL = 7
"""63 bits of tree size need no higher tile: 8 levels of 8 bits."""
CACHED_TILES = 256
"""Tiles that a reader keeps, with the rows above them some 35 KB each."""

_LENGTH = struct.Struct(">H")


@dataclass(frozen=True, slots=True, kw_only=True)
class TileFile:
    """One file to write: put it where nothing is, or find the same bytes there."""

    path: str
    data: bytes


def tile_path(level: int, number: int, width: int = TILE_WIDTH) -> str:
    """Give the path of a hash tile, `tile/<L>/<N>[.p/<W>]`.

    Raises:
        InvalidInput: there is no such tile (`ledger.range`).
    """
    if not 0 <= level <= MAX_TILE_LEVEL:
        raise InvalidInput("ledger.range", "there is no such level of tiles", got=str(level))
    return f"tile/{level}/{_number(number, width)}"


def bundle_path(number: int, width: int = TILE_WIDTH) -> str:
    """Give the path of an entry bundle, `tile/entries/<N>[.p/<W>]`.

    Raises:
        InvalidInput: there is no such bundle (`ledger.range`).
    """
    return f"tile/entries/{_number(number, width)}"


def _number(number: int, width: int) -> str:
    if not 0 <= number <= MAX_TREE_SIZE >> TILE_HEIGHT or not 1 <= width <= TILE_WIDTH:
        raise InvalidInput("ledger.range", "there is no such tile", got=f"{number}, width {width}")
    parts = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        parts.insert(0, f"x{number % 1000:03d}")
    return "/".join(parts) + ("" if width == TILE_WIDTH else f".p/{width}")


def hash_tiles(old_size: int, new_size: int, read: ReadNode) -> Iterator[TileFile]:
    """Give the hash tiles to write when a log grows: every tile that became full, and the partial ones of the new size.

    `read` must know all perfect subtrees of the new tree; of the old tree only those that share a tile with new ones
    are asked for.

    Raises:
        InvalidInput: the sizes do not grow, or exceed `MAX_TREE_SIZE` (`ledger.range`).
    """
    _require_growth(old_size, new_size)
    level = 0
    while (count := new_size >> level * TILE_HEIGHT) > 0:
        for number, width in _grown(old_size >> level * TILE_HEIGHT, count):
            start = number * TILE_WIDTH
            data = b"".join(read(level * TILE_HEIGHT, at) for at in range(start, start + width))
            yield TileFile(path=tile_path(level, number, width), data=data)
        level += 1


def entry_bundles(old_size: int, new_size: int, entry: Callable[[int], bytes]) -> Iterator[TileFile]:
    """Give the entry bundles to write when a log grows; `entry(index)` gives the bytes of a leaf.

    Raises:
        InvalidInput: the sizes do not grow (`ledger.range`), or an entry is longer than `MAX_ENTRY_BYTES`.
    """
    _require_growth(old_size, new_size)
    for number, width in _grown(old_size, new_size):
        start = number * TILE_WIDTH
        data = encode_bundle([entry(at) for at in range(start, start + width)])
        yield TileFile(path=bundle_path(number, width), data=data)


def tile_paths(size: int) -> Iterator[str]:
    """Give the path of every file that a published tree of `size` entries is read from."""
    for number, width in _grown(0, size):
        yield bundle_path(number, width)
    level = 0
    while (count := size >> level * TILE_HEIGHT) > 0:
        for number, width in _grown(0, count):
            yield tile_path(level, number, width)
        level += 1


def _require_growth(old_size: int, new_size: int) -> None:
    if not 0 <= old_size <= new_size <= MAX_TREE_SIZE:
        raise InvalidInput("ledger.range", "a log only grows", expected=f"at least {old_size}", got=str(new_size))


def _grown(old: int, new: int) -> Iterator[tuple[int, int]]:
    if old == new:
        return
    for number in range(old // TILE_WIDTH, -(-new // TILE_WIDTH)):
        yield number, min(TILE_WIDTH, new - number * TILE_WIDTH)


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Give the bytes of an entry bundle: each entry after its length in 16 bits, big endian.

    Raises:
        InvalidInput: an entry is longer than `MAX_ENTRY_BYTES`, or there are more than 256 (`input.too-large`).
    """
    if len(entries) > TILE_WIDTH:
        raise InvalidInput("input.too-large", "a bundle has up to 256 entries", got=str(len(entries)))
    if max(map(len, entries), default=0) > MAX_ENTRY_BYTES:
        raise InvalidInput("input.too-large", "the entry is too large", expected=f"up to {MAX_ENTRY_BYTES} bytes")
    pieces = [b""] * (2 * len(entries))
    pieces[::2], pieces[1::2] = map(_LENGTH.pack, map(len, entries)), entries
    return b"".join(pieces)


def decode_bundle(data: bytes, width: int) -> tuple[bytes, ...]:
    """Read the `width` entries of a bundle.

    Raises:
        Refused: the bytes are not exactly that many entries (`ledger.corrupt`). Whether they are the entries of the
            tree is not checked: compare their leaf hashes with the level-0 tile.
    """
    if len(data) > MAX_BUNDLE_BYTES:
        raise Refused("ledger.corrupt", "the entry bundle is too large", got=f"{len(data)} bytes")
    entries: list[bytes] = []
    at = 0
    while at + _LENGTH.size <= len(data) and len(entries) < width:
        (length,) = _LENGTH.unpack_from(data, at)
        at += _LENGTH.size
        entries.append(data[at : at + length])
        at += length
    if at != len(data) or len(entries) != width:
        raise Refused("ledger.corrupt", "the entry bundle is cut or longer than it says", expected=f"{width} entries")
    return tuple(entries)


class TileReader:
    """Reads the log of one size from its files; `read` serves the proofs, `entry` the leaves.

    What is read proves nothing by itself: whoever uses it compares the root with a verified checkpoint.
    """

    def __init__(self, size: int, fetch: Callable[[str], bytes]) -> None:
        """Read the tree of `size` leaves by `fetch(path)`, which raises `Absent` for a file that is not there."""
        if not 0 <= size <= MAX_TREE_SIZE:
            raise InvalidInput("ledger.range", "tree size out of range", got=str(size))
        self._size = size
        self._fetch = fetch
        self._tiles: OrderedDict[tuple[int, int], list[list[bytes]]] = OrderedDict()

    def read(self, level: int, index: int) -> bytes:
        """Give the root of the perfect subtree (level, index).

        Raises:
            InvalidInput: the subtree is not complete in this tree (`ledger.range`).
            Refused: the tile has another length than its path says (`ledger.corrupt`).
            Absent: the tile is not there.
        """
        if level < 0 or index < 0 or (index + 1) << level > self._size:
            raise InvalidInput("ledger.range", "the subtree is not complete", got=f"level {level}, index {index}")
        tile_level, height = divmod(level, TILE_HEIGHT)
        number, at = divmod(index << height, TILE_WIDTH)
        rows = self._tile(tile_level, number)
        # The rows above a tile's hashes are worked out once: a proof needs one node of each.
        while len(rows) <= height:
            below = rows[-1]
            rows.append([node_hash(left, right) for left, right in zip(below[::2], below[1::2], strict=False)])
        return rows[height][at >> height]

    def entry(self, index: int) -> bytes:
        """Give the bytes of leaf `index`; one bundle is fetched for each call.

        Raises:
            InvalidInput: there is no such leaf. Refused, Absent: as for `read`.
        """
        if not 0 <= index < self._size:
            raise InvalidInput("ledger.range", expected=f"an index below {self._size}", got=str(index))
        return self.entries(index // TILE_WIDTH)[index % TILE_WIDTH]

    def entries(self, number: int) -> tuple[bytes, ...]:
        """Give all entries of one bundle that are in this tree."""
        width = self._width(0, number)
        data, full = self._get(bundle_path(number, width), bundle_path(number) if width < TILE_WIDTH else None)
        if full:
            return decode_bundle(data, TILE_WIDTH)[:width]
        return decode_bundle(data, width)

    def _tile(self, level: int, number: int) -> list[list[bytes]]:
        cached = self._tiles.get((level, number))
        if cached is not None:
            self._tiles.move_to_end((level, number))
            return cached
        width = self._width(level, number)
        path = tile_path(level, number, width)
        data, full = self._get(path, tile_path(level, number) if width < TILE_WIDTH else None)
        expected = (TILE_WIDTH if full else width) * HASH_BYTES
        if len(data) != expected:
            raise Refused("ledger.corrupt", expected=f"{expected} bytes", got=f"{len(data)} bytes", where=path)
        # Cut to this tree's width, so that a full tile found in place of a partial one shows nothing newer.
        rows = [[data[at : at + HASH_BYTES] for at in range(0, width * HASH_BYTES, HASH_BYTES)]]
        self._tiles[level, number] = rows
        if len(self._tiles) > CACHED_TILES:
            self._tiles.popitem(last=False)
        return rows

    def _get(self, path: str, full_path: str | None) -> tuple[bytes, bool]:
        # A partial file may be gone once the full one is there; the full one begins with the same bytes.
        try:
            return self._fetch(path), False
        except Absent:
            if full_path is None:
                raise
        return self._fetch(full_path), True

    def _width(self, level: int, number: int) -> int:
        width = min(TILE_WIDTH, (self._size >> level * TILE_HEIGHT) - number * TILE_WIDTH)
        if number < 0 or width < 1:
            raise InvalidInput("ledger.range", "there is no such tile in this tree", got=f"{level}, {number}")
        return width
