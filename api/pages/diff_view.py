"""The diff beside a session: every hunk with its source in words and as a bar (solid, double, dotted)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from attest.model.diff import FileDiff, Hunk
from attest.model.explain import ExplainedHunk, Explanation
from attest.model.plain_text import printable

MAX_LINES: Final = 2_000
"""Lines of diff on one page; hunks beyond are listed without their lines."""
MAX_LINE_CHARS: Final = 400

WORDS: Final = {
    Explanation.EXPLAINED: "explained",
    Explanation.OUTSIDE: "edited outside the session",
    Explanation.UNEXPLAINED: "not explained",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """One line: numbers before and after (empty where there is none), its sign and its text."""

    old: str
    new: str
    sign: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HunkView:
    """One hunk and where it came from."""

    source: str
    """`explained`, `outside` or `unexplained`; empty when nothing was compared."""
    words: str
    events: tuple[int, ...]
    head: str
    lines: tuple[LineView, ...]
    cut: bool
    """True where the page's limit left lines out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """One file."""

    path: str
    summary: str
    hunks: tuple[HunkView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffView:
    """The whole diff, and how many hunks came from where."""

    explained: int
    outside: int
    unexplained: int
    files: tuple[FileView, ...]


def diff_view(files: tuple[FileDiff, ...], hunks: tuple[ExplainedHunk, ...]) -> DiffView:
    """Give the diff; a hunk that no explanation is known for is shown without a bar, never as explained."""
    known = {(hunk.path, hunk.new_start): hunk for hunk in hunks}
    count = {word: sum(hunk.explanation is word for hunk in hunks) for word in Explanation}
    left = MAX_LINES
    views = []
    for file in files:
        shown = []
        for hunk in file.hunks:
            shown.append(_hunk(hunk, known.get((hunk.path, hunk.new_start)), left))
            left -= len(shown[-1].lines)
        views.append(FileView(path=printable(file.path), summary=_summary(file), hunks=tuple(shown)))
    return DiffView(
        explained=count[Explanation.EXPLAINED],
        outside=count[Explanation.OUTSIDE],
        unexplained=count[Explanation.UNEXPLAINED],
        files=tuple(views),
    )


def _summary(file: FileDiff) -> str:
    if file.binary:
        return "binary, lines not counted"
    added = sum(len(hunk.added) for hunk in file.hunks)
    removed = sum(len(hunk.removed) for hunk in file.hunks)
    return f"{added:,} added, {removed:,} removed"


def _hunk(hunk: Hunk, known: ExplainedHunk | None, left: int) -> HunkView:
    fits = len(hunk.lines) <= left
    return HunkView(
        source=known.explanation.value if known else "",
        words=WORDS[known.explanation] if known else "not compared",
        events=known.events[:5] if known else (),
        head=f"line {hunk.new_start:,}" if len(hunk.lines) == 1 else f"from line {hunk.new_start:,}",
        lines=_lines(hunk) if fits else (),
        cut=not fits,
    )


def _lines(hunk: Hunk) -> tuple[LineView, ...]:
    old, new = hunk.old_start, hunk.new_start
    views = []
    for line in hunk.lines:
        sign, text = line[:1], printable(line[1:].replace("\t", "    "))
        before, after = sign in {" ", "-"}, sign in {" ", "+"}
        shown = text if len(text) <= MAX_LINE_CHARS else f"{text[:MAX_LINE_CHARS]}… ({len(text):,} characters)"
        views.append(
            LineView(
                old=str(old) if before else "",
                new=str(new) if after else "",
                sign={"-": "−"}.get(sign, sign),
                text=shown,
            )
        )
        old += before
        new += after
    return tuple(views)
