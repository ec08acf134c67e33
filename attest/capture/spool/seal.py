"""Transcript copies at rest: AES-256-GCM in blocks, so that a copy of any size is sealed and opened in little memory.

A block's place, whether it is the last, and the file's name are bound to it: blocks cannot be reordered, left out or
put into another copy.
"""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from attest.errors import CannotVerify

if TYPE_CHECKING:
    from pathlib import Path

MAGIC: Final = b"whereof-copy-1\n"
SEALED: Final = ".sealed"
BLOCK_BYTES: Final = 1024 * 1024
_PREFIX_BYTES: Final = 7
_TAG_BYTES: Final = 16


def seal_file(source: Path, target: Path, key: bytes, *, prefix: bytes, name: str) -> None:
    """Write `source` encrypted as `target`, which appears whole or not at all; `prefix` is 7 random bytes.

    `name` is bound to the bytes and must be given again to open them.
    """
    cipher = AESGCM(key)
    part = target.with_name(f".{target.name}.part")
    with source.open("rb") as plain, _private(part) as out:
        out.write(MAGIC + prefix)
        number = 0
        block = plain.read(BLOCK_BYTES)
        while True:
            following = plain.read(BLOCK_BYTES)
            last = not following
            out.write(cipher.encrypt(_nonce(prefix, number, last=last), block, name.encode()))
            if last:
                break
            block = following
            number += 1
        out.flush()
        os.fsync(out.fileno())
    part.replace(target)


def open_file(source: Path, target: Path, key: bytes, *, name: str) -> None:
    """Write the plain bytes of a sealed copy as `target` (0600).

    Raises:
        CannotVerify: `key.missing`: the bytes were not sealed with this key under this name, or are not whole.
    """
    cipher = AESGCM(key)
    part = target.with_name(f".{target.name}.part")
    try:
        with source.open("rb") as sealed, _private(part) as out:
            head = sealed.read(len(MAGIC) + _PREFIX_BYTES)
            if not head.startswith(MAGIC):
                raise CannotVerify("key.missing", "this is no sealed copy", where=str(source))
            prefix = head[len(MAGIC) :]
            number = 0
            block = sealed.read(BLOCK_BYTES + _TAG_BYTES)
            while True:
                following = sealed.read(BLOCK_BYTES + _TAG_BYTES)
                out.write(cipher.decrypt(_nonce(prefix, number, last=not following), block, name.encode()))
                if not following:
                    break
                block = following
                number += 1
        part.replace(target)
    except (InvalidTag, ValueError) as err:
        raise CannotVerify("key.missing", "a sealed copy does not open", where=str(source)) from err
    finally:
        part.unlink(missing_ok=True)


def _private(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([last])
