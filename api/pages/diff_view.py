"""The diff beside a session: every hunk with its source in words and as a bar (solid, double, dotted)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from attest.model.diff import FileDiff, Hunk
from attest.model.explain import ExplainedHunk, Explanation
from attest.model.plain_text import printable

MAX_LINES: Final = 400
"""Lines of diff on one page; hunks beyond are listed without their lines, each a link to a page with them."""
MAX_CHARS: Final = 32_000
"""Characters of them."""
MAX_LINE_CHARS: Final = 400
MAX_LISTED: Final = 200
"""Hunks listed without their lines."""

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

    number: int
    """Counted from 1 over the whole diff; `h1` is its place."""
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
class ListedHunk:
    """A hunk whose lines are on another page of the diff."""

    path: str
    number: int
    added: int
    removed: int
    words: str
    events: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffView:
    """The whole diff, and how many hunks came from where."""

    explained: int
    outside: int
    unexplained: int
    files: tuple[FileView, ...]
    listed: tuple[ListedHunk, ...]
    unlisted: int
    """Hunks beyond `MAX_LISTED`, which are counted only."""

    @property
    def hunks_of(self) -> dict[int, tuple[int, ...]]:
        """Give the hunks shown here, by the events that wrote lines of them."""
        found: dict[int, tuple[int, ...]] = {}
        for file in self.files:
            for hunk in file.hunks:
                for seq in hunk.events:
                    found[seq] = (*found.get(seq, ()), hunk.number)
        return found


def diff_view(files: tuple[FileDiff, ...], hunks: tuple[ExplainedHunk, ...], first: int = 1) -> DiffView:
    """Give the diff from a hunk on; one that no explanation is known for is shown without a bar, never as explained."""
    known = {(hunk.path, hunk.new_start): hunk for hunk in hunks}
    count = {word: sum(hunk.explanation is word for hunk in hunks) for word in Explanation}
    lines, chars, number = MAX_LINES, MAX_CHARS, 0
    views: list[FileView] = []
    listed: list[ListedHunk] = []
    for file in files:
        shown = []
        for hunk in file.hunks:
            number += 1
            told = known.get((hunk.path, hunk.new_start))
            size = sum(min(len(line), MAX_LINE_CHARS) for line in hunk.lines[:MAX_LINES])
            if number < first or lines <= 0 or (number > first and (len(hunk.lines) > lines or size > chars)):
                listed.append(_listed(hunk, number, told))
                lines = lines if number < first else 0
                continue
            shown.append(_hunk(hunk, number, told))
            lines, chars = lines - len(shown[-1].lines), chars - size
        if shown or not file.hunks:
            views.append(
                FileView(path=printable(file.path[:MAX_LINE_CHARS]), summary=_summary(file), hunks=tuple(shown))
            )
    return DiffView(
        explained=count[Explanation.EXPLAINED],
        outside=count[Explanation.OUTSIDE],
        unexplained=count[Explanation.UNEXPLAINED],
        files=tuple(views[:MAX_LISTED]),
        listed=tuple(listed[:MAX_LISTED]),
        unlisted=len(listed[MAX_LISTED:]),
    )


def _summary(file: FileDiff) -> str:
    if file.binary:
        return "binary, lines not counted"
    added = sum(len(hunk.added) for hunk in file.hunks)
    removed = sum(len(hunk.removed) for hunk in file.hunks)
    return f"{added:,} added, {removed:,} removed"


def _listed(hunk: Hunk, number: int, known: ExplainedHunk | None) -> ListedHunk:
    return ListedHunk(
        path=printable(hunk.path[:MAX_LINE_CHARS]),
        number=number,
        added=len(hunk.added),
        removed=len(hunk.removed),
        words=WORDS[known.explanation] if known else "not compared",
        events=known.events[:5] if known else (),
    )


def _hunk(hunk: Hunk, number: int, known: ExplainedHunk | None) -> HunkView:
    return HunkView(
        number=number,
        source=known.explanation.value if known else "",
        words=WORDS[known.explanation] if known else "not compared",
        events=known.events[:5] if known else (),
        head=f"line {hunk.new_start:,}" if len(hunk.lines) == 1 else f"from line {hunk.new_start:,}",
        lines=_lines(hunk)[:MAX_LINES],
        cut=len(hunk.lines) > MAX_LINES,
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
