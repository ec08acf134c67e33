"""A transcript on disk, read in lines as often as needed, always the same bytes.

An agent may still be writing its file: what is read is the size it had when it was opened here, and every pass says
by a digest whether it saw the same bytes. A line beyond the limit is never held in memory: a marker stands for it.

A document (one JSON value, Markdown), a folder and a database are turned into record lines once, when they are opened
(`unroll`, `gather`), and every pass reads that private copy.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.capture.gather.registry import gatherer_of
from attest.capture.line_copy import LineCopy
from attest.capture.unroll.document import MAX_DOCUMENT_BYTES
from attest.capture.unroll.registry import unroller_of
from attest.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from attest.capture.unroll.registry import Unroller

MAX_TRANSCRIPT_BYTES: Final = 2 * 1024 * 1024 * 1024
MAX_LINE_BYTES: Final = 16 * 1024 * 1024
_READ_BYTES: Final = 1024 * 1024


_HEAD_BYTES: Final = 1024 * 1024
"""As much of the beginning is looked at to tell a document from lines."""
_NAMED = "#"
"""Stands between the path of a source of several sessions and the id of one."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """The first `size` bytes of a file, or the record lines made of a document, a folder or a database."""

    path: Path
    size: int
    """Of the lines."""
    made: LineCopy | None = None
    """The record lines, where they are not the file's own."""
    original: bytes | None = None
    """SHA-256 of what they were made of; None for a file of lines."""

    @classmethod
    def open(cls, path: Path) -> Transcript:
        """Fix the bytes of a transcript: a file, a folder or a database; of several sessions `path#id` names one.

        Raises:
            InvalidInput: no such file, an empty one, more than 2 GiB (a document: 64 MiB), or a document, folder or
                database that cannot be read as what it looks like.
        """
        source, session = _named(path)
        try:
            size = source.stat().st_size
        except OSError as err:
            raise InvalidInput("input.not-found", where=str(path)) from err
        if source.is_dir():
            return cls._gathered(source, session, b"")
        if not source.is_file():
            raise InvalidInput("input.not-found", "this is not a file", where=str(path))
        if size == 0:
            raise InvalidInput("input.empty", where=str(path))
        _require_at_most(size, MAX_TRANSCRIPT_BYTES, source)
        plain = cls(source, size)
        head = plain.head(_HEAD_BYTES)
        if session is not None or gatherer_of(source, head) is not None:
            return cls._gathered(source, session, head)
        unroller = unroller_of(head)
        return plain if unroller is None else plain._unrolled(unroller)

    @classmethod
    def _gathered(cls, path: Path, session: str | None, head: bytes) -> Transcript:
        gatherer = gatherer_of(path, head)
        if gatherer is None:
            raise InvalidInput(
                "input.not-found", "this is no file, folder or database of a known agent", where=str(path)
            )
        made = LineCopy(gatherer.gather(path, session))
        if made.size == 0:
            raise InvalidInput("input.empty", where=str(path))
        return cls(path, made.size, made, made.sha256)

    def _unrolled(self, unroller: Unroller) -> Transcript:
        """The bytes that are parsed are those that are digested: a document is held whole, once."""
        _require_at_most(self.size, MAX_DOCUMENT_BYTES, self.path)
        data = b"".join(self._blocks())
        made = LineCopy(unroller.unroll(data))
        return Transcript(self.path, made.size, made, hashlib.sha256(data).digest())

    def head(self, count: int) -> bytes:
        """Give the first bytes, for telling the format."""
        if self.made is not None:
            return self.made.read(0, count)
        with self.path.open("rb") as file:
            return file.read(min(count, self.size))

    def ends_with_newline(self) -> bool:
        """Say whether the last line is whole; an agent that is still writing may have left it in the middle."""
        if self.made is not None:
            return True
        with self.path.open("rb") as file:
            file.seek(self.size - 1)
            return file.read(1) == b"\n"

    def digest(self) -> tuple[bytes, int]:
        """Give SHA-256 of the original bytes, and the number of lines. The digest is private: it never leaves unkeyed.

        Of a document it is over the document's bytes, of a folder or a database over the lines gathered from it.
        """
        digest = hashlib.sha256()
        count = 0
        last = b"\n"
        for block in self._blocks():
            digest.update(block)
            count += block.count(b"\n")
            last = block[-1:]
        return self.original or digest.digest(), count + (last != b"\n")

    def require_unchanged(self, digest: bytes) -> None:
        """Check that the bytes are still those of an earlier `digest`.

        Lines made of something else are a private copy that nobody rewrites.

        Raises:
            InvalidInput: `input.malformed`: somebody rewrote the file while it was read, so the passes may differ.
        """
        if self.digest()[0] != digest:
            raise InvalidInput("input.malformed", "the file was rewritten while it was read", where=str(self.path))

    def count_not_utf8(self) -> int:
        """Count the lines that are not UTF-8: what stands for their bytes in a record is a replacement character."""
        return sum(not _is_utf8(line) for line in self.lines())

    def lines(self) -> Iterator[bytes]:
        """Yield each line without its line end; a line beyond the limit is replaced by a marker naming its size."""
        pending: list[bytes] = []
        held = skipped = 0
        for block in self._blocks():
            pieces = block.split(b"\n")
            for number, piece in enumerate(pieces):
                if held + len(piece) > MAX_LINE_BYTES:
                    skipped += held + len(piece)
                    pending.clear()
                    held = 0
                else:
                    pending.append(piece)
                    held += len(piece)
                if number < len(pieces) - 1:
                    yield _dropped(skipped + held) if skipped else b"".join(pending)
                    pending.clear()
                    held = skipped = 0
        if held or skipped:
            yield _dropped(skipped + held) if skipped else b"".join(pending)

    def _blocks(self) -> Iterator[bytes]:
        if self.made is not None:
            yield from self.made.blocks(_READ_BYTES)
            return
        left = self.size
        with self.path.open("rb") as file:
            while left:
                block = file.read(min(left, _READ_BYTES))
                if not block:
                    raise InvalidInput("input.malformed", "the file shrank while it was read", where=str(self.path))
                left -= len(block)
                yield block


def _named(path: Path) -> tuple[Path, str | None]:
    """Give the path and the id of a session that is named behind it, where there is no file of the whole name."""
    before, mark, session = path.name.rpartition(_NAMED)
    if not mark or not before or path.exists():
        return path, None
    return path.with_name(before), session


def _require_at_most(size: int, limit: int, path: Path) -> None:
    if size > limit:
        raise InvalidInput("input.too-large", expected=f"<= {limit} bytes", got=str(size), where=str(path))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _dropped(size: int) -> bytes:
    return json.dumps({"type": "whereof-dropped", "bytes": size}).encode()
