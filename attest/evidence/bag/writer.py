"""Writing a bag: members in order, each hashed as it goes out, then the manifests. Needs memory for one line a file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import Conflict
from attest.evidence.bag.names import BASE, require_path
from attest.evidence.bag.ustar import BLOCK_BYTES, END, MAX_MEMBERS, header, padding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from io import RawIOBase
    from typing import BinaryIO

DECLARATION: Final = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_LATE: Final = ("manifest-sha256.txt", "tagmanifest-sha256.txt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """How far a bag was written: all that is needed to go on with its file."""

    offset: int
    members: int
    last: str
    """Path of the last member, below the base folder."""
    lines: tuple[bytes, ...]
    """Manifest lines of the files below `data/`."""


@dataclass(frozen=True, slots=True)
class Again:
    """Pieces that can be gone through more than once: each time they are made anew."""

    make: Callable[[], Iterable[bytes]]

    def __iter__(self) -> Iterator[bytes]:
        """Make them."""
        return iter(self.make())


class BagWriter:
    """Writes one bag to a file that is open for writing. What is in the file is a bag once `finish` has returned.

    Paths are given without the base folder, in ascending order of their bytes; those of tag files that come before and
    after `data/` are put where they belong.
    """

    def __init__(self, file: BinaryIO | RawIOBase, tags: Mapping[str, bytes], written: Written | None = None) -> None:
        """Begin with the tag files: what stands beside `data/`, all known beforehand; `bagit.txt` is added.

        With `written`, go on behind what is in the file already; what stands behind that is thrown away.
        """
        self._file = file
        self._tags = {**tags, "bagit.txt": DECLARATION}
        self._last = ""
        self._payload: list[bytes] = []
        self._members = 0
        if written is not None:
            file.truncate(written.offset)
            file.seek(written.offset)
            self._last, self._members, self._payload = BASE + written.last, written.members, list(written.lines)
            return
        for name in sorted(self._tags):
            if name < "data/":
                self._member(name, self._tags[name])

    def wrote(self, path: str) -> bool:
        """Say whether the place of a file below `data/` is passed: it is written, or was left out."""
        return self._last >= BASE + path

    def written(self, lines_from: int = 0) -> Written:
        """Give how far it is written, with the manifest lines from a number on."""
        return Written(
            offset=self._file.tell(),
            members=self._members,
            last=self._last[len(BASE) :],
            lines=tuple(self._payload[lines_from:]),
        )

    def add(self, path: str, data: bytes) -> None:
        """Write one file below `data/`.

        Raises:
            ValueError: the path is not allowed, not below `data/`, or does not come behind the last one.
        """
        if not path.startswith("data/"):
            raise ValueError("only files below data/ are added")
        self._member(path, data)
        self._payload.append(_line(path, hashlib.sha256(data).digest()))

    def add_stream(self, path: str, pieces: Iterable[bytes]) -> None:
        """Write one file below `data/` whose size is not known beforehand; the header is put in place at the end.

        Where the file cannot be sought in, the pieces are asked for twice: `Again` gives them so.

        Raises:
            ValueError: as `add`, or it grows beyond what a header can say.
            Conflict: asked for twice, the pieces are not the same.
        """
        if not path.startswith("data/"):
            raise ValueError("only files below data/ are added")
        full = self._next(path)
        if not self._file.seekable():
            self._payload.append(_line(path, self._twice(full, pieces)))
            return
        start = self._file.tell()
        self._put((bytes(BLOCK_BYTES),))
        digest, size = hashlib.sha256(), 0
        for piece in pieces:
            digest.update(piece)
            size += len(piece)
            self._put((piece,))
        self._put((padding(size),))
        end = self._file.tell()
        self._file.seek(start)
        self._file.write(header(full, size))
        self._file.seek(end)
        self._payload.append(_line(path, digest.digest()))

    def finish(self) -> None:
        """Write manifests, the tag files behind them, and the end."""
        manifest = b"".join(self._payload)
        tags = {**self._tags, _LATE[0]: manifest}
        tags[_LATE[1]] = b"".join(_line(name, hashlib.sha256(tags[name]).digest()) for name in sorted(tags))
        for name in sorted(tags):
            if name > "data/":
                self._member(name, tags[name])
        self._put((END,))

    def _member(self, path: str, data: bytes) -> None:
        self._put((header(self._next(path), len(data)), data, padding(len(data))))

    def _twice(self, full: str, pieces: Iterable[bytes]) -> bytes:
        before, size = hashlib.sha256(), 0
        for piece in pieces:
            before.update(piece)
            size += len(piece)
        self._put((header(full, size),))
        digest = hashlib.sha256()
        for piece in pieces:
            digest.update(piece)
            self._put((piece,))
        self._put((padding(size),))
        if digest.digest() != before.digest():
            raise Conflict("ledger.conflict", "what goes into the bundle changed while it was written: try again")
        return digest.digest()

    def _next(self, path: str) -> str:
        full = BASE + path
        require_path(full)
        if full <= self._last or self._members >= MAX_MEMBERS:
            raise ValueError("the members of a bag ascend, and there are not too many")
        self._last = full
        self._members += 1
        return full

    def _put(self, pieces: Iterable[bytes]) -> None:
        for piece in pieces:
            self._file.write(piece)


def _line(path: str, digest: bytes) -> bytes:
    return b"%b  %b\n" % (digest.hex().encode(), path.encode())
