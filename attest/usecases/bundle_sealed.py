"""Bundles for recipients alone: what is written goes through age (age-encryption.org/v1) on its way to the disk.

The plain bundle is on no disk and never whole in memory: a thread takes it off a pipe, in pieces, and writes what only the
recipients open. It says nothing of who sent it: the bundle itself is verified once it is opened.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from attest.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

MAX_RECIPIENTS: Final = 64
_RECIPIENT: Final = re.compile(r"age1[ac-hj-np-z02-9]{58}", re.ASCII)


class Sealing(io.RawIOBase):
    """Where a bundle is written to that is sealed; it cannot be sought in."""

    def __init__(self, sealed: BinaryIO, recipients: Sequence[Any]) -> None:
        """Begin; `close` must be called, and `finish` before it for the sealed file to be whole."""
        super().__init__()
        out, into = os.pipe()
        self._into = os.fdopen(into, "wb")
        self._faults: list[Exception] = []
        self._broken = False
        self._digest = hashlib.sha256()
        self.size = 0
        """Bytes of the bundle so far."""
        self._thread = Thread(target=self._seal, args=(out, sealed, recipients), daemon=True)
        self._thread.start()

    @property
    def sha256(self) -> str:
        """Digest of the bundle so far, as its recipients will open it."""
        return self._digest.hexdigest()

    def writable(self) -> bool:
        """Say that it is written to."""
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401 - whatever has bytes, as every file of Python takes it
        """Take all of it.

        Raises:
            InvalidInput: `input.not-found`: the sealed file cannot be written.
        """
        try:
            self._into.write(data)
        except BrokenPipeError:
            self._broken = True
            self.finish()
        self._digest.update(data)
        self.size += len(data)
        return len(data)

    def finish(self) -> None:
        """Wait until all of it is sealed.

        Raises:
            InvalidInput: as `write`.
        """
        broken = not self._ended()
        if broken or self._faults:
            fault = self._faults[0] if self._faults else None
            raise InvalidInput("input.not-found", "the sealed bundle cannot be written there") from fault

    def close(self) -> None:
        """Let go of it; what was not finished is no whole bundle."""
        if not self.closed:
            self._ended()
        super().close()

    def _ended(self) -> bool:
        try:
            self._into.close()
        except BrokenPipeError:
            self._broken = True
        self._thread.join()
        return not self._broken

    def _seal(self, out: int, sealed: BinaryIO, recipients: Sequence[Any]) -> None:
        with os.fdopen(out, "rb") as plain:
            try:
                _age().encrypt_io(plain, _Told(sealed, self._faults), list(recipients))
            except Exception as err:  # noqa: BLE001 - whatever it is, the other side raises it
                self._faults.append(err)


class _Told(io.RawIOBase):
    """Writes to a file and remembers what went wrong: the library says nothing of a failure of its last write."""

    def __init__(self, file: BinaryIO, faults: list[Exception]) -> None:
        super().__init__()
        self._file, self._faults = file, faults

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401 - as `Sealing.write`
        try:
            return self._file.write(data)
        except (OSError, ValueError) as err:
            self._faults.append(err)
            raise


@contextmanager
def sealing(sealed: BinaryIO, recipients: Sequence[str]) -> Iterator[Sealing]:
    """Give a file to write a bundle to, which reaches `sealed` for these recipients alone.

    Raises:
        InvalidInput: `input.usage`, as `require_recipients`; `input.not-found`: it cannot be written.
    """
    file = Sealing(sealed, require_recipients(recipients))
    try:
        yield file
        file.finish()
    finally:
        file.close()


def require_recipients(texts: Sequence[str]) -> list[Any]:
    """Read recipients: `age1…`, each an X25519 key.

    Raises:
        InvalidInput: `input.usage`: the library is not installed, one is no such recipient, or they are too many.
    """
    recipient = _age().x25519.Recipient
    found = []
    for text in dict.fromkeys(texts):
        try:
            found.append(recipient.from_str(text) if _RECIPIENT.fullmatch(text) else None)
        except Exception:  # noqa: BLE001 - the library's own class of errors
            found.append(None)
        if found[-1] is None:
            raise InvalidInput("input.usage", "this is no recipient", expected="age1…, 62 characters", got=text[:80])
    if not 1 <= len(found) <= MAX_RECIPIENTS:
        raise InvalidInput("input.usage", "recipients", expected=f"1 to {MAX_RECIPIENTS}", got=str(len(found)))
    return found


def _age() -> Any:  # noqa: ANN401 - it ships no types
    try:
        import pyrage  # noqa: PLC0415  # an extra
    except ImportError as err:
        raise InvalidInput("input.usage", "recipients need another library", hint="install the extra age") from err
    return pyrage
