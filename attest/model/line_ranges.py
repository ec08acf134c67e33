"""Which lines of a commit a session's edits wrote: ranges at the commit, file by file. What is not known is left out.

A line is the session's when its fingerprint is among the lines that an edit of that file added. A line shorter than
`TELLING_CHARS` tells nothing alone: it counts only in an unbroken run with a telling line of the session. This compares
text; it does not prove who typed it, and a line that two sessions wrote alike is both's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.model.explain import TELLING_CHARS, edits_by_path, edits_of
from attest.model.fingerprint import line_fingerprint

if TYPE_CHECKING:
    from attest.model.changes import Change
    from attest.model.diff import FileDiff, Hunk

METHOD: Final = "whereof/line-ranges@1"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRange:
    """Lines `start` to `end` of a file at the commit, both included, counted from 1."""

    start: int
    end: int
    by_person_too: bool
    """True where a person changed the proposal that these lines came from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRanges:
    """The ranges of one file, in order."""

    path: str
    ranges: tuple[LineRange, ...]
    added: int
    """Lines that the commit adds to the file."""
    attributed: int
    """Of these, the lines in `ranges`; the rest is untracked, not human."""


def ranges_of(files: tuple[FileDiff, ...], changes: tuple[Change, ...], cwd: str | None) -> tuple[FileRanges, ...]:
    """Give the ranges of every file of a commit, those without any included, in the order of the diff."""
    edits = edits_by_path(changes, cwd)
    return tuple(_file(file, edits_of(file.path, edits)) for file in files)


def _file(file: FileDiff, edits: tuple[Change, ...]) -> FileRanges:
    written = {mark for edit in edits for mark in edit.added}
    touched = {mark for edit in edits if edit.user_modified for mark in edit.added}
    found: list[LineRange] = []
    added = 0
    for hunk in file.hunks:
        added += len(hunk.added)
        found += _ranges(hunk, written, touched)
    return FileRanges(
        path=file.path,
        ranges=tuple(found),
        added=added,
        attributed=sum(one.end - one.start + 1 for one in found),
    )


def _ranges(hunk: Hunk, written: set[str], touched: set[str]) -> list[LineRange]:
    found: list[LineRange] = []
    run: list[tuple[int, str]] = []
    number = hunk.new_start
    for line in (*hunk.lines, " "):  # the last one ends a run at the hunk's end
        mark = line_fingerprint(line[1:]) if line.startswith("+") else ""
        if mark and mark in written:
            run.append((number, line[1:]))
        elif not line.startswith("-"):
            found += _closed(run, touched)
            run = []
        number += not line.startswith("-")
    return found


def _closed(run: list[tuple[int, str]], touched: set[str]) -> list[LineRange]:
    if not any(len(text.strip()) >= TELLING_CHARS for _, text in run):
        return []
    both = any(line_fingerprint(text) in touched for _, text in run)
    return [LineRange(start=run[0][0], end=run[-1][0], by_person_too=both)]
