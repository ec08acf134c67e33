"""The prose of a session on its way past: its fields are picked out of the lines as the first pass reads them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from redaction.config import Limits
from redaction.fields import FieldPolicy, Path, matches
from redaction.literals import FoundValues
from redaction.prose_names import ProseNames
from redaction.records import Json, Oversized


class ProsePass:
    """Takes in one session: `watch` its lines, then `finish`."""

    def __init__(self, names: ProseNames, policy: FieldPolicy, *, found: FoundValues, limits: Limits) -> None:
        self._names, self._found, self._limits = names, found, limits
        self._by_key: dict[str, list[tuple[str, ...]]] = {}
        for pattern in policy.prose:
            key = next(part for part in reversed(pattern) if part != "*")
            self._by_key.setdefault(key, []).append(pattern)
        self._marks = [f'"{key}"'.encode() for key in self._by_key]

    def watch(self, lines: Iterable[bytes | Oversized]) -> Iterator[bytes | Oversized]:
        """Give the lines as they come; what is prose in them is taken in."""
        for line in lines:
            if type(line) is bytes and len(line) <= self._limits.record_bytes + 1:
                self.line(line)
            yield line

    def line(self, line: bytes) -> None:
        """Take in one line. One that is no JSON object holds no prose field; the other recognisers see it."""
        if not line.startswith(b"{") or not any(mark in line for mark in self._marks):
            return
        try:
            value: Json = json.loads(line)
        except (ValueError, RecursionError):
            return
        for text in self._prose(value, [], "", self._limits.depth):
            self.text(text)

    def text(self, text: str) -> None:
        """Take in one text that is prose as a whole."""
        for entity, value in self._names.text(text):
            self._found.add(entity, value)

    def finish(self) -> None:
        """Look at what was taken in, and note the names among the found values.

        Raises:
            EngineFailed: the model failed; LimitExceeded: too many values.
        """
        for entity, value in self._names.finish():
            self._found.add(entity, value)

    def _prose(self, value: Json, path: Path, key: str, depth: int) -> Iterator[str]:
        """Give the prose strings of a value; `key` is the last name in the path, under which patterns are kept."""
        if depth == 0:
            return
        members: Iterable[tuple[str | int, Json]] = ()
        if isinstance(value, dict):
            members = value.items()
        elif isinstance(value, list):
            members = enumerate(value)
        for part, item in members:
            name = part if type(part) is str else key
            if isinstance(item, str):
                if name in self._by_key and self._is_prose([*path, part], name):
                    yield item
            elif isinstance(item, dict | list):
                path.append(part)
                yield from self._prose(item, path, name, depth - 1)
                path.pop()

    def _is_prose(self, path: Path, key: str) -> bool:
        return any(matches(pattern, path) for pattern in self._by_key[key])
