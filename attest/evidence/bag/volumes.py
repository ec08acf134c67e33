"""A bundle in several files: each a header that names the former one, and a slice of the archive (evidence-bundle.md, section 10).

Joined in order, the slices are the archive byte for byte. It is read in place: nothing is joined on disk.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
from bisect import bisect_right
from itertools import chain
from typing import TYPE_CHECKING, Final

from attest.errors import NotVerified

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

MAGIC: Final = b"whereof-volume/v1\n"
HEADER_BYTES: Final = 512
MAX_VOLUMES: Final = 999
MIN_SLICE_BYTES: Final = 1024 * 1024
_CHUNK_BYTES: Final = 1024 * 1024
_HEADER: Final = re.compile(
    MAGIC + rb"volume ([1-9][0-9]{0,2}) of ([1-9][0-9]{0,2})\nformer ([0-9a-f]{64}|none)\nslice ([0-9a-f]{64})\n\n*"
)


def volume_header(number: int, count: int, former: str, content: str) -> bytes:
    """Give the 512 bytes before a slice; digests in hex, `former` is that of the whole former file, or `none`."""
    text = b"volume %d of %d\nformer %b\nslice %b\n" % (number, count, former.encode(), content.encode())
    return (MAGIC + text).ljust(HEADER_BYTES, b"\n")


def write_volumes(whole: BinaryIO, paths: Sequence[Path], slice_bytes: int) -> Iterator[tuple[Path, str]]:
    """Cut an archive; gives each volume's path and digest once the file is durable under that name."""
    former, count = "none", len(paths)
    for number, path in enumerate(paths, 1):
        start = (number - 1) * slice_bytes
        content = hashlib.sha256()
        for piece in _pieces(whole, start, slice_bytes):
            content.update(piece)
        digest = hashlib.sha256()
        staged = path.with_name(f".{path.name}.staged")
        head = volume_header(number, count, former, content.hexdigest())
        handle = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as file:
            for piece in chain((head,), _pieces(whole, start, slice_bytes)):
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        staged.replace(path)
        former = digest.hexdigest()
        yield path, former


def _pieces(whole: BinaryIO, start: int, size: int) -> Iterator[bytes]:
    whole.seek(start)
    while size and (piece := whole.read(min(size, _CHUNK_BYTES))):
        size -= len(piece)
        yield piece


def is_volume(file: BinaryIO) -> bool:
    """Say whether a file begins as a volume does."""
    file.seek(0)
    return file.read(len(MAGIC)) == MAGIC


def open_volumes(files: Sequence[BinaryIO]) -> BinaryIO:
    """Give the archive that the volumes, in order, are slices of; every byte is read and compared first.

    Raises:
        NotVerified: `evidence.malformed`: a volume is missing, out of order, changed, or of another bundle; `where` is the
            volume that was expected there.
    """
    former, count = "none", 0
    for place, file in enumerate(files, 1):
        head = _head_of(file)
        found = _HEADER.fullmatch(head)
        if found is None or len(head) != HEADER_BYTES:
            raise _bad(place, "this is not a volume, or its header is malformed")
        number, said = int(found[1]), int(found[2])
        count = count or said
        if number != place:
            raise _bad(place, f"it is missing: volume {number} stands in its place")
        if said != count:
            raise _bad(place, "it is of a bundle with another number of volumes")
        if found[3].decode() != former:
            raise _bad(place, "the volume before it is not the one that it names")
        content, former = _digests(file)
        if content != found[4].decode():
            raise _bad(place, "it was changed: its slice has another digest")
    if len(files) != count:
        raise _bad(len(files) + 1 if len(files) < count else count, f"it is missing: there are {count} volumes")
    return io.BufferedReader(_Joined(files), buffer_size=64 * 1024)


def _head_of(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(HEADER_BYTES)


def _digests(file: BinaryIO) -> tuple[str, str]:
    head = _head_of(file)
    content, whole = hashlib.sha256(), hashlib.sha256(head)
    while piece := file.read(_CHUNK_BYTES):
        content.update(piece)
        whole.update(piece)
    return content.hexdigest(), whole.hexdigest()


def _bad(place: int, what: str) -> NotVerified:
    return NotVerified("evidence.malformed", what, where=f"volume {place}")


class _Joined(io.RawIOBase):
    """Slices as one file that is read."""

    def __init__(self, files: Sequence[BinaryIO]) -> None:
        self._files = tuple(files)
        self._starts = [0]
        for file in self._files:
            self._starts.append(self._starts[-1] + file.seek(0, os.SEEK_END) - HEADER_BYTES)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._starts[-1]}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # what BufferedReader gives
        if self._at >= self._starts[-1]:
            return 0
        place = bisect_right(self._starts, self._at) - 1
        file = self._files[place]
        file.seek(HEADER_BYTES + self._at - self._starts[place])
        piece = file.read(min(len(buffer), self._starts[place + 1] - self._at))
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)
