"""What is counted from the facts, once, for every form of a report: figures and tables show these rows and no others."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from attest.model.range_verdict import STATES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.evidence.report.facts import ReportFacts, ReviewFact, SessionFact

VERDICT_ORDER: Final = ("invalid", "indeterminate", "absent", "policy", "pass")
"""The order of alarm."""
OUTCOMES: Final = ("passed", "failed", "inconclusive", "claimed")
BUILT_IN: Final = "no tier: built-in policy"
REVIEW_WORDS: Final = ("independent", "not independent", "independence not known", "outdated", "none signed")
"""What the best review of a change is, best first."""
MAX_WEEKS: Final = 530
"""Ten years: a longer range is counted by its weeks with changes only."""

NO_WEEK: Final = 0
"""Stands for the week of a change whose time no calendar has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Counts by row and column; a cell that is not there is 0, and was counted."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[int, ...], ...]
    """One tuple for each row, in the order of `columns`."""

    @property
    def total(self) -> int:
        """The sum of all cells."""
        return sum(map(sum, self.cells))

    def column(self, name: str) -> int:
        """Give the sum of a column."""
        return sum(row[self.columns.index(name)] for row in self.cells)


def coverage_by_week(facts: ReportFacts) -> Grid:
    """Count changes by ISO week of the committer's clock and by state; weeks without a change are rows too."""
    counted = Counter((_monday(one.committed_at), one.state) for one in facts.changes)
    mondays = sorted({monday for monday, _ in counted if monday})
    if mondays and mondays[-1] - mondays[0] < MAX_WEEKS * 7:
        mondays = list(range(mondays[0], mondays[-1] + 1, 7))
    mondays += [NO_WEEK] if any(monday == NO_WEEK for monday, _ in counted) else []
    return Grid(
        rows=tuple(_week(monday) for monday in mondays),
        columns=STATES,
        cells=tuple(tuple(counted[monday, state] for state in STATES) for monday in mondays),
    )


def verdicts_by_tier(facts: ReportFacts) -> Grid:
    """Count changes by the tier that the policy places them in and by verdict."""
    return _grid(((one.tier or BUILT_IN, one.verdict) for one in facts.changes), VERDICT_ORDER)


def states(facts: ReportFacts) -> tuple[tuple[str, int], ...]:
    """Count changes by state, states without changes included."""
    counted = Counter(one.state for one in facts.changes)
    return tuple((state, counted[state]) for state in STATES)


def verdicts(facts: ReportFacts) -> tuple[tuple[str, int], ...]:
    """Count changes by verdict, in the order of alarm."""
    counted = Counter(one.verdict for one in facts.changes)
    return tuple((verdict, counted[verdict]) for verdict in VERDICT_ORDER)


def reviews_by_tier(facts: ReportFacts) -> Grid:
    """Count changes by tier and by the best review that stands for each."""
    return _grid(((one.tier or BUILT_IN, best_review(one.reviews)) for one in facts.changes), REVIEW_WORDS)


def best_review(reviews: Iterable[ReviewFact]) -> str:
    """Say what the best review of a change is."""
    found = [_review_word(one) for one in reviews]
    return min(found, key=REVIEW_WORDS.index, default="none signed")


def _review_word(one: ReviewFact) -> str:
    if one.decision != "approve":
        return "none signed"
    if one.standing not in ("current", "carried"):
        return "outdated" if one.standing == "outdated" else "independence not known"
    return {"yes": "independent", "no": "not independent"}.get(one.independent, "independence not known")


def checks_by_kind(sessions: Iterable[SessionFact]) -> Grid:
    """Count checks by kind and outcome, over sessions."""
    counted: Counter[tuple[str, str]] = Counter()
    for session in sessions:
        for one in session.checks:
            counted[one.kind, one.outcome] += one.count
    kinds = tuple(sorted({kind for kind, _ in counted}))
    return Grid(
        rows=kinds, columns=OUTCOMES, cells=tuple(tuple(counted[kind, out] for out in OUTCOMES) for kind in kinds)
    )


def total(sessions: Iterable[SessionFact], name: str) -> tuple[int, int]:
    """Give the sum of a count over sessions, and for how many sessions it is not known."""
    found = [session.count(name) for session in sessions]
    known = [one.count for one in found if one is not None and one.basis != "unknown"]
    return sum(known), len(found) - len(known)


def _grid(pairs: Iterable[tuple[str, str]], columns: tuple[str, ...]) -> Grid:
    counted = Counter(pairs)
    rows = tuple(sorted({row for row, _ in counted}))
    return Grid(rows=rows, columns=columns, cells=tuple(tuple(counted[row, name] for name in columns) for row in rows))


def _monday(seconds: int | None) -> int:
    if seconds is None:
        return NO_WEEK
    day = datetime.fromtimestamp(seconds, UTC).date()
    return day.toordinal() - day.weekday()


def _week(monday: int) -> str:
    if monday == NO_WEEK:
        return "not known"
    year, week, _ = datetime.fromordinal(monday).isocalendar()
    return f"{year}-W{week:02d}"
