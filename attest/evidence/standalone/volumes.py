"""Section 10: volumes, read as the one archive that they are slices of."""

from __future__ import annotations

# ruff: noqa: UP031
# It runs alone, on Python 3.9 too, and reads what anybody may have written.
import hashlib
import io
import re
from bisect import bisect_right
from typing import BinaryIO

from attest.evidence.standalone.archive import Bad

VOLUME = b"whereof-volume/v1\n"
VOLUME_HEAD = re.compile(
    VOLUME + rb"volume ([1-9][0-9]{0,2}) of ([1-9][0-9]{0,2})\nformer ([0-9a-f]{64}|none)\nslice ([0-9a-f]{64})\n\n*"
)


class Slices(io.RawIOBase):
    """The volumes behind their heads, as one file."""

    def __init__(self, files: list[BinaryIO]) -> None:
        self.files, self.at, self.starts = files, 0, [0]
        for file in files:
            self.starts.append(self.starts[-1] + file.seek(0, 2) - 512)

    def readable(self) -> bool:
        """It is read."""
        return True

    def seekable(self) -> bool:
        """It is read anywhere."""
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place."""
        self.at = max(offset + (0, self.at, self.starts[-1])[whence], 0)
        return self.at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read up to the end of a slice."""
        if self.at >= self.starts[-1]:
            return 0
        place = bisect_right(self.starts, self.at) - 1
        self.files[place].seek(512 + self.at - self.starts[place])
        piece = self.files[place].read(min(len(buffer), self.starts[place + 1] - self.at))
        buffer[: len(piece)] = piece
        self.at += len(piece)
        return len(piece)


def join_volumes(files: list[BinaryIO]) -> BinaryIO:
    """Give the archive: the one file, or all volumes, whose chain is checked first."""
    first = files[0].read(len(VOLUME))
    files[0].seek(0)
    if len(files) == 1 and first != VOLUME:
        return files[0]
    former, count = b"none", b""
    for number, file in enumerate(files, 1):
        place = "volume %d" % number
        file.seek(0)
        head = file.read(512)
        found = VOLUME_HEAD.fullmatch(head)
        if found is None or len(head) != 512:
            raise Bad("this is not a volume, or its header is malformed", place)
        count = count or found[2]
        if int(found[1]) != number:
            raise Bad("it is missing: volume %d stands in its place" % int(found[1]), place)
        if found[2] != count:
            raise Bad("it is of a bundle with another number of volumes", place)
        if found[3] != former:
            raise Bad("the volume before it is not the one that it names", place)
        content, whole = hashlib.sha256(), hashlib.sha256(head)
        for piece in iter(lambda file=file: file.read(1024 * 1024), b""):  # type: ignore[misc]
            content.update(piece)
            whole.update(piece)
        if content.hexdigest().encode() != found[4]:
            raise Bad("it was changed: its slice has another digest", place)
        former = whole.hexdigest().encode()
    if len(files) != int(count):
        place = "volume %d" % min(len(files) + 1, int(count))
        raise Bad("it is missing: there are %d volumes" % int(count), place)
    return io.BufferedReader(Slices(files))
