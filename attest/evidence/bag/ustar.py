"""The one form of a member's header: a function of path and size, so a verifier compares it whole."""

from __future__ import annotations

from typing import Final

BLOCK_BYTES: Final = 512
MAX_MEMBER_BYTES: Final = 8**11 - 1
MAX_MEMBERS: Final = 500_000
END: Final = bytes(2 * BLOCK_BYTES)
_MTIME: Final = b"02263523000\0"
"""1980-01-01T00:00:00Z: the earliest time that no unpacking tool complains about."""
_CHECKSUM: Final = slice(148, 156)


def header(path: str, size: int) -> bytes:
    """Give the 512 bytes before a member's content.

    Raises:
        ValueError: path or size do not fit.
    """
    name = path.encode("ascii")
    if not 0 < len(name) <= 100 or not 0 <= size <= MAX_MEMBER_BYTES:
        raise ValueError("path or size do not fit a ustar header")
    block = bytearray(BLOCK_BYTES)
    block[: len(name)] = name
    block[100:124] = b"0000644\0" + 2 * b"0000000\0"
    block[124:136] = b"%011o\0" % size
    block[136:148] = _MTIME
    block[_CHECKSUM] = b" " * 8
    block[156:157] = b"0"
    block[257:265] = b"ustar\x0000"
    block[329:345] = 2 * b"0000000\0"
    block[_CHECKSUM] = b"%06o\0 " % sum(block)
    return bytes(block)


def claimed(block: bytes) -> tuple[str, int]:
    """Give path and size as a header claims them, read leniently: to be written anew and compared, or to be named.

    The path is what stands before the first zero byte, every byte one character; the size is -1 where it is not octal.
    """
    path = block[:100].split(b"\0", 1)[0].decode("latin-1")
    digits = block[124:135]
    return path, int(digits, 8) if digits.isdigit() and not set(digits) & set(b"89") else -1


def fault_of(block: bytes) -> str:
    """Say in words why a header is not in the one form; called for refused ones only."""
    kind = block[156:157]
    if block[257:262] != b"ustar":
        return "this is no ustar header"
    words = {
        b"1": "a hard link",
        b"2": "a symbolic link",
        b"3": "a device",
        b"4": "a device",
        b"5": "a folder",
        b"6": "a pipe",
        b"x": "an extended header",
        b"g": "an extended header",
        b"L": "a long name",
        b"K": "a long name",
        b"S": "a sparse file",
    }
    if kind != b"0":
        return f"{words.get(kind, 'an unknown kind of member')} is not allowed"
    if claimed(block)[1] < 0:
        return "the size is not 11 octal digits"
    return "the header is not in the one form of this format"


def padding(size: int) -> bytes:
    """Give the zero bytes behind content of that size."""
    return bytes(-size % BLOCK_BYTES)
