"""A small bounded DER reader and writer: enough for RFC 3161 tokens, and nothing that is not DER.

The reader is driven by the structure it expects, so nesting is bounded by the caller's code; lengths are definite
and minimal; nothing may follow what was read (`end`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

INTEGER, BOOLEAN, BIT_STRING, OCTET_STRING, NULL, OID = 0x02, 0x01, 0x03, 0x04, 0x05, 0x06
SEQUENCE, SET, GENERALIZED_TIME = 0x30, 0x31, 0x18
_MAX_LENGTH_OCTETS = 4
_FIRST_ARC_LIMIT = 40


class DerError(ValueError):
    """The bytes are not the DER that was expected."""


class DerReader:
    """Reads elements one after the other from bytes it never copies more than once."""

    __slots__ = ("_at", "_data", "_end")

    def __init__(self, data: bytes, start: int = 0, end: int = -1) -> None:
        self._data = data
        self._at = start
        self._end = len(data) if end < 0 else end

    def peek(self) -> int | None:
        """Give the tag of the next element, or None at the end."""
        return self._data[self._at] if self._at < self._end else None

    def _header(self) -> tuple[int, int, int]:
        data, at = self._data, self._at
        if at + 2 > self._end:
            raise DerError("truncated")
        tag, length = data[at], data[at + 1]
        at += 2
        if tag & 0x1F == 0x1F:
            raise DerError("high tag number")
        if length >= 0x80:
            count = length & 0x7F
            if not 1 <= count <= _MAX_LENGTH_OCTETS or at + count > self._end:
                raise DerError("length")
            length = int.from_bytes(data[at : at + count], "big")
            if data[at] == 0 or length < 0x80:
                raise DerError("length is not minimal")
            at += count
        if at + length > self._end:
            raise DerError("truncated")
        return tag, at, at + length

    def element(self) -> tuple[int, bytes, bytes]:
        """Give the next element: tag, contents, and the whole element with its header."""
        start = self._at
        tag, begin, end = self._header()
        self._at = end
        return tag, self._data[begin:end], self._data[start:end]

    def enter(self, tag: int) -> DerReader:
        """Give a reader over the contents of the next element, which must carry `tag`."""
        data, begin = self._data, self._at + 2
        if begin <= self._end and data[begin - 2] == tag and data[begin - 1] < 0x80:  # nearly always
            end = begin + data[begin - 1]
            if end <= self._end:
                self._at = end
                return DerReader(data, begin, end)
        found, begin, end = self._header()
        if found != tag:
            raise DerError(f"tag {found:#04x} where {tag:#04x} must stand")
        self._at = end
        return DerReader(self._data, begin, end)

    def octets(self, tag: int) -> bytes:
        """Give the contents of the next element, which must carry `tag`."""
        data, begin = self._data, self._at + 2
        if begin <= self._end and data[begin - 2] == tag and data[begin - 1] < 0x80:  # nearly always
            end = begin + data[begin - 1]
            if end <= self._end:
                self._at = end
                return data[begin:end]
        found, begin, end = self._header()
        if found != tag:
            raise DerError(f"tag {found:#04x} where {tag:#04x} must stand")
        self._at = end
        return self._data[begin:end]

    def span(self, tag: int) -> tuple[int, int]:
        """Give where the contents of the next element stand, which must carry `tag`."""
        found, begin, end = self._header()
        if found != tag:
            raise DerError(f"tag {found:#04x} where {tag:#04x} must stand")
        self._at = end
        return begin, end

    def skip(self, tag: int) -> bool:
        """Pass over the next element when it carries `tag`; say whether it did."""
        if self.peek() != tag:
            return False
        self._at = self._header()[2]
        return True

    def integer(self) -> int:
        """Give an INTEGER in its minimal form."""
        raw = self.octets(INTEGER)
        if not raw or (len(raw) > 1 and raw[0] in (0, 0xFF) and (raw[0] ^ raw[1]) < 0x80):
            raise DerError("integer is not minimal")
        return int.from_bytes(raw, "big", signed=True)

    def oid(self) -> str:
        """Give an OBJECT IDENTIFIER in dotted form."""
        return _dotted(self.octets(OID))

    def time(self) -> datetime:
        """Give a GeneralizedTime in UTC, with or without a fraction (RFC 3161 2.4.2)."""
        return parse_generalized_time(self.octets(GENERALIZED_TIME))

    def end(self) -> None:
        """Require that nothing is left."""
        if self._at != self._end:
            raise DerError("something follows the last expected element")


@lru_cache(maxsize=256)
def _dotted(raw: bytes) -> str:
    if not raw or raw[-1] & 0x80:
        raise DerError("object identifier")
    arcs: list[int] = []
    value = 0
    for byte in raw:
        if value == 0 and byte == 0x80:
            raise DerError("object identifier is not minimal")
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // _FIRST_ARC_LIMIT, 2)
    return ".".join(map(str, (first, arcs[0] - _FIRST_ARC_LIMIT * first, *arcs[1:])))


def parse_generalized_time(raw: bytes) -> datetime:
    """Read `YYYYMMDDhhmmss[.f]Z`; finer than a microsecond is cut off."""
    if not raw.endswith(b"Z"):
        raise DerError("time is not in UTC")
    whole, dot, fraction = raw[:-1].partition(b".")
    if len(whole) != 14 or not whole.isdigit() or (dot and (not fraction.isdigit() or fraction.endswith(b"0"))):
        raise DerError("time")
    try:
        moment = datetime(*_parts(whole), tzinfo=UTC)
    except ValueError as err:
        raise DerError("time") from err
    return moment.replace(microsecond=int(fraction[:6].ljust(6, b"0"))) if fraction else moment


def _parts(whole: bytes) -> tuple[int, int, int, int, int, int]:
    year, month, day = int(whole[:4]), int(whole[4:6]), int(whole[6:8])
    return year, month, day, int(whole[8:10]), int(whole[10:12]), int(whole[12:14])


def encode(tag: int, *parts: bytes) -> bytes:
    """Give one DER element around the parts."""
    contents = b"".join(parts)
    size = len(contents)
    if size < 0x80:
        return bytes((tag, size)) + contents
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + contents


def encode_integer(value: int) -> bytes:
    """Give a DER INTEGER for a number that is not negative."""
    return encode(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


@lru_cache(maxsize=256)
def encode_oid(dotted: str) -> bytes:
    """Give a DER OBJECT IDENTIFIER; remembered, since few are ever written."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    out = bytearray()
    for arc in (first * _FIRST_ARC_LIMIT + second, *rest):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        out += bytes(reversed(groups))
    return encode(OID, bytes(out))


def encode_set_of(*elements: bytes) -> bytes:
    """Give a DER SET OF: the elements in ascending order of their encodings."""
    return encode(SET, *sorted(elements))
