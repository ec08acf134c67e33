"""Partial tiles: those of the unfinished tile are young and may be torn by a power cut; those of a full one are removed.

A log must serve the partial files of each size that a checkpoint was signed for, until the full tile is there (C2SP
tlog-tiles, Partial Tiles). The young ones of level 0 and of the bundles change with every publication.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from attest.errors import Absent, Refused
from attest.ledger.tiles import MAX_TILE_LEVEL, TILE_HEIGHT, TILE_WIDTH, bundle_path, encode_bundle, tile_path
from attest.store.files import NewFile, differing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from attest.store.files import Files

SWEPT_TILES: Final = 8
"""Full tiles, counted from the newest, whose partial files are looked for at a start; older ones are long removed."""
_YOUNG: Final = ("tile/0/", "tile/entries/")


def is_young(path: str) -> bool:
    """Tell whether a path is of a partial tile of level 0 or a partial bundle."""
    return ".p/" in path and path.startswith(_YOUNG)


def put_young(files: Files, young: Sequence[NewFile]) -> None:
    """Put partial files that the next publication replaces; the disk gets them when the system likes.

    Raises:
        Refused: `ledger.corrupt`, other bytes are there that are not a torn form of these.
    """
    for file in differing(files, files.create(young, durable=False)):
        _mend(files, file)


def mend_partials(
    files: Files, first: int, leaves: tuple[Sequence[bytes], Sequence[bytes]], sizes: Iterable[int]
) -> None:
    """Put right the young files of each size within the tile that begins at entry `first`.

    `leaves` are the bodies and the leaf hashes from `first` on.

    Raises:
        Refused: `ledger.corrupt`, as for `put_young`.
    """
    bodies, hashes = leaves
    number = first // TILE_WIDTH
    bundle, tile = encode_bundle(bodies), b"".join(hashes)
    ends = [0]
    for body in bodies:
        ends.append(ends[-1] + len(encode_bundle((body,))))
    for width in sorted(size - first for size in sizes):
        for file in (
            NewFile(path=tile_path(0, number, width), data=tile[: width * len(hashes[0])]),
            NewFile(path=bundle_path(number, width), data=bundle[: ends[width]]),
        ):
            _mend(files, file)


def outgrown(files: Files, old_size: int, new_size: int) -> None:
    """Remove the partial files of the tiles that a growth has filled; what cannot be removed is left."""
    for level in range(MAX_TILE_LEVEL + 1):
        old, new = old_size >> level * TILE_HEIGHT, new_size >> level * TILE_HEIGHT
        if not old:
            return
        number = old // TILE_WIDTH
        if old % TILE_WIDTH and new >= (number + 1) * TILE_WIDTH:
            _remove(files, level, number)


def swept(files: Files, size: int) -> None:
    """Remove the partial files that a crash has left beside the newest full tiles."""
    for level in range(MAX_TILE_LEVEL + 1):
        full = (size >> level * TILE_HEIGHT) // TILE_WIDTH
        if not full:
            return
        for number in range(max(0, full - SWEPT_TILES), full):
            _remove(files, level, number)


def _remove(files: Files, level: int, number: int) -> None:
    for folder in _folders(level, number):
        # What is left is removed by `swept`: nothing reads it, and the log does not wait for it.
        with contextlib.suppress(OSError):
            files.remove(folder)


def _folders(level: int, number: int) -> Iterator[str]:
    yield f"{tile_path(level, number)}.p"
    if level == 0:
        yield f"{bundle_path(number)}.p"


def _mend(files: Files, file: NewFile) -> None:
    try:
        found = files.get(file.path)
    except Absent:
        found = b""
    if found == file.data:
        return
    if not files.tears or not _is_torn(found, file.data):
        raise Refused("ledger.corrupt", "a published tile differs from the database", where=file.path)
    files.overwrite(file.path, file.data)


def _is_torn(found: bytes, whole: bytes) -> bool:
    """Tell whether bytes are what a power cut leaves of others: shorter, or zero where nothing had arrived."""
    return len(found) <= len(whole) and all(a in {0, b} for a, b in zip(found, whole, strict=False))
