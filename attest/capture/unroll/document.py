"""Help for unrolling: a JSON document read with limits, its head looked at without reading it whole, and record lines.

A document is one value: a JSON text, a Markdown file. Unrolling it gives record lines: first the header
`{"type":"whereof-unrolled","format":…,"document":…}` with all that is not in the document's list, then one line for
each element of the list, in the document's own order. Nothing is left out; numbers may be written in another form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as member
from typing import Any, Final

from attest.errors import InvalidInput

MAX_DOCUMENT_BYTES: Final = 64 * 1024 * 1024
MAX_DEPTH: Final = 62
"""Of a document; its elements, within a line, nest at most as deep as `lines.MAX_DEPTH`."""
MAX_BRACKETS: Final = 8_000_000
"""Opening and closing brackets outside strings: so many values are read at most."""
UNROLLED_TYPE: Final = "whereof-unrolled"

_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_NOT_BRACKETS = bytes(sorted(set(range(256)) - set(b"[]{}")))
_HEADER = re.compile(rb'\A\s*\{\s*"type"\s*:\s*"whereof-unrolled"\s*,\s*"format"\s*:\s*"([a-z0-9./-]{1,64})"')
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What the beginning of a JSON document shows."""

    members: dict[str, Any] = member(default_factory=dict)
    """Of the object, or of the first element of a list: name to value; None for a value that goes beyond the head."""
    is_list: bool
    ended: bool
    """True where the head holds the whole document."""


def head_of(head: bytes) -> Head | None:
    """Give what the first bytes of a document show; None where they are no JSON object or list of objects.

    Two values after each other, as JSON Lines have them, are no document. Never raises on hostile bytes.
    """
    text = head.removeprefix(_BOM).decode("utf-8", "replace").lstrip()
    try:
        if text.startswith("{"):
            members, end = _members(text, 1)
            whole = end is not None
            return None if whole and text[end:].strip() else Head(members=members, is_list=False, ended=whole)
        if text.startswith("["):
            first = _skipped(text, 1)
            if text[first : first + 1] != "{":
                return None
            members, _ = _members(text, first + 1)
            return Head(members=members, is_list=True, ended=text.endswith("]"))
    except (ValueError, RecursionError):
        return None
    return None


def _members(text: str, place: int) -> tuple[dict[str, Any], int | None]:
    """Give the members of the object that begins before `place`, and where it ends; None where it goes on beyond."""
    decoder = json.JSONDecoder()
    found: dict[str, Any] = {}
    place = _skipped(text, place)
    while place < len(text):
        if text[place] == "}":
            return found, place + 1
        if text[place] != '"':
            raise ValueError(place)
        try:
            name, place = decoder.raw_decode(text, place)
            place = _skipped(text, place)
            if place < len(text) and text[place] != ":":
                raise ValueError(place)
            found[name] = None
            found[name], place = decoder.raw_decode(text, _skipped(text, place + 1))
        except json.JSONDecodeError:
            break
        place = _skipped(text, place)
        if text[place : place + 1] == ",":
            place = _skipped(text, place + 1)
    return found, None


def _skipped(text: str, place: int) -> int:
    while place < len(text) and text[place] in " \t\r\n":
        place += 1
    return place


def parse_document(data: bytes) -> Any:  # noqa: ANN401  # any JSON value
    """Give the value of a JSON document.

    Raises:
        InvalidInput: `input.too-large` beyond `MAX_DOCUMENT_BYTES`; `input.malformed` where it is not one JSON value, a
            key is repeated, or it nests or branches beyond the limits.
    """
    if len(data) > MAX_DOCUMENT_BYTES:
        raise InvalidInput("input.too-large", expected=f"<= {MAX_DOCUMENT_BYTES} bytes", got=str(len(data)))
    if _too_deep(data):
        raise InvalidInput("input.malformed", "the document nests too deep or holds too many values")
    try:
        return json.loads(
            data.removeprefix(_BOM), parse_constant=_refuse, parse_float=_number, object_pairs_hook=_unique
        )
    except (ValueError, RecursionError) as err:
        raise InvalidInput("input.malformed", "the document is not one JSON value without repeated names") from err


def _too_deep(data: bytes) -> bool:
    brackets = _STRING.sub(b"", data).translate(None, _NOT_BRACKETS)
    if len(brackets) > MAX_BRACKETS:
        return True
    depth = 0
    for byte in brackets:
        depth += 1 if byte in b"[{" else -1
        if depth > MAX_DEPTH:
            return True
    return False


def _refuse(name: str) -> Any:  # noqa: ANN401
    raise ValueError(name)


def _number(text: str) -> float | str:
    """A number beyond what a float holds stays as it is written."""
    value = float(text)
    return text if value in (float("inf"), float("-inf")) else value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError
    return fields


def line_of(value: Any) -> bytes:  # noqa: ANN401
    """Give the record line of a JSON value, without line end. What is not an object is put under `value`."""
    record = value if isinstance(value, dict) else {"type": "whereof-element", "value": value}
    try:
        return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:  # a lone surrogate: escaped it can be written
        return json.dumps(record, separators=(",", ":")).encode()


def header_line(format: str, document: dict[str, Any]) -> bytes:  # noqa: A002
    """Give the first line of an unrolled document, with all of the document that gets no line of its own."""
    return line_of({"type": UNROLLED_TYPE, "format": format, "document": document})


def unroll_member(data: bytes, format: str, name: str) -> Iterator[bytes]:  # noqa: A002
    """Give the lines of a document that is one object with its records in the list `name`.

    Raises:
        InvalidInput: as `parse_document`; or the value is not such an object.
    """
    value = parse_document(data)
    if not isinstance(value, dict) or not isinstance(value.get(name), list):
        raise InvalidInput("input.malformed", f"the document has no list of {name}")
    yield header_line(format, {key: item for key, item in value.items() if key != name})
    for element in value[name]:
        yield line_of(element)


def unroll_list(data: bytes, format: str) -> Iterator[bytes]:  # noqa: A002
    """Give the lines of a document that is one list of records.

    Raises:
        InvalidInput: as `parse_document`; or the value is not a list.
    """
    value = parse_document(data)
    if not isinstance(value, list):
        raise InvalidInput("input.malformed", "the document is not a list")
    yield header_line(format, {})
    for element in value:
        yield line_of(element)


def format_of_header(head: bytes) -> str | None:
    """Give the format that the header line of an unrolled document names; None where the lines have no such header."""
    found = _HEADER.match(head)
    return found[1].decode("ascii") if found else None
