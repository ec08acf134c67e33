"""What the coverage pages show: six states by week, repository or path, as numbers and as one strip each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from api.pages.links import commit_href
from attest.model.answer_words import root_groups
from attest.model.plain_text import printable
from attest.model.range_verdict import STATES
from attest.model.times import moment_at

if TYPE_CHECKING:
    from attest.usecases.coverage_over import CoverageOver, CoveredCommit

STATE_WORDS: Final = {
    "covered": "a session is on record",
    "declared": "a person signed: no agent",
    "exempt": "policy asks nothing here",
    "marked": "agent’s mark, no session",
    "unmarked": "not known",
    "before-start": "older than the policy’s start",
}
UNCOVERED: Final = ("marked", "unmarked")
_WIDTH: Final = 1000
MAX_GROUPS: Final = 60
MAX_ROWS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One part of a strip; places are in thousandths of its width."""

    state: str
    left: int
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """Six states, counted."""

    counts: tuple[tuple[str, int, str, str], ...]
    """State, number, the number as shown, what the state means."""
    bars: tuple[Bar, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """One week, repository or folder."""

    label: str
    href: str
    strip: Strip


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitView:
    """One commit that nothing covers."""

    oid: str
    href: str
    subject: str
    at: str
    state: str
    marks: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageView:
    """The page."""

    sentence: str
    clone: str
    clones: tuple[str, ...]
    path: str
    since: str
    until: str
    by: str
    forms: tuple[tuple[str, str], ...]
    """Word and address of each way to group."""
    strip: Strip
    groups: tuple[GroupView, ...]
    more: int
    uncovered: tuple[CommitView, ...]
    uncovered_more: int
    tree_size: str
    root: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageAsked:
    """What the address says."""

    clone: str
    clones: tuple[str, ...]
    path: str = ""
    since: str = ""
    until: str = ""
    by: str = "week"


def strip_of(counts: Iterable[tuple[str, int]]) -> Strip:
    """Give the strip of counts by state; the widths add up to the whole."""
    held = dict(counts)
    total = sum(held.values())
    bars, left, before = [], 0, 0
    for state in STATES:
        before += held.get(state, 0)
        end = _WIDTH * before // total if total else 0
        if end > left:
            bars.append(Bar(state=state, left=left, width=end - left))
        left = end
    shown = tuple((state, held.get(state, 0), f"{held.get(state, 0):,}", STATE_WORDS[state]) for state in STATES)
    return Strip(counts=shown, bars=tuple(bars), total=total)


def coverage_view(asked: CoverageAsked, found: CoverageOver) -> CoverageView:
    """Give the page of one clone."""
    group = _folder if asked.by == "path" else _week
    groups = _groups(asked, found.commits, group)
    bare = [one for one in found.commits if one.state in UNCOVERED]
    notes = []
    if found.cut:
        notes.append(f"The newest {len(found.commits):,} commits are counted; name a period for older ones.")
    if found.shallow:
        notes.append("This clone is shallow: commits before its cut are not counted.")
    return CoverageView(
        sentence=_sentence(len(found.commits), len(bare), asked),
        clone=printable(asked.clone),
        clones=tuple(printable(one) for one in asked.clones),
        path=printable(asked.path),
        since=printable(asked.since),
        until=printable(asked.until),
        by=asked.by,
        forms=tuple((word, coverage_href(asked, by=word)) for word in ("week", "path")),
        strip=strip_of(found.states().items()),
        groups=groups[:MAX_GROUPS],
        more=max(0, len(groups) - MAX_GROUPS),
        uncovered=tuple(_commit(one) for one in bare[:MAX_ROWS]),
        uncovered_more=max(0, len(bare) - MAX_ROWS),
        tree_size=f"{found.tree_size:,}",
        root=root_groups(found.root),
        notes=tuple(notes),
    )


def coverage_href(asked: CoverageAsked, *, by: str = "", path: str | None = None, week: str = "") -> str:
    """Give the address of the page with one thing changed."""
    since, until = asked.since, asked.until
    if week:
        since, until = week, (datetime.fromisoformat(week) + timedelta(days=7)).strftime("%Y-%m-%d")
    named = (
        ("repo", asked.clone),
        ("by", by or asked.by),
        ("path", asked.path if path is None else path),
        ("since", since),
        ("until", until),
    )
    return "/coverage?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in named if value)


def _sentence(count: int, bare: int, asked: CoverageAsked) -> str:
    if not count:
        return "No commit in this clone fits."
    where = f" below {printable(asked.path)}" if asked.path else ""
    commits = f"{count:,} commit{'' if count == 1 else 's'}{where}"
    if not bare:
        return f"{commits}; each has a session, a declaration or an exemption on record."
    verb = "has" if bare == 1 else "have"
    return f"{commits}; {bare:,} of them {verb} no session, no declaration and no exemption."


_Grouping = Callable[["CoveredCommit"], tuple[str, ...]]


def _groups(asked: CoverageAsked, commits: tuple[CoveredCommit, ...], group: _Grouping) -> tuple[GroupView, ...]:
    counted: dict[str, Counter[str]] = {}
    for one in commits:
        for name in group(one):
            counted.setdefault(name, Counter())[one.state] += 1
    by_week = group is _week
    names = (
        sorted(counted, reverse=by_week)
        if by_week
        else sorted(counted, key=lambda name: (-counted[name].total(), name))
    )
    return tuple(
        GroupView(
            label=f"week of {name}" if by_week else printable(name),
            href=coverage_href(asked, week=name, by="path") if by_week else coverage_href(asked, path=name, by="week"),
            strip=strip_of(counted[name].items()),
        )
        for name in names
    )


def _week(one: CoveredCommit) -> tuple[str, ...]:
    at = moment_at(one.committed_at)
    return ((at - timedelta(days=at.weekday())).strftime("%Y-%m-%d"),)


def _folder(one: CoveredCommit) -> tuple[str, ...]:
    """Give the folder, two names deep, of each changed path, each once; files at the top stand for themselves."""
    return tuple(dict.fromkeys("/".join(path.split("/")[:2]) for path in one.paths))


def _commit(one: CoveredCommit) -> CommitView:
    at = moment_at(one.committed_at).strftime("%Y-%m-%d %H:%M")
    return CommitView(
        oid=one.oid[:12],
        href=commit_href(one.oid),
        subject=printable(one.subject),
        at=at,
        state=one.state,
        marks=printable(", ".join(one.marks)),
    )
