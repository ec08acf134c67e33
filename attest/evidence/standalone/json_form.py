"""JSON as it stands in evidence: no name twice, base64 in its one form, types as they must be."""

from __future__ import annotations

# ruff: noqa: ANN401
# It runs alone, on Python 3.9 too, and reads what anybody may have written.
import base64
import json
from typing import Any

from attest.evidence.standalone.archive import Bad, expect

Json = dict[str, Any]


def _once(pairs: list[tuple[str, Any]]) -> Json:
    found = dict(pairs)
    expect(len(found) == len(pairs), "a JSON name is there twice")
    return found


def _no_number(text: str) -> Any:
    raise Bad("a JSON number that is not a number: " + text[:20])


def read_json(raw: bytes) -> Json:
    """Give the object in JSON bytes."""
    try:
        found = json.loads(raw.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Bad("the JSON does not parse") from None
    if not isinstance(found, dict):
        raise Bad("a JSON object is required")
    return found


def only(value: Any, needed: str, more: str = "") -> None:
    """Require exactly these members, and no other but `more`."""
    names = set(needed.split())
    expect(isinstance(value, dict), "a JSON object is required")
    expect(names <= set(value) <= names | set(more.split()), "members differ: " + needed)


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def text_of(value: Json, name: str) -> str:
    """Give a string."""
    found = _member(value, name)
    if not isinstance(found, str):
        raise Bad("a string is required: " + name)
    return found


def child_of(value: Json, name: str) -> Json:
    """Give an object."""
    found = _member(value, name)
    if not isinstance(found, dict):
        raise Bad("an object is required: " + name)
    return found


def list_of(value: Json, name: str) -> list[Any]:
    """Give a list."""
    found = _member(value, name)
    if not isinstance(found, list):
        raise Bad("a list is required: " + name)
    return found


def whole(value: object) -> int:
    """Give a whole number that is not negative, as JSON number or decimal string."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        return int(value)
    if type(value) is int and 0 <= value < 2**63:
        return value
    raise Bad("a whole number is required")


def blob_of(value: object) -> bytes:
    """Give the bytes of canonical base64."""
    try:
        raw = base64.b64decode(value, validate=True) if isinstance(value, str) else None
    except ValueError:
        raw = None
    if raw is None or base64.b64encode(raw).decode() != value:
        raise Bad("a value is not canonical base64")
    return raw


def base64_of(raw: bytes) -> bytes:
    """Give canonical base64."""
    return base64.b64encode(raw)
