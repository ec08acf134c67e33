"""Walks every string, key and long number of a record and puts what a visitor gives back in its place."""

from __future__ import annotations

from typing import Protocol

from redaction.fields import FieldKind, FieldPolicy, Path
from redaction.records import Json

MIN_NUMBER_DIGITS = 9
"""A shorter number is no card, phone or account number."""
MAX_PAIR_CHARS = 512
"""A value up to this long is also judged together with its key, as `"key": "value"`."""


class Visitor(Protocol):
    """What is done with each text met."""

    def text(self, text: str, path: Path, key: str | None) -> str:
        """Scan a text; `key` is its key when the two are to be judged together."""
        ...

    def structural(self, text: str, path: Path) -> str:
        """Look only for values already known."""
        ...

    def opaque(self, text: str, path: Path) -> str:
        """Give the marker for a field that is not read."""
        ...


def walk(value: Json, policy: FieldPolicy, visitor: Visitor, path: Path = ()) -> Json:
    """Give the record with every visited text replaced by what the visitor gave."""
    if isinstance(value, str):
        return _string(value, policy, visitor, path)
    if isinstance(value, dict):
        done: dict[str, Json] = {}
        for key, item in value.items():
            done[visitor.text(key, path, None)] = walk(item, policy, visitor, (*path, key))
        return done
    if isinstance(value, list):
        return [walk(item, policy, visitor, (*path, index)) for index, item in enumerate(value)]
    if value is None or isinstance(value, bool):
        return value
    return _number(value, visitor, path)


def _string(value: str, policy: FieldPolicy, visitor: Visitor, path: Path) -> str:
    key = str(path[-1]) if path else None
    if key is not None and policy.names(key):
        kind = policy.kind(path, value)
        if kind is FieldKind.OPAQUE:
            return visitor.opaque(value, path)
        if kind is FieldKind.STRUCTURAL:
            return visitor.structural(value, path)
    paired = path and isinstance(path[-1], str) and 4 <= len(value) <= MAX_PAIR_CHARS
    return visitor.text(value, path, key if paired else None)


def _number(value: int | float, visitor: Visitor, path: Path) -> Json:
    if isinstance(value, int) and -(10 ** (MIN_NUMBER_DIGITS - 1)) < value < 10 ** (MIN_NUMBER_DIGITS - 1):
        return value
    text = repr(value)
    if len(text) < MIN_NUMBER_DIGITS:
        return value
    done = visitor.text(text, path, None)
    return value if done == text else done
