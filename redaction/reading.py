"""All texts of a line of JSON, in one reading for the many-pattern engine.

A line is only read this way when nothing about it is in doubt: one JSON object or list in its shortest spelling (with or
without spaces between its parts), no key twice, not too deep, nothing under a key whose treatment hangs on its path.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pydantic_core import from_json, to_json

from redaction.fields import FieldKind, FieldPolicy, FieldRule
from redaction.walk import MAX_PAIR_CHARS, MIN_NUMBER_DIGITS

if TYPE_CHECKING:
    from redaction.records import Json

BREAK: Final = "\n\x1e\n"
"""Stands between texts: a line begins and ends there, as at the begin and end of a text."""
MIN_PAIR_CHARS: Final = 6
SHORT_CHARS: Final = 256
MOST_SHORT: Final = 32_768
_LONG_NUMBER: Final = 10 ** (MIN_NUMBER_DIGITS - 1)

Member = tuple[str, str | None]
"""(text, its key; None for an element of a list)."""


class InDoubtError(Exception):
    """The line is not one that can be read this way."""


@dataclass(slots=True)
class Reading:
    """The texts of one line."""

    texts: list[str] = field(default_factory=list, repr=False)
    """What is to be scanned: values, `"key": "value"` of short ones, keys and long numbers."""
    owners: list[Member | None] = field(default_factory=list, repr=False)
    """For each of `texts` the member it stands for; None where only the walk can treat a find."""
    known: list[Member] = field(default_factory=list, repr=False)
    """Short members in which something was found before."""
    opaque: list[Member] = field(default_factory=list, repr=False)


class LineReader:
    """Reads lines; remembers short texts that were scanned, in bounded memory."""

    def __init__(self, policy: FieldPolicy, depth: int) -> None:
        self._depth = depth
        self._rules: dict[str, tuple[FieldRule, ...]] = {}
        for rule in policy.rules:
            self._rules[rule.pattern[-1]] = (*self._rules.get(rule.pattern[-1], ()), rule)
        self._plain: set[Member] = set()
        self._keys: set[str] = set()
        self._dirty: set[Member] = set()

    def read(self, line: bytes) -> Reading:
        """Give the texts of a line (without its end).

        Raises:
            InDoubtError: the line needs the walk.
        """
        if line[:1] not in (b"{", b"[") or line[-1:] not in (b"}", b"]"):
            raise InDoubtError
        try:
            value: Json = from_json(line, allow_inf_nan=False, cache_strings="keys")
            written = to_json(value)
        except ValueError:
            raise InDoubtError from None
        if written != line and written.replace(b" ", b"") != line.replace(b" ", b""):
            raise InDoubtError
        reading = Reading()
        self._visit(value, reading, 0)
        return reading

    def kind(self, key: str, text: str) -> FieldKind:
        """Give what is done with a value under a key; raises InDoubtError where that hangs on the whole path."""
        for rule in self._rules.get(key, ()):
            if len(rule.pattern) != 2 or rule.pattern[0] != "**":
                raise InDoubtError
            if rule.kind is not FieldKind.STRUCTURAL or rule.has_shape(text):
                return rule.kind
        return FieldKind.IO

    def scanned(self, reading: Reading, dirty: set[Member]) -> None:
        """Remember the short members of a reading: those in which something was found, and the others."""
        for owner in reading.owners:
            if owner is None or len(owner[0]) > SHORT_CHARS:
                continue
            kept = self._dirty if owner in dirty else self._plain
            if len(kept) >= MOST_SHORT:
                kept.clear()
            kept.add(owner)

    def scanned_keys(self, reading: Reading) -> None:
        """Remember that nothing was found in the keys of a reading."""
        if len(self._keys) >= MOST_SHORT:
            self._keys.clear()
        self._keys.update(
            text
            for text, owner in zip(reading.texts, reading.owners, strict=True)
            if owner is None and len(text) <= SHORT_CHARS
        )

    def _visit(self, value: Json, reading: Reading, depth: int) -> None:
        if depth >= self._depth:
            raise InDoubtError
        if type(value) is dict:
            self._object(value, reading, depth)
            return
        for item in value:  # type: ignore[union-attr]
            kind = type(item)
            if kind is str:
                self._text(item, None, reading)  # type: ignore[arg-type]
            elif kind is dict or kind is list:
                self._visit(item, reading, depth + 1)
            elif item is not None and kind is not bool:
                _number(item, reading)  # type: ignore[arg-type]

    def _object(self, value: dict[str, Json], reading: Reading, depth: int) -> None:
        keys, rules = self._keys, self._rules
        for key, item in value.items():
            if key not in keys:
                reading.texts.append(key)
                reading.owners.append(None)
            kind = type(item)
            if kind is str:
                if key in rules:
                    treated = self.kind(key, item)  # type: ignore[arg-type]
                    if treated is FieldKind.STRUCTURAL:
                        continue
                    if treated is FieldKind.OPAQUE:
                        reading.opaque.append((item, key))  # type: ignore[arg-type]
                        continue
                self._text(item, key, reading)  # type: ignore[arg-type]
            elif kind is dict or kind is list:
                self._visit(item, reading, depth + 1)
            elif item is not None and kind is not bool:
                _number(item, reading)  # type: ignore[arg-type]

    def _text(self, text: str, key: str | None, reading: Reading) -> None:
        owner = (text, key)
        size = len(text)
        if size <= SHORT_CHARS:
            if owner in self._plain:
                return
            if owner in self._dirty:
                reading.known.append(owner)
                return
        reading.texts.append(text)
        reading.owners.append(owner)
        if key is not None and MIN_PAIR_CHARS <= size <= MAX_PAIR_CHARS and " " not in text:
            reading.texts.append(f'"{key}": "{text}"')
            reading.owners.append(owner)


def _number(value: float, reading: Reading) -> None:
    if type(value) is int and -_LONG_NUMBER < value < _LONG_NUMBER:
        return
    text = repr(value)
    if len(text) >= MIN_NUMBER_DIGITS:
        reading.texts.append(text)
        reading.owners.append(None)
