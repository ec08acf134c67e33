"""Unified diffs as git prints them, read into hunks. Text in, values out; the text is hostile and bounded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_HUNKS: Final = 20_000
_HUNK: Final = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_NO_FILE: Final = "/dev/null"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    """One hunk of one file."""

    path: str
    """Path after the change, or before it when the file is gone."""
    old_start: int
    new_start: int
    lines: tuple[str, ...]
    """Each with its sign: space, plus or minus."""

    @property
    def added(self) -> tuple[str, ...]:
        """The added lines, without sign."""
        return tuple(line[1:] for line in self.lines if line.startswith("+"))

    @property
    def removed(self) -> tuple[str, ...]:
        """The removed lines, without sign."""
        return tuple(line[1:] for line in self.lines if line.startswith("-"))


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDiff:
    """The hunks of one file; a binary file has none."""

    path: str
    binary: bool
    hunks: tuple[Hunk, ...]


def parse_diff(text: str) -> tuple[FileDiff, ...]:
    """Read a diff of git into files and hunks; what is no part of a file or hunk is passed over.

    Reads at most `MAX_HUNKS` hunks; the rest of the text is not read.
    """
    return tuple(_file(block) for block in _blocks(text.split("\n")))


def _blocks(lines: list[str]) -> Iterator[list[str]]:
    starts = [i for i, line in enumerate(lines) if line.startswith("diff --git ")] + [len(lines)]
    for start, end in pairwise(starts):
        yield lines[start:end]


def _file(block: list[str]) -> FileDiff:
    head = block[: next((i for i, line in enumerate(block) if _HUNK.match(line)), len(block))]
    names = {line[:3]: _name(line[4:]) for line in head if line.startswith(("--- ", "+++ "))}
    path = names.get("+++") or names.get("---") or _name_of_header(block[0])
    if names.get("+++") == _NO_FILE:
        path = names.get("---", path)
    binary = any(line.startswith(("Binary files ", "GIT binary patch")) for line in head)
    return FileDiff(path=path, binary=binary, hunks=tuple(_hunks(path, block)))


def _hunks(path: str, block: list[str]) -> Iterator[Hunk]:
    position = 0
    for _ in range(MAX_HUNKS):
        match = None
        while position < len(block) and (match := _HUNK.match(block[position])) is None:
            position += 1
        if match is None:
            return
        old_left, new_left = (int(match[g]) if match[g] is not None else 1 for g in (2, 4))
        position += 1
        lines: list[str] = []
        while position < len(block) and (old_left > 0 or new_left > 0):
            line = block[position]
            sign = line[:1] or " "
            if sign == "\\":
                position += 1
                continue
            if sign not in " +-":
                break
            old_left -= sign in " -"
            new_left -= sign in " +"
            lines.append(line or " ")
            position += 1
        yield Hunk(path=path, old_start=int(match[1]), new_start=int(match[3]), lines=tuple(lines))


def _name(text: str) -> str:
    text = text.rstrip("\t")
    if text.startswith('"') and text.endswith('"'):
        text = text[1:-1]
    return text if text == _NO_FILE else text[2:] if text[:2] in {"a/", "b/"} else text


def _name_of_header(line: str) -> str:
    return line.rpartition(" b/")[2] or line
