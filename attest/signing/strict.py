"""Strict reading of hostile JSON: bounded, no duplicate names, no unknown fields, exact types.

Proto JSON conventions hold where the Sigstore formats use them: 64-bit integers are decimal strings, bytes are
standard padded base64.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator

from attest.errors import AttestError, NotVerified

MAX_DEPTH = 24
"""Deepest nesting of JSON that is read."""
MAX_ITEMS = 1024
"""Most elements of one JSON array that is read as objects or strings."""
MAX_TEXT_CHARS = 64 * 1024
"""Longest single string that is not base64, in characters."""
MAX_U64 = 2**64 - 1

_NO_STRAY_4_BITS, _NO_STRAY_2_BITS = "AQgw", "AEIMQUYcgkosw048"
"""Last characters of base64 whose unused bits, before `==` and before `=`, are zero."""

_NO_ITEMS: list[object] = []
"""An absent array. One that is null is refused, as sigstore-python does."""

Malformed = type[AttestError]


class Fields:
    """One JSON object being read: every getter checks presence and type, and says where it stood."""

    __slots__ = ("code", "error", "value", "where")

    # Spelled out: a frozen dataclass takes three times as long to make, and every object of every bundle is one.
    def __init__(
        self, value: dict[str, object], where: str, error: Malformed = NotVerified, code: str = "evidence.malformed"
    ) -> None:
        self.value = value
        self.where = where
        self.error = error
        self.code = code

    def fail(self, name: str, what: str) -> AttestError:
        """Give (not raise) the error for one field of this object."""
        return self.error(self.code, what, where=f"{self.where}.{name}" if name else self.where)

    def only(self, *names: str) -> None:
        """Refuse a field that is not among `names`: the unknown is never passed over in silence."""
        for name in self.value:
            if name not in names:
                raise self.fail(min(self.value.keys() - set(names))[:64], "unknown field")

    def has(self, name: str) -> bool:
        """Say whether the field is there and is not null (proto JSON: null is absent)."""
        return self.value.get(name) is not None

    def text(self, name: str, limit: int = MAX_TEXT_CHARS) -> str:
        """Give a string that must be there."""
        got = self.value.get(name)
        if not isinstance(got, str):
            raise self.fail(name, "a string is required")
        if len(got) > limit:
            raise self.fail(name, f"longer than {limit} characters")
        return got

    def optional_text(self, name: str) -> str | None:
        """Give a string, or None when the field is absent."""
        return self.text(name) if self.has(name) else None

    def child(self, name: str) -> Fields:
        """Give a nested object that must be there."""
        got = self.value.get(name)
        if not isinstance(got, dict):
            raise self.fail(name, "an object is required")
        return Fields(got, f"{self.where}.{name}", self.error, self.code)

    def optional_child(self, name: str) -> Fields | None:
        """Give a nested object, or None when the field is absent."""
        return self.child(name) if self.has(name) else None

    def _array(self, name: str) -> Iterator[tuple[str, object]]:
        got = self.value.get(name, _NO_ITEMS)
        if not isinstance(got, list):
            raise self.fail(name, "an array is required")
        if len(got) > MAX_ITEMS:
            raise self.fail(name, f"more than {MAX_ITEMS} elements")
        for position, item in enumerate(got):
            yield f"{self.where}.{name}[{position}]", item

    def objects(self, name: str) -> tuple[Fields, ...]:
        """Give the objects of an array; an absent array is empty (proto JSON)."""
        found = []
        for where, item in self._array(name):
            if not isinstance(item, dict):
                raise self.error(self.code, "an object is required", where=where)
            found.append(Fields(item, where, self.error, self.code))
        return tuple(found)

    def octet_list(self, name: str, limit: int) -> tuple[bytes, ...]:
        """Give the byte strings of an array of base64 strings."""
        got, longest = self.value.get(name, _NO_ITEMS), limit * 4 // 3 + 4
        if not isinstance(got, list):
            raise self.fail(name, "an array is required")
        if len(got) > MAX_ITEMS:
            raise self.fail(name, f"more than {MAX_ITEMS} elements")
        found = []
        for item in got:
            raw = strict_base64(item) if isinstance(item, str) and len(item) <= longest else None
            if raw is None:
                raise self.fail(name, f"strict base64 of at most {limit} bytes is required")
            found.append(raw)
        return tuple(found)

    def octets(self, name: str, limit: int, least: int = 0) -> bytes:
        """Give the bytes of a base64 field that must be there, between `least` and `limit` bytes long."""
        got = self.value.get(name)
        if not isinstance(got, str):
            raise self.fail(name, "a base64 string is required")
        if len(got) > limit * 4 // 3 + 4:
            raise self.fail(name, f"longer than {limit} bytes")
        raw = strict_base64(got)
        if raw is None:
            raise self.fail(name, "not strict base64")
        if len(raw) < least:
            raise self.fail(name, f"shorter than {least} bytes")
        return raw

    def u64(self, name: str) -> int:
        """Give a 64-bit unsigned integer; an absent one is 0 (proto JSON leaves defaults out)."""
        got = self.value.get(name)
        if got is None:
            return 0
        number = -1
        if isinstance(got, str) and got.isascii() and got.isdigit() and len(got) <= 20:
            number = int(got)
        elif isinstance(got, int) and not isinstance(got, bool):
            number = got
        if not 0 <= number <= MAX_U64:
            raise self.fail(name, "an unsigned 64-bit integer is required")
        return number


def strict_base64(text: str) -> bytes | None:
    """Give the bytes of standard padded base64, or None when `text` is anything but the one encoding of them."""
    if len(text) % 4:
        return None
    try:
        raw = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:  # binascii.Error, or text outside ASCII
        return None
    # Strict mode lets stray bits through in the last group: only the one way to write them is taken.
    if not text.endswith("="):
        return raw
    return raw if (text[-3] in _NO_STRAY_4_BITS if text[-2] == "=" else text[-2] in _NO_STRAY_2_BITS) else None


def base64_text(raw: bytes) -> str:
    """Give the standard padded base64 of bytes."""
    return base64.b64encode(raw).decode("ascii")


class _RepeatedNameError(ValueError):
    """An object names a field twice: two readers could see two different values."""


def _each_name_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    taken = dict(pairs)
    if len(taken) != len(pairs):
        raise _RepeatedNameError
    return taken


def _no_constant(name: str) -> object:
    raise ValueError(name)


_DECODER = json.JSONDecoder(object_pairs_hook=_each_name_once, parse_constant=_no_constant)


def parse_json(
    raw: bytes, limit: int, *, where: str, error: Malformed = NotVerified, code: str = "evidence.malformed"
) -> Fields:
    """Read one JSON object from at most `limit` bytes of UTF-8.

    Raises:
        error: with `code`: too large, not UTF-8, not JSON, too deep, a name twice in one object, NaN or Infinity,
            or not an object.
    """
    if len(raw) > limit:
        raise error(code, f"larger than {limit} bytes", got=f"{len(raw)} bytes", where=where)
    try:
        value = _DECODER.decode(raw.decode("utf-8"))  # far too deep ends here: the decoder counts its own levels
    except _RepeatedNameError as err:
        raise error(code, "an object names a field twice", where=where) from err
    except (ValueError, RecursionError) as err:
        raise error(code, "not JSON in UTF-8", where=where) from err
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and _is_deep(value):
        raise error(code, f"nested deeper than {MAX_DEPTH}", where=where)
    if not isinstance(value, dict):
        raise error(code, "a JSON object is required", where=where)
    return Fields(value, where, error, code)


def _is_deep(value: object) -> bool:
    """Say whether lists and objects stand deeper in each other than is read."""
    layer: list[object] = [value]
    for _ in range(MAX_DEPTH):
        # The decoder gives a dict or a list itself, never of a type below them.
        layer = [
            child
            for item in layer
            for child in (item.values() if type(item) is dict else item if type(item) is list else ())
            if type(child) is dict or type(child) is list
        ]
        if not layer:
            return False
    return True
