"""Edits that the agent wrote into its answer: blocks of SEARCH and REPLACE, by file."""

from __future__ import annotations

import re

MAX_FILES = 500
MAX_BLOCKS = 2_000
_SEARCH = re.compile(r"\A<{5,9} SEARCH>?\s*\Z")
_DIVIDER = re.compile(r"\A={5,9}\s*\Z")
_REPLACE = re.compile(r"\A>{5,9} REPLACE\s*\Z")
_NAME_LINES = 3

Edits = dict[str, list[tuple[str, str]]]
"""By path: old text and new text of each block."""


def edits_of(text: str) -> Edits:
    """Give the blocks of an answer in order. One without an end, or without a file's name before it, is no edit."""
    found: Edits = {}
    lines = text.split("\n")
    path, place, blocks = "", 0, 0
    while place < len(lines) and blocks < MAX_BLOCKS:
        if not _SEARCH.match(lines[place]):
            place += 1
            continue
        path = _name(lines, place) or path
        middle = _next(lines, place + 1, _DIVIDER)
        end = _next(lines, middle + 1, _REPLACE)
        if end >= len(lines):
            break
        if path and (path in found or len(found) < MAX_FILES):
            old, new = "\n".join(lines[place + 1 : middle]), "\n".join(lines[middle + 1 : end])
            found.setdefault(path, []).append((old, new))
        blocks, place = blocks + 1, end + 1
    return found


def _next(lines: list[str], place: int, mark: re.Pattern[str]) -> int:
    while place < len(lines) and not mark.match(lines[place]):
        place += 1
    return place


def _name(lines: list[str], place: int) -> str:
    """The name of the file stands on a line of its own just before the block or the fence around it."""
    for line in reversed(lines[max(0, place - _NAME_LINES) : place]):
        words = line.strip()
        if not words or words.startswith(("```", "<source", "<code", "<pre", "~~~")):
            continue
        name = words.strip("*`#: ")
        return (
            name if (name and len(name) <= 512 and " " not in name.strip()) or "/" in name or "." in name[-8:] else ""
        )
    return ""
