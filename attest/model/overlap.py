"""Content overlap: how many lines that a commit adds were written in a session. A check of links, never proof alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from attest.model.explain import TELLING_CHARS
from attest.model.fingerprint import line_fingerprint
from attest.model.link import Overlap

if TYPE_CHECKING:
    from attest.model.changes import Change
    from attest.model.diff import FileDiff

AGREES: Final = 0.5
"""From this share of lines on, content agrees with a link; capture shows 4 of 5 true links above it, 1 % of others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEdits:
    """What a session wrote: fingerprints of lines, by the path as the session names it, and when."""

    by_path: Mapping[str, frozenset[str]]
    elsewhere: frozenset[str] = frozenset()
    """Lines whose file is not known: here-documents, scripts."""
    first: datetime | None = None
    last: datetime | None = None
    cut: bool = False
    """There was more than is read."""
    _by_name: dict[str, list[str]] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        for path in self.by_path:
            self._by_name.setdefault(_name(path), []).append(path)

    def anywhere(self) -> frozenset[str]:
        """Give every line of the session."""
        return self.elsewhere.union(*self.by_path.values())

    def of_path(self, path: str) -> frozenset[str] | None:
        """Give the lines written into a file of a repository; None where the session wrote no such file.

        A session names files absolutely or from its own folder: a path fits when it is the same or ends in it.
        """
        fits = [known for known in self._by_name.get(_name(path), ()) if _same(known, path)]
        return frozenset().union(*(self.by_path[known] for known in fits)) if fits else None


@dataclass(frozen=True, slots=True)
class AddedLines:
    """The telling lines that a commit adds, by file; files that only lose lines are there with none."""

    by_path: Mapping[str, frozenset[str]]

    @property
    def all(self) -> frozenset[tuple[str, str]]:
        """Every (path, fingerprint)."""
        return frozenset((path, mark) for path, marks in self.by_path.items() for mark in marks)


def added_lines(files: Iterable[FileDiff]) -> AddedLines:
    """Give what a patch adds."""
    return AddedLines({file.path: _telling(line for hunk in file.hunks for line in hunk.added) for file in files})


def removed_lines(files: Iterable[FileDiff]) -> AddedLines:
    """Give what a patch takes away, in the same form."""
    return AddedLines({file.path: _telling(line for hunk in file.hunks for line in hunk.removed) for file in files})


def _telling(lines: Iterable[str]) -> frozenset[str]:
    return frozenset(line_fingerprint(line) for line in lines if len(line.strip()) >= TELLING_CHARS)


def overlap(added: AddedLines, edits: SessionEdits) -> Overlap:
    """Compare what a commit adds with what a session wrote."""
    anywhere = edits.anywhere()
    matched = same = files = 0
    for path, marks in added.by_path.items():
        own = edits.of_path(path)
        same += len(marks & own) if own is not None else 0
        matched += len(marks & anywhere)
        files += own is not None
    telling = sum(map(len, added.by_path.values()))
    return Overlap(matched=matched, same_file=same, telling=telling, files_matched=files, files=len(added.by_path))


def edits_of_changes(changes: Iterable[Change], *, first: datetime | None, last: datetime | None) -> SessionEdits:
    """Give the edits of a recorded session."""
    lines: dict[str, set[str]] = {}
    for change in changes:
        for path in (change.path, change.renamed_to):
            if path:
                lines.setdefault(path, set()).update(change.added)
    return SessionEdits(by_path={path: frozenset(marks) for path, marks in lines.items()}, first=first, last=last)


def _name(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def _same(known: str, path: str) -> bool:
    known = known.replace("\\", "/").removeprefix("./")
    # A bare name from a subfolder would fit a file of that name anywhere, so it fits only the one at the root.
    return known == path or known.endswith("/" + path) or ("/" in known and path.endswith("/" + known))
