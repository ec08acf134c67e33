"""Reading a bag without unpacking it: every header is judged before any content is used, and nothing is written.

1. Members are walked header by header; the first one that breaks a rule of the archive ends it, by place and name.
2. The manifests name all files, no other, with their digests.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import NotVerified
from attest.evidence.bag.names import BASE, path_fault
from attest.evidence.bag.ustar import BLOCK_BYTES, END, MAX_MEMBERS, claimed, fault_of, header
from attest.evidence.bag.writer import DECLARATION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

MAX_MANIFEST_BYTES: Final = 128 * 1024 * 1024
_CHUNK_BYTES: Final = 1024 * 1024
_LINE = re.compile(rb"([0-9a-f]{64})  ([ -~]+)\n")
_MANIFEST: Final = "manifest-sha256.txt"
_TAG_MANIFEST: Final = "tagmanifest-sha256.txt"
_SHOWN = re.compile(r"[^ -~]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Member:
    """Where the content of one file stands."""

    offset: int
    size: int


class BagReader:
    """The files of a bag whose archive is sound, by path below the base folder. Digests: see `manifest_faults`."""

    def __init__(self, file: BinaryIO, members: dict[str, Member]) -> None:
        self._file = file
        self.members = members

    def has(self, path: str) -> bool:
        """Say whether there is such a file."""
        return path in self.members

    def read(self, path: str, most: int) -> bytes:
        """Give a file's bytes.

        Raises:
            NotVerified: `evidence.malformed`: it is not there, or larger than `most`.
        """
        member = self.members.get(path)
        if member is None:
            raise NotVerified("evidence.malformed", "a file of the bundle is missing", where=path)
        if member.size > most:
            raise NotVerified("evidence.malformed", "a file of the bundle is too large", where=path)
        self._file.seek(member.offset)
        return self._file.read(member.size)

    def lines(self, path: str, most: int) -> Iterator[bytes]:
        """Give the lines of a file, each with its newline, in bounded memory.

        Raises:
            NotVerified: `evidence.malformed`: the file is not there, a line is longer than `most`, or the last is cut.
        """
        member = self.members.get(path)
        if member is None:
            raise NotVerified("evidence.malformed", "a file of the bundle is missing", where=path)
        at, end = member.offset, member.offset + member.size
        while at < end:
            self._file.seek(at)  # other files are read between two lines
            line = self._file.readline(min(most, end - at))
            if not line.endswith(b"\n"):
                raise NotVerified("evidence.malformed", "a line is cut, or too long", where=path)
            at += len(line)
            yield line

    def sha256(self, path: str, prefix: bytes = b"") -> bytes:
        """Give the digest of a prefix and a file, read in pieces."""
        member = self.members[path]
        self._file.seek(member.offset)
        digest, left = hashlib.sha256(prefix), member.size
        while left:
            piece = self._file.read(min(left, _CHUNK_BYTES))
            if not piece:
                break
            digest.update(piece)
            left -= len(piece)
        return digest.digest()

    def manifest_faults(self, on_progress: Callable[[int, int], None]) -> Iterator[tuple[str, str]]:
        """Give (path, what is wrong) for all in which the manifests differ from the files; reads every byte."""
        if not self.has("bagit.txt") or self.read("bagit.txt", 1024) != DECLARATION:
            yield "bagit.txt", "it does not declare BagIt 1.0 in UTF-8"
        done, total = 0, len(self.members)
        for manifest, payload in ((_TAG_MANIFEST, False), (_MANIFEST, True)):
            listed: dict[str, bytes] = {}
            if not self.has(manifest):
                yield manifest, "the manifest is missing"
                continue
            try:
                listed = _listed(self.read(manifest, MAX_MANIFEST_BYTES))
            except NotVerified as err:
                yield manifest, err.what
                continue
            there = {p for p in self.members if p.startswith("data/") is payload and p != _TAG_MANIFEST}
            for path in sorted(listed.keys() - there):
                yield path, "it is in the manifest and not in the bundle"
            for path in sorted(there):
                done += 1
                if done % 256 == 0:
                    on_progress(done, total)
                if path not in listed:
                    yield path, "it is not in the manifest"
                elif self.sha256(path) != listed[path]:
                    yield path, "its digest is not that of the manifest"


def _listed(raw: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    last = b""
    for line in raw.splitlines(keepends=True):
        parts = _LINE.fullmatch(line)
        if parts is None or parts[2] <= last:
            raise NotVerified("evidence.malformed", "a line of the manifest is malformed, or not in order")
        last = parts[2]
        found[last.decode()] = bytes.fromhex(parts[1].decode())
    return found


def open_bag(file: BinaryIO) -> BagReader:
    """Walk the archive and give its files.

    Raises:
        NotVerified: `evidence.malformed`: a rule of the archive is broken; `where` is the member's place and name.
    """
    total = file.seek(0, os.SEEK_END)
    at, last, members = 0, BASE, dict[str, Member]()
    while True:
        file.seek(at)
        block = file.read(BLOCK_BYTES)
        if block == END[:BLOCK_BYTES]:
            break
        path, member = _member(block, at, total, len(members))
        if path <= last:
            raise _bad(len(members), path, "the member is there twice, or not in ascending order")
        if any(parent in members for parent in _parents(path)):
            raise _bad(len(members), path, "a member is both a file and a folder")
        if file.seek(member.offset + member.size) and file.read(-member.size % BLOCK_BYTES).strip(b"\0"):
            raise _bad(len(members), path, "there is something between two members")
        members[path[len(BASE) :]], last = member, path
        at = member.offset + member.size + -member.size % BLOCK_BYTES
    file.seek(at)
    if total - at != len(END) or file.read(len(END)) != END:
        raise _bad(len(members), "", "the archive does not end in two blocks of zeros")
    return BagReader(file, members)


def _member(block: bytes, at: int, total: int, number: int) -> tuple[str, Member]:
    if len(block) < BLOCK_BYTES:
        raise _bad(number, "", "the archive is cut, or is none")
    path, size = claimed(block)
    if fault := path_fault(path):
        raise _bad(number, path, fault_of(block) if block[257:262] != b"ustar" else fault)
    if size < 0 or block != header(path, size):
        raise _bad(number, path, fault_of(block))
    if number >= MAX_MEMBERS:
        raise _bad(number, path, f"there are more than {MAX_MEMBERS} members")
    offset = at + BLOCK_BYTES
    if offset + size + -size % BLOCK_BYTES > total:
        raise _bad(number, path, "the member is cut")
    return path, Member(offset, size)


def _parents(path: str) -> Iterator[str]:
    inside = path[len(BASE) :]
    return (inside[:at] for at, ch in enumerate(inside) if ch == "/")


def _bad(number: int, path: str, what: str) -> NotVerified:
    name = _SHOWN.sub("?", path)[:120]
    return NotVerified("evidence.malformed", what, where=f"member {number} {name}".rstrip())
