"""What a monitor keeps of the log it follows: the newest head it verified, and every leaf hash below it.

The leaf hashes (32 bytes an entry, in the log's own tiles of level 0) are what a rollback is proved with: a log that
shows less than before no longer serves what it showed.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.canonical import canonical_json
from attest.errors import AttestError, Refused
from attest.ledger.checkpoint import Checkpoint, open_c2sp_note
from attest.ledger.note import encode_vkey
from attest.ledger.tiles import TILE_HEIGHT, TILE_WIDTH, tile_path
from attest.ledger.tree import EMPTY_EDGE, HASH_BYTES, Edge, grow, node_hash
from attest.store.durable import replace_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attest.ledger.note import NoteKey

MAX_FILE_BYTES: Final = 256 * 1024
CHUNK_TILES: Final = 256
"""Tiles whose hashes are in memory at once: 2 MiB of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The newest head that was verified."""

    head: Checkpoint
    note: str
    first_seen: int
    """When this head was first seen, seconds since the epoch, by the monitor's clock."""
    edge: Edge
    """Edge of its full tiles of level 0: what the next run grows."""


class Followed:
    """The folder of one followed log."""

    def __init__(self, directory: Path, key: NoteKey) -> None:
        self.directory = directory
        self.key = key

    def kept(self) -> Kept | None:
        """Give what was verified last; None at the first run.

        Raises:
            Refused: `store.refused`: the state cannot be read, or is of a log with another key.
        """
        path = self.directory / "head.json"
        try:
            with path.open("rb") as file:
                value = json.loads(file.read(MAX_FILE_BYTES))
            head, _ = open_c2sp_note(value["note"], self.key)
            edge = Edge.decode(bytes.fromhex(value["edge"]))
            own = Kept(head=head, note=value["note"], first_seen=int(value["firstSeen"]), edge=edge)
            other = value["log"] != encode_vkey(self.key) or edge.size != head.size // TILE_WIDTH * TILE_WIDTH
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttestError) as err:
            raise Refused("store.refused", "the monitor's state cannot be read", where=str(path)) from err
        if other:
            raise Refused("store.refused", "this state is of a log with another key", where=str(path))
        return own

    def keep(self, head: Kept) -> None:
        """Keep a verified head durably; its tiles are kept before."""
        value = {
            "edge": head.edge.encode().hex(),
            "firstSeen": head.first_seen,
            "log": encode_vkey(self.key),
            "note": head.note,
        }
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_file(self.directory / "head.json", canonical_json(value))

    def edge(self, size: int) -> Edge:
        """Give the edge of the kept tree's first `size` leaves.

        Raises:
            Refused: `store.refused`, a kept tile is not there or too short.
        """
        edge, buffer = EMPTY_EDGE, list[bytes]()
        for number in range(-(-size // TILE_WIDTH)):
            buffer += self.tile(number, min(TILE_WIDTH, size - number * TILE_WIDTH))
            if number % CHUNK_TILES == CHUNK_TILES - 1:
                edge, buffer = grow(edge, buffer).edge, []
        return grow(edge, buffer).edge

    def tile(self, number: int, width: int) -> tuple[bytes, ...]:
        """Give the first leaf hashes of one kept tile of level 0.

        Raises:
            Refused: `store.refused`, it is not there or too short.
        """
        try:
            data = (self.directory / tile_path(0, number)).read_bytes()
        except OSError as err:
            raise Refused("store.refused", "a kept tile cannot be read", where=tile_path(0, number)) from err
        if len(data) % HASH_BYTES or len(data) < width * HASH_BYTES:
            raise Refused("store.refused", "a kept tile is cut", where=tile_path(0, number))
        return tuple(data[at * HASH_BYTES : (at + 1) * HASH_BYTES] for at in range(width))

    def put_aside(self, number: int, hashes: Sequence[bytes]) -> None:
        """Put a tile of level 0 aside, until `settle` says that the signed root was reached with it."""
        path = self._aside / tile_path(0, number)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_bytes(b"".join(hashes))

    def settle(self) -> None:
        """Keep the tiles that were put aside, durably."""
        for path in sorted(self._aside.rglob("*")):
            if path.is_file():
                replace_file(self.directory / path.relative_to(self._aside), path.read_bytes())
        self.forget()

    def forget(self) -> None:
        """Throw away the tiles that were put aside."""
        shutil.rmtree(self._aside, ignore_errors=True)

    @property
    def _aside(self) -> Path:
        return self.directory / "aside"

    def read(self, level: int, index: int) -> bytes:
        """Give the root of a perfect subtree of the kept tree, worked out from its leaves."""
        if level > TILE_HEIGHT:
            return node_hash(self.read(level - 1, 2 * index), self.read(level - 1, 2 * index + 1))
        first, count = index << level, 1 << level
        number, at = divmod(first, TILE_WIDTH)
        row = list(self.tile(number, at + count)[at:])
        while len(row) > 1:
            row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=True)]
        return row[0]
