"""Unified diffs as git prints them, read into hunks. Text in, values out; the text is hostile and bounded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_HUNKS: Final = 20_000
_HUNK: Final = re.compile(r"@@ -([0-9]{1,9})(?:,([0-9]{1,9}))? \+([0-9]{1,9})(?:,([0-9]{1,9}))? @@")
_ESCAPE: Final = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_ESCAPES: Final = dict(zip(b'abtnvfr"\\', b'\a\b\t\n\v\f\r"\\', strict=True))
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
    files: list[FileDiff] = []
    left = MAX_HUNKS
    for block in _blocks(text.split("\n")):
        if left <= 0:
            break
        files.append(_file(block, left))
        left -= len(files[-1].hunks)
    return tuple(files)


def _blocks(lines: list[str]) -> Iterator[list[str]]:
    starts = [i for i, line in enumerate(lines) if line.startswith("diff --git ")] + [len(lines)]
    for start, end in pairwise(starts):
        yield lines[start:end]


def _file(block: list[str], most: int) -> FileDiff:
    head = block[: next((i for i, line in enumerate(block) if _HUNK.match(line)), len(block))]
    names = {line[:3]: _name(line[4:]) for line in head if line.startswith(("--- ", "+++ "))}
    path = names.get("+++") or names.get("---") or _name_of_header(block[0])
    if names.get("+++") == _NO_FILE:
        path = names.get("---", path)
    binary = any(line.startswith(("Binary files ", "GIT binary patch")) for line in head)
    return FileDiff(path=path, binary=binary, hunks=tuple(islice(_hunks(path, block), most)))


def _hunks(path: str, block: list[str]) -> Iterator[Hunk]:
    position = 0
    while True:
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
    text = _unquoted(text.rstrip("\t"))
    return text if text == _NO_FILE else text[2:] if text[:2] in {"a/", "b/"} else text


def _name_of_header(line: str) -> str:
    # Without renames both names are the same, so each is half of the line; a name may hold spaces, even ` b/`.
    names = line.removeprefix("diff --git ")
    return _name(names[len(names) // 2 + 1 :])


def _unquoted(text: str) -> str:
    """Undo git's quoting of a path: C escapes and octal bytes between double quotes."""
    if len(text) < 2 or not (text.startswith('"') and text.endswith('"')):
        return text
    raw = _ESCAPE.sub(_character, text[1:-1].encode("utf-8", "surrogatepass"))
    return raw.decode("utf-8", "replace")


def _character(match: re.Match[bytes]) -> bytes:
    code = match[1]
    return bytes([int(code, 8) & 0xFF]) if len(code) == 3 else bytes([_ESCAPES.get(code[0], code[0])])
