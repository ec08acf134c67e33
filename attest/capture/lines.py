"""One line of a transcript, parsed within limits. Shared by every reader of a JSON Lines format."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NoReturn

MAX_LINE_BYTES = 8 * 1024 * 1024
"""A longer line is counted and not parsed."""
MAX_DEPTH = 64
"""Deeper nesting is counted and not used."""

Fields = dict[str, Any]
"""The JSON object of a record: foreign, checked at each use."""


class LineFault(StrEnum):
    """Why a line is not a record."""

    OVERSIZED = "oversized-line"
    NOT_UTF8 = "not-utf8"
    NOT_JSON = "not-json"
    NOT_OBJECT = "not-object"
    TOO_DEEP = "too-deep"
    DUPLICATE_KEY = "duplicate-key"


@dataclass(frozen=True, slots=True)
class Record:
    """One line that holds one JSON object."""

    index: int
    byte_start: int
    byte_end: int
    fields: Fields


class _DuplicateKeyError(ValueError):
    """An object names a key twice: two readers could see two different records."""


def parse_line(line: bytes) -> Fields | LineFault:
    """Give the object of one line, or why there is none. Never raises on hostile bytes.

    Refused: more than `MAX_LINE_BYTES`, bytes that are not UTF-8, NaN and infinities, a repeated key, nesting beyond
    `MAX_DEPTH`, anything but an object. Lone surrogates are replaced, so that every string can be written as UTF-8.
    """
    if len(line) > MAX_LINE_BYTES:
        return LineFault.OVERSIZED
    if line.count(b"[") + line.count(b"{") > MAX_DEPTH and _depth_may_exceed(line):
        return LineFault.TOO_DEEP
    try:
        text = line.decode()
        value = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_unique)
    except UnicodeDecodeError:
        return LineFault.NOT_UTF8
    except _DuplicateKeyError:
        return LineFault.DUPLICATE_KEY
    except (ValueError, RecursionError):
        return LineFault.NOT_JSON
    if not isinstance(value, dict):
        return LineFault.NOT_OBJECT
    fields: Fields = _without_surrogates(value) if b"\\ud" in line or b"\\uD" in line else value
    return fields


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _unique(pairs: list[tuple[str, Any]]) -> Fields:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise _DuplicateKeyError
    return fields


def _depth_may_exceed(line: bytes) -> bool:
    """Tell whether brackets outside strings nest deeper than the limit, by removing the strings first."""
    depth = 0
    position, end = 0, len(line)
    while position < end:
        byte = line[position]
        if byte == 0x22:  # a string: jump to its end
            position = _string_end(line, position + 1)
        elif byte in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif byte in b"]}":
            depth -= 1
        position += 1
    return False


def _string_end(line: bytes, start: int) -> int:
    """Give the place of the quote that ends the string, or the end of the line."""
    while True:
        quote = line.find(b'"', start)
        if quote < 0:
            return len(line)
        backslashes = 0
        while line[quote - 1 - backslashes] == 0x5C and quote - 1 - backslashes >= start:
            backslashes += 1
        if backslashes % 2 == 0:
            return quote
        start = quote + 1


def _without_surrogates(value: Any) -> Any:  # noqa: ANN401  # any JSON value
    """Depth is bounded before, so recursion is."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    return value
