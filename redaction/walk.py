"""Walks every string, key and long number of a record and puts what a visitor gives back in its place."""

from __future__ import annotations

from typing import Protocol

from redaction.fields import FieldKind, FieldPolicy, Path
from redaction.records import Json

MIN_NUMBER_DIGITS = 9
"""A shorter number is no card, phone or account number."""
MAX_PAIR_CHARS = 512
"""A value up to this long is also judged together with its key, as `"key": "value"`."""
_SMALLEST_LONG_NUMBER = 10 ** (MIN_NUMBER_DIGITS - 1)


class Visitor(Protocol):
    """What is done with each text met. `path` is only valid during the call."""

    def text(self, text: str, path: Path, key: str | None) -> str:
        """Scan a text; `key` is its key when the two are to be judged together."""
        ...

    def structural(self, text: str, path: Path) -> str:
        """Look only for values already known."""
        ...

    def opaque(self, text: str, path: Path) -> str:
        """Give the marker for a field that is not read."""
        ...


def walk(value: Json, policy: FieldPolicy, visitor: Visitor) -> Json:
    """Give the record with every visited text replaced by what the visitor gave."""
    return _Walk(policy, visitor).visit(value)


class _Walk:
    """One walk; keeps the path as a stack, since most texts never ask for it."""

    __slots__ = ("_path", "_policy", "_visitor")

    def __init__(self, policy: FieldPolicy, visitor: Visitor) -> None:
        self._policy, self._visitor = policy, visitor
        self._path: Path = []

    def visit(self, value: Json) -> Json:
        kind = type(value)
        if kind is str:
            return self._string(value)  # type: ignore[arg-type]
        if kind is dict:
            return self._object(value)  # type: ignore[arg-type]
        if kind is list:
            path = self._path
            items: list[Json] = []
            for index, item in enumerate(value):  # type: ignore[arg-type]
                path.append(index)
                items.append(self.visit(item))
                path.pop()
            return items
        if value is None or kind is bool:
            return value
        return self._number(value)  # type: ignore[arg-type]

    def _object(self, value: dict[str, Json]) -> Json:
        path, text = self._path, self._visitor.text
        done: dict[str, Json] = {}
        for key, item in value.items():
            name = text(key, path, None)
            if item is None or item is True or item is False:
                done[name] = item
                continue
            path.append(key)
            done[name] = self.visit(item)
            path.pop()
        return done

    def _string(self, value: str) -> str:
        path = self._path
        key = path[-1] if path else None
        if type(key) is not str:
            return self._visitor.text(value, path, None)
        if self._policy.names(key):
            kind = self._policy.kind(path, value)
            if kind is FieldKind.OPAQUE:
                return self._visitor.opaque(value, path)
            if kind is FieldKind.STRUCTURAL:
                return self._visitor.structural(value, path)
        return self._visitor.text(value, path, key if 4 <= len(value) <= MAX_PAIR_CHARS else None)

    def _number(self, value: float) -> Json:
        if type(value) is int and -_SMALLEST_LONG_NUMBER < value < _SMALLEST_LONG_NUMBER:
            return value
        text = repr(value)
        if len(text) < MIN_NUMBER_DIGITS:
            return value
        done = self._visitor.text(text, self._path, None)
        return value if done == text else done
