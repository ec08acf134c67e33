"""Record lines that were made of something else, kept for as long as a transcript is read: the same bytes every time.

Up to `MEMORY_BYTES` in memory, beyond that in a temporary file of mode 0600 that has no name, encrypted under a key that
only this object knows: nothing of it is left behind whatever happens to the process, and the disk never holds a word.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from typing import IO, Final

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes

from attest.errors import InvalidInput

MEMORY_BYTES: Final = 16 * 1024 * 1024
_BLOCK_BYTES: Final = 16
MAX_COPY_BYTES: Final = 2 * 1024 * 1024 * 1024


class LineCopy:
    """The lines, each ended by a newline."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        """Take all lines.

        Raises:
            InvalidInput: more than `MAX_COPY_BYTES`, or whatever `lines` raises.
        """
        digest = hashlib.sha256()
        self._memory = bytearray()
        self._key = os.urandom(32)
        self._encrypt = self._cipher(0)
        self._file: IO[bytes] | None = None
        self.size = 0
        for line in lines:
            whole = line.replace(b"\n", b" ") + b"\n"
            digest.update(whole)
            self.size += len(whole)
            if self.size > MAX_COPY_BYTES:
                raise InvalidInput("input.too-large", expected=f"<= {MAX_COPY_BYTES} bytes of records")
            self._add(whole)
        self._finish()
        self.sha256 = digest.digest()
        """Of the lines."""

    def _add(self, line: bytes) -> None:
        if self._file is None and len(self._memory) + len(line) > MEMORY_BYTES:
            self._file = tempfile.TemporaryFile(prefix="whereof-")  # noqa: SIM115  # lives as long as this object
            weakref.finalize(self, self._file.close)
            self._file.write(self._encrypt.update(bytes(self._memory)))
            self._memory = bytearray()
        if self._file is not None:
            self._file.write(self._encrypt.update(line))
        else:
            self._memory += line

    def _finish(self) -> None:
        if self._file is not None:
            self._file.flush()

    def blocks(self, size: int) -> Iterator[bytes]:
        """Yield the bytes in blocks; several may read at a time."""
        for place in range(0, self.size, size):
            yield self.read(place, size)

    def read(self, place: int, count: int) -> bytes:
        """Give bytes from a place on."""
        if self._file is None:
            return bytes(self._memory[place : place + count])
        first = place - place % _BLOCK_BYTES
        data = self._cipher(first).update(os.pread(self._file.fileno(), count + place - first, first))
        return data[place - first :]

    def _cipher(self, place: int) -> CipherContext:
        """Give the key stream from a place on, which is a multiple of the block size."""
        counter = (place // _BLOCK_BYTES).to_bytes(_BLOCK_BYTES, "big")
        return Cipher(algorithms.AES256(self._key), modes.CTR(counter)).encryptor()
