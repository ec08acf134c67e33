"""A transcript on disk, read in lines as often as needed, always the same bytes.

An agent may still be writing its file: what is read is the size it had when it was opened here, and every pass says
by a digest whether it saw the same bytes. A line beyond the limit is never held in memory: a marker stands for it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_TRANSCRIPT_BYTES: Final = 2 * 1024 * 1024 * 1024
MAX_LINE_BYTES: Final = 16 * 1024 * 1024
_READ_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Transcript:
    """The first `size` bytes of a file."""

    path: Path
    size: int

    @classmethod
    def open(cls, path: Path) -> Transcript:
        """Fix the size of a transcript.

        Raises:
            InvalidInput: no such file, an empty one, or more than 2 GiB.
        """
        try:
            size = path.stat().st_size
        except OSError as err:
            raise InvalidInput("input.not-found", where=str(path)) from err
        if not path.is_file():
            raise InvalidInput("input.not-found", "this is not a file", where=str(path))
        if size == 0:
            raise InvalidInput("input.empty", where=str(path))
        if size > MAX_TRANSCRIPT_BYTES:
            raise InvalidInput(
                "input.too-large", expected=f"<= {MAX_TRANSCRIPT_BYTES} bytes", got=str(size), where=str(path)
            )
        return cls(path, size)

    def head(self, count: int) -> bytes:
        """Give the first bytes, for telling the format."""
        with self.path.open("rb") as file:
            return file.read(min(count, self.size))

    def ends_with_newline(self) -> bool:
        """Say whether the last line is whole; an agent that is still writing may have left it in the middle."""
        with self.path.open("rb") as file:
            file.seek(self.size - 1)
            return file.read(1) == b"\n"

    def digest(self) -> tuple[bytes, int]:
        """Give SHA-256 and number of lines of the bytes. The digest is private: it never leaves unkeyed."""
        digest = hashlib.sha256()
        count = 0
        last = b"\n"
        for block in self._blocks():
            digest.update(block)
            count += block.count(b"\n")
            last = block[-1:]
        return digest.digest(), count + (last != b"\n")

    def require_unchanged(self, digest: bytes) -> None:
        """Check that the bytes are still those of an earlier `digest`.

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
        left = self.size
        with self.path.open("rb") as file:
            while left:
                block = file.read(min(left, _READ_BYTES))
                if not block:
                    raise InvalidInput("input.malformed", "the file shrank while it was read", where=str(self.path))
                left -= len(block)
                yield block


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _dropped(size: int) -> bytes:
    return json.dumps({"type": "whereof-dropped", "bytes": size}).encode()
