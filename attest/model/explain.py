"""Which hunks of a commit the session explains: line by line, by what the session's edits wrote.

A hunk is `explained` when every telling line it adds or removes was added or removed by an edit of that file in the
session; `outside` when the session edited the file but not (all of) these lines; `unexplained` when no edit of the
session named the file. Lines shorter than eight characters tell nothing and are passed over. This compares text; it
does not prove who typed it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from attest.model.fingerprint import line_fingerprint

if TYPE_CHECKING:
    from attest.model.changes import Change
    from attest.model.diff import FileDiff, Hunk

TELLING_CHARS: Final = 8


class Explanation(StrEnum):
    """Where a hunk came from."""

    EXPLAINED = "explained"
    OUTSIDE = "outside"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedHunk:
    """One hunk with its explanation."""

    path: str
    new_start: int
    added: int
    removed: int
    explanation: Explanation
    events: tuple[int, ...]
    """Events whose edits wrote these lines, in order; empty unless explained in part."""
    matched: int
    """Telling lines found in the session's edits."""
    telling: int
    """Telling lines of the hunk."""


def explain(files: tuple[FileDiff, ...], changes: tuple[Change, ...], cwd: str | None) -> tuple[ExplainedHunk, ...]:
    """Explain every hunk of a commit by the changes of a session, in the order of the diff."""
    edits = edits_by_path(changes, cwd)
    return tuple(_explain(hunk, edits_of(hunk.path, edits)) for file in files for hunk in file.hunks)


def _explain(hunk: Hunk, edits: tuple[Change, ...]) -> ExplainedHunk:
    added = [line_fingerprint(line) for line in hunk.added if len(line.strip()) >= TELLING_CHARS]
    removed = [line_fingerprint(line) for line in hunk.removed if len(line.strip()) >= TELLING_CHARS]
    events: set[int] = set()
    matched = 0
    for lines, side in ((added, "added"), (removed, "removed")):
        for mark in lines:
            writers = [e.event for e in edits if mark in getattr(e, side)]
            matched += bool(writers)
            events.update(writers[-1:])
    telling = len(added) + len(removed)
    return ExplainedHunk(
        path=hunk.path,
        new_start=hunk.new_start,
        added=len(hunk.added),
        removed=len(hunk.removed),
        explanation=_word(edits, matched, telling),
        events=tuple(sorted(events)),
        matched=matched,
        telling=telling,
    )


def _word(edits: tuple[Change, ...], matched: int, telling: int) -> Explanation:
    if not edits:
        return Explanation.UNEXPLAINED
    return Explanation.EXPLAINED if matched == telling else Explanation.OUTSIDE


def edits_by_path(changes: tuple[Change, ...], cwd: str | None) -> dict[str, list[Change]]:
    """Give the changes by path, paths below the session's folder made relative."""
    root = cwd.rstrip("/") + "/" if cwd else ""
    out: dict[str, list[Change]] = {}
    for change in changes:
        for path in (change.path, change.renamed_to):
            if path:
                out.setdefault(path.removeprefix(root), []).append(change)
    return out


def edits_of(path: str, edits: dict[str, list[Change]]) -> tuple[Change, ...]:
    """Give the changes of one file of a commit."""
    exact = edits.get(path)
    if exact is not None:
        return tuple(exact)
    # An agent working in another folder of the same tree names files from there; the longest path in common decides.
    ends = [known for known in edits if known.endswith("/" + path)]
    return tuple(edits[min(ends, key=len)]) if ends else ()
