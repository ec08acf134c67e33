"""The little of CBOR (RFC 8949) that a COSE receipt needs, one encoding per value. Pure.

Whole numbers, byte and text strings, arrays, maps, one tag and null; lengths definite and shortest, map keys in order.
Anything else is refused, so what is read is what would be written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from attest.errors import NotVerified

MAX_BYTES: Final = 64 * 1024
MAX_ITEMS: Final = 256
"""Of one array or map."""
MAX_DEPTH: Final = 8
_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = range(8)
_NULL: Final = 0xF6
_SHORT, _EIGHT = 24, 8
_LONGEST: Final = 27
"""The widest form of a head: eight bytes follow."""

Value = int | bytes | str | None | tuple["Value", ...] | dict[int, "Value"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """A value under a tag, at the top only."""

    tag: int
    value: Value


def encode(value: Value | Tagged) -> bytes:
    """Give the one encoding of a value."""
    match value:
        case Tagged():
            return _head(_TAG, value.tag) + encode(value.value)
        case None:
            return bytes([_NULL])
        case int():
            return _head(_UNSIGNED, value) if value >= 0 else _head(_NEGATIVE, -1 - value)
        case bytes():
            return _head(_BYTES, len(value)) + value
        case str():
            raw = value.encode()
            return _head(_TEXT, len(raw)) + raw
        case tuple():
            return _head(_ARRAY, len(value)) + b"".join(encode(one) for one in value)
        case dict():
            rows = sorted((encode(key), encode(one)) for key, one in value.items())
            return _head(_MAP, len(rows)) + b"".join(key + one for key, one in rows)


def decode(raw: bytes, tag: int | None = None) -> Value:
    """Read one value, whole; `tag`: it must stand under this tag.

    Raises:
        NotVerified: `evidence.malformed`: it is not the one encoding of such a value.
    """
    if len(raw) > MAX_BYTES:
        raise _malformed("the CBOR is too large")
    reader = _Reader(raw)
    if tag is not None and reader.head() != (_TAG, tag):
        raise _malformed("another tag is expected")
    value = reader.value(MAX_DEPTH)
    if reader.at != len(raw):
        raise _malformed("bytes follow the CBOR value")
    return value


def _head(major: int, number: int) -> bytes:
    if number < _SHORT:
        return bytes([major << 5 | number])
    width = next(w for w in range(4) if number < 1 << (_EIGHT << w))
    return bytes([major << 5 | _SHORT + width]) + number.to_bytes(1 << width, "big")


class _Reader:
    """Bytes, and how far they were read."""

    def __init__(self, raw: bytes) -> None:
        self.raw, self.at = raw, 0

    def take(self, count: int) -> bytes:
        if count > len(self.raw) - self.at:
            raise _malformed("the CBOR is cut")
        self.at += count
        return self.raw[self.at - count : self.at]

    def head(self) -> tuple[int, int]:
        first = self.take(1)[0]
        major, short = first >> 5, first & 31
        if major == _SIMPLE and first != _NULL:
            raise _malformed("a kind of CBOR value that no receipt has")
        if short < _SHORT or major == _SIMPLE:
            return major, short
        if short > _LONGEST:
            raise _malformed("an indefinite length")
        number = int.from_bytes(self.take(1 << short - _SHORT), "big")
        if len(_head(major, number)) != 1 + (1 << short - _SHORT):
            raise _malformed("a number that is not in its shortest form")
        return major, number

    def value(self, depth: int) -> Value:
        if depth == 0:
            raise _malformed("the CBOR is too deep")
        major, number = self.head()
        if major == _UNSIGNED:
            return number
        if major == _NEGATIVE:
            return -1 - number
        if major == _BYTES:
            return self.take(number)
        if major == _TEXT:
            return self._text(number)
        if major == _SIMPLE:
            return None
        if major == _TAG or number > MAX_ITEMS:
            raise _malformed("a tag inside, or too many items")
        if major == _ARRAY:
            return tuple(self.value(depth - 1) for _ in range(number))
        return self._map(number, depth)

    def _text(self, count: int) -> str:
        try:
            return self.take(count).decode()
        except UnicodeDecodeError as err:
            raise _malformed("a text is not UTF-8") from err

    def _map(self, count: int, depth: int) -> dict[int, Value]:
        found: dict[int, Value] = {}
        last = b""
        for _ in range(count):
            start = self.at
            key = self.value(depth - 1)
            raw = self.raw[start : self.at]
            if not isinstance(key, int) or raw <= last:
                raise _malformed("a map's labels are out of order, or no numbers")
            found[key], last = self.value(depth - 1), raw
        return found


def _malformed(what: str) -> NotVerified:
    return NotVerified("evidence.malformed", what)
