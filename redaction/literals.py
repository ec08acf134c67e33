"""Found values as literals: every encoding of each, searched over the whole session."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

from ahocorasick_rs import BytesAhoCorasick, MatchKind

from redaction.errors import LimitExceeded
from redaction.recognizers import whole_word
from redaction.rules import ENTITY_RANK

_SECRET_ENTITIES = frozenset({"PRIVATE_KEY", "SECRET", "URL_CREDENTIAL", "AUTH_HEADER", "PASSWORD"})
MIN_SECRET_CHARS = 8
"""A shorter secret is replaced where its context shows it, not everywhere: it may be an ordinary word."""
MIN_NAME_CHARS = 4
MIN_ENCODED_BYTES = 6
LONG_VALUE_BYTES = 2048
"""A longer value is searched as it is and JSON-escaped, not in the other encodings."""


class FoundValues:
    """The distinct values found in one session, bounded; each keeps its most telling entity."""

    def __init__(self, max_values: int, max_bytes: int) -> None:
        self._entity: dict[str, str] = {}
        self._bytes = 0
        self._max_values, self._max_bytes = max_values, max_bytes

    def __repr__(self) -> str:
        return f"FoundValues({len(self._entity)})"

    def add(self, entity: str, value: str) -> None:
        """Note a value; raises LimitExceeded when a session holds too many."""
        known = self._entity.get(value)
        if known is not None:
            if _rank(entity) < _rank(known):
                self._entity[value] = entity
            return
        self._bytes += len(value)
        if len(self._entity) >= self._max_values:
            raise LimitExceeded("values", self._max_values)
        if self._bytes > self._max_bytes:
            raise LimitExceeded("value_bytes", self._max_bytes)
        self._entity[value] = entity

    def entity(self, entity: str, value: str) -> str:
        """Give the one entity that a value goes by in this session."""
        return self._entity.get(value, entity)

    def pairs(self) -> list[tuple[str, str]]:
        """Give (entity, value) of every value, sorted."""
        return sorted((entity, value) for value, entity in self._entity.items())

    def everywhere(self) -> Iterator[tuple[str, str]]:
        """Give (entity, value) of each value that is telling enough to be replaced wherever it stands, sorted."""
        return ((entity, value) for value, entity in sorted(self._entity.items()) if _telling(entity, value))


class Literals:
    """Aho-Corasick over every encoding of the values; finds them in bytes of text or of JSON."""

    def __init__(self, values: Iterable[tuple[str, str]]) -> None:
        forms: dict[bytes, tuple[str, str, bool, str]] = {}
        for entity, value in values:
            for form, layer in encodings(value):
                whole = not layer and entity not in _SECRET_ENTITIES
                forms.setdefault(form, (entity, value, whole, layer))
        self._about = list(forms.values())
        self._search = BytesAhoCorasick(list(forms), matchkind=MatchKind.LeftmostLongest) if forms else None

    def __bool__(self) -> bool:
        return self._search is not None

    def find(self, data: bytes) -> list[tuple[int, int, str, str, str]]:
        """Give (start, end, entity, value, layer) of every occurrence; offsets in bytes."""
        if self._search is None:
            return []
        return [
            (start, end, *self._about[number][:2], self._about[number][3])
            for number, start, end in self._search.find_matches_as_indexes(data)
            if not self._about[number][2] or whole_word(data, start, end)
        ]


class RawLiterals:
    """The same encodings as they stand in a line of JSON: where one may be, not whether it is one."""

    def __init__(self, values: Iterable[tuple[str, str]]) -> None:
        forms = {form for _, value in values for form, _ in encodings(value)}
        raw = sorted({json.dumps(form.decode(), ensure_ascii=False)[1:-1].encode() for form in forms})
        self._search = BytesAhoCorasick(raw, matchkind=MatchKind.LeftmostLongest) if raw else None

    def find(self, line: bytes) -> list[tuple[int, int]]:
        """Give (start, end) of each place; every value in a string of the line touches one of them."""
        if self._search is None:
            return []
        return [(start, end) for _, start, end in self._search.find_matches_as_indexes(line)]


def encodings(value: str) -> Iterator[tuple[bytes, str]]:
    """Give (bytes, name) of each form a value can stand in: plain, JSON once and twice, URL, base64, hex."""
    data = value.encode("utf-8", "replace")
    yield data, ""
    for ascii_only in (False, True):
        once = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
        twice = json.dumps(once, ensure_ascii=ascii_only)[1:-1]
        for text in {once, twice} - {value}:
            yield text.encode("utf-8", "replace"), "escape"
    if not MIN_ENCODED_BYTES <= len(data) <= LONG_VALUE_BYTES:
        return
    for text in sorted({quote(data, safe=""), quote(data), quote_plus(data)} - {value}):
        yield text.encode(), "percent"
        yield text.lower().encode(), "percent"
    yield data.hex().encode(), "hex"
    yield data.hex().upper().encode(), "hex"
    for shift in range(3):
        core = _base64_core(data, shift)
        if len(core) >= 8:
            yield core, "base64"
            yield core.replace(b"+", b"-").replace(b"/", b"_"), "base64"


def _base64_core(data: bytes, shift: int) -> bytes:
    """Give the base64 characters that the value alone decides when `shift` other bytes stand before its group."""
    text = base64.b64encode(b"\x00" * shift + data)
    first = (shift * 8 + 5) // 6
    last = (shift + len(data)) * 8 // 6
    return text[first:last]


def _telling(entity: str, value: str) -> bool:
    if entity in _SECRET_ENTITIES:
        return len(value) >= MIN_SECRET_CHARS
    return len(value) >= MIN_NAME_CHARS


def _rank(entity: str) -> int:
    return ENTITY_RANK.get(entity, len(ENTITY_RANK))
