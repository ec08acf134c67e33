"""Section 1 and the manifests of section 2: the archive, read in place, never unpacked."""

from __future__ import annotations

# ruff: noqa: FBT001, FBT003, UP031
# It runs alone, on Python 3.9 too, and reads what anybody may have written.
import hashlib
import os
import re
from collections.abc import Iterator
from typing import BinaryIO

BASE = "whereof-evidence/"
MAX_MEMBERS = 500_000
MAX_JSON = 64 * 1024 * 1024
MAX_MANIFEST = 128 * 1024 * 1024
BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
SEGMENT = re.compile(r"[a-z0-9][a-z0-9._-]*")
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
MANIFEST_LINE = re.compile(rb"([0-9a-f]{64})  ([ -~]+)\n")


class Bad(Exception):
    """Something does not hold."""

    def __init__(self, what: str, place: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.place = place


class Unknown(Exception):
    """Something cannot be checked here; nothing is said about it."""


def expect(holds: bool, what: str) -> None:
    """Raise `Bad` unless something holds."""
    if not holds:
        raise Bad(what)


def tar_header(path: str, size: int) -> bytes:
    """Give the one header that a member of this path and size can have."""
    fields = [
        path.encode("latin-1").ljust(100, b"\0"),
        b"0000644\0" + b"0000000\0" * 2,
        b"%011o\0" % size,
        b"02263523000\0",
        b" " * 8,
        b"0" + bytes(100) + b"ustar\x0000" + bytes(64) + b"0000000\0" * 2,
    ]
    block = b"".join(fields).ljust(512, b"\0")
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def path_fault(path: str) -> str:
    """Say what is wrong with a path; empty where nothing is."""
    if len(path) > 100 or not path.startswith(BASE):
        return "the path is too long, or not below " + BASE
    inside = path[len(BASE) :]
    if inside == "VERIFY.md":
        return ""
    segments = inside.split("/")
    if len(segments) > 8:
        return "the path has too many segments"
    for segment in segments:
        if not SEGMENT.fullmatch(segment) or segment.endswith(".") or RESERVED.fullmatch(segment):
            return "the path is not plain, or holds a reserved name"
    return ""


class Archive:
    """The files of a sound archive by their path below the base folder: where each stands, and its size."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.members: dict[str, tuple[int, int]] = {}
        self._walk()

    def _walk(self) -> None:
        total = self.file.seek(0, os.SEEK_END)
        at, last = 0, BASE
        while True:
            self.file.seek(at)
            block = self.file.read(512)
            if block == bytes(512):
                break
            place = "member %d" % len(self.members)
            if len(block) < 512:
                raise Bad("the archive is cut, or is none", place)
            path = block[:100].split(b"\0", 1)[0].decode("latin-1")
            place += " " + re.sub(r"[^ -~]", "?", path)[:120]
            octal = re.fullmatch(rb"[0-7]{11}\0", block[124:136])
            fault = path_fault(path)
            if fault or octal is None or block != tar_header(path, int(block[124:135], 8)):
                raise Bad(fault or "this kind of member, or form of header, is not allowed", place)
            size = int(block[124:135], 8)
            inside = path[len(BASE) :]
            if path <= last or any(inside[:cut] in self.members for cut in range(len(inside)) if inside[cut] == "/"):
                raise Bad("the member is there twice, not in order, or both file and folder", place)
            if len(self.members) >= MAX_MEMBERS:
                raise Bad("there are too many members", place)
            end = at + 512 + size
            if end + -size % 512 > total:
                raise Bad("the member is cut", place)
            self.file.seek(end)
            if self.file.read(-size % 512).strip(b"\0"):
                raise Bad("there is something between two members", place)
            self.members[inside] = (at + 512, size)
            at, last = end + -size % 512, path
        self.file.seek(at)
        if total - at != 1024 or self.file.read(1024) != bytes(1024):
            raise Bad("the archive does not end in two blocks of zeros", "member %d" % len(self.members))

    def read(self, path: str, most: int = MAX_JSON) -> bytes:
        """Give a file's bytes."""
        offset, size = self.members.get(path, (0, -1))
        if not 0 <= size <= most:
            raise Bad(f"{path} is missing, or too large")
        self.file.seek(offset)
        return self.file.read(size)

    def lines(self, path: str) -> Iterator[bytes]:
        """Give a file's lines, each without its newline."""
        if path not in self.members:
            raise Bad(f"{path} is missing")
        at, size = self.members[path]
        end = at + size
        while at < end:
            self.file.seek(at)
            line = self.file.readline(min(MAX_JSON, end - at))
            expect(line.endswith(b"\n"), f"a line of {path} is cut, or too long")
            at += len(line)
            yield line[:-1]

    def digest(self, path: str, prefix: bytes = b"") -> bytes:
        """Give the SHA-256 of a prefix and a file."""
        at, left = self.members[path]
        self.file.seek(at)
        found = hashlib.sha256(prefix)
        while left:
            piece = self.file.read(min(left, 1024 * 1024))
            if not piece:
                break
            found.update(piece)
            left -= len(piece)
        return found.digest()

    def manifest_faults(self) -> Iterator[tuple[str, str]]:
        """Give (path, what is wrong) for all in which the manifests and the files differ."""
        if "bagit.txt" not in self.members or self.read("bagit.txt", 1024) != BAGIT:
            yield "bagit.txt", "it does not declare BagIt 1.0 in UTF-8"
        for name, payload in (("tagmanifest-sha256.txt", False), ("manifest-sha256.txt", True)):
            if name not in self.members:
                yield name, "the manifest is missing"
                continue
            listed: dict[str, bytes] = {}
            last = b""
            for line in self.read(name, MAX_MANIFEST).splitlines(True):
                parts = MANIFEST_LINE.fullmatch(line)
                if parts is None or parts[2] <= last:
                    yield name, "a line is malformed, or not in order"
                    break
                last = parts[2]
                listed[last.decode()] = bytes.fromhex(parts[1].decode())
            there: set[str] = {
                path
                for path in self.members
                if path.startswith("data/") is payload and path != "tagmanifest-sha256.txt"
            }
            for path in sorted(set(listed) - there):
                yield path, "it is in the manifest and not in the bundle"
            for path in sorted(there):
                if path not in listed:
                    yield path, "it is not in the manifest"
                elif self.digest(path) != listed[path]:
                    yield path, "its digest is not that of the manifest"
