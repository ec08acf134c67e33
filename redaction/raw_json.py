"""Strings of a line of JSON, found in its bytes: where they stand, their keys, and their JSON pointers.

The line must be one that `reading.read` accepted: valid, in the shortest spelling, with or without spaces between.
"""

from __future__ import annotations

import json
import re
from itertools import accumulate

from redaction.fields import Path

_BACKSLASH = 0x5C
_STRING = re.compile(rb'"[^"]*"')
_STRUCTURE = bytes(c for c in range(256) if c not in b"{}[],:")


def encoded(text: str) -> bytes:
    """Give a text as it stands between the quotes of a JSON string.

    Raises:
        UnicodeEncodeError: the text holds half of a surrogate pair.
    """
    return json.dumps(text, ensure_ascii=False)[1:-1].encode()


def decoded(token: bytes) -> str:
    """Give the text of what stands between the quotes of a JSON string."""
    if b"\\" not in token:
        return token.decode()
    return str(json.loads(b'"' + token + b'"'))


def occurrences(line: bytes, token: bytes) -> list[tuple[int, int]]:
    """Give where a string stands as a whole string, as (start, end) between its quotes."""
    needle = b'"' + token + b'"'
    found = []
    at = line.find(needle)
    while at >= 0:
        if _opens(line, at):
            found.append((at + 1, at + 1 + len(token)))
        at = line.find(needle, at + 1)
    return found


def strings(line: bytes) -> tuple[list[int], list[int]]:
    """Give the starts and the ends of all strings, in order, between their quotes."""
    parts = _masked(line).split(b'"')
    ends = list(accumulate((len(part) + 1 for part in parts), initial=0))
    return ends[1:-1:2], [end - 1 for end in ends[2::2]]


def is_key(line: bytes, end: int) -> bool:
    """Say whether the string that ends here names a member."""
    after = line[end + 1 : end + 3]
    return after.startswith(b":") or after == b" :"


def key_of(line: bytes, start: int) -> bytes | None:
    """Give the key of the value that starts here; None for an element of a list."""
    at = start - 2
    if at >= 0 and line[at] == 0x20:
        at -= 1
    if at < 1 or line[at] != 0x3A:
        return None
    first = line.rfind(b'"', 0, at - 1)
    while _escaped(line, first):
        first = line.rfind(b'"', 0, first)
    return line[first + 1 : at - 1]


def path_of(line: bytes, start: int) -> Path:
    """Give the keys and indexes that lead to the value that starts here."""
    masked = _masked(line[: start - 1])
    outside = _STRING.sub(b"", masked)
    opened = outside.count(b"{")
    if opened == outside.count(b"}") + 1 and outside.count(b"[") == outside.count(b"]") and outside[:1] == b"{":
        return [decoded(key_of(line, start) or b"")]
    return _deep_path(line, masked.split(b'"'))


def _deep_path(line: bytes, parts: list[bytes]) -> Path:
    """Give the path at the end of parts that lie outside and, every second, inside strings."""
    steps: list[int] = []
    lists: list[bool] = []
    for number, part in enumerate(parts[::2]):
        if part in (b":", b": "):
            steps[-1] = number - 1
        elif part in (b",", b", "):
            steps[-1] += lists[-1]
        else:
            _through(part.translate(None, _STRUCTURE), number - 1, steps, lists)
    starts = list(accumulate((len(part) + 1 for part in parts), initial=0))
    return [
        step if listed else decoded(line[starts[2 * step + 1] : starts[2 * step + 2] - 1])
        for step, listed in zip(steps, lists, strict=True)
    ]


def _through(structure: bytes, last: int, steps: list[int], lists: list[bool]) -> None:
    """Follow what stands between two strings; a step is an index in a list or the number of the string that is the key."""
    for char in structure:
        if char == 0x3A:
            steps[-1] = last
        elif char == 0x2C:
            steps[-1] += lists[-1]
        elif char in b"{[":
            steps.append(0)
            lists.append(char == 0x5B)
        else:
            steps.pop()
            lists.pop()


def _masked(line: bytes) -> bytes:
    """Give the line, at its length, with no quote in it but those that open or close a string."""
    if b"\\" not in line:
        return line
    return line.replace(b"\\\\", b"\0\0").replace(b'\\"', b"\0\0")


def _opens(line: bytes, at: int) -> bool:
    return not _escaped(line, at) and _masked(line[:at]).count(b'"') % 2 == 0


def _escaped(line: bytes, at: int) -> bool:
    first = at
    while first > 0 and line[first - 1] == _BACKSLASH:
        first -= 1
    return (at - first) % 2 == 1
