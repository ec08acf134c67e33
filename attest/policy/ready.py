"""What `enforce` would have blocked, from verdicts that were logged: by rule and by week, each commit by its newest verdict.

Nothing is judged again. A commit of which no verdict was logged is not in any count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from attest.model.coverage import Coverage, CoverageRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One commit's newest verdict."""

    row: CoverageRow
    judged_at: datetime
    mode: str
    """Of the policy that was applied."""
    policy: str
    """SHA-256 of the repository's policy file; empty under the built-in policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """What one rule's check would have stopped in one week."""

    week: str
    """ISO 8601, for example `2026-W47`."""
    rule: str
    check: str
    verdict: str
    commits: int
    serverless: int
    """Of these, undecided only because no complete list of evidence was at hand (D5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """The answer of `policy ready`."""

    commits: int
    """With a logged verdict."""
    would_stop: int
    """Commits that `enforce` would have stopped."""
    stopped: int
    """Of these, stopped already, because the rule or policy was in mode `enforce`, or the evidence was bad."""
    serverless_only: int
    """Of these, those that a complete list of evidence alone could have let through."""
    rows: tuple[Blocked, ...]
    """By week, then rule and check. One commit can stand in several."""
    undecided: tuple[tuple[str, str, str], ...]
    """(oid, rule, check) of what only a complete list of evidence could decide, newest first."""
    policies: int
    """Different policy files among the verdicts."""
    first: datetime | None
    last: datetime | None

    def sentence(self) -> str:
        """Say it in one sentence."""
        if not self.commits:
            return (
                "No verdict is logged, so nothing is known: run `whereof verify A..B --coverage FILE` in the pipeline."
            )
        head = (
            f"Enforce would have stopped {self.would_stop} of {_plural(self.commits, 'commit')} with a logged verdict"
        )
        if not self.would_stop:
            return f"{head}: it is ready by these."
        only = self.serverless_only
        return f"{head}, {only} of them only because no complete list of evidence was at hand." if only else f"{head}."


def newest(coverages: Iterable[Coverage]) -> tuple[Judged, ...]:
    """Give each commit's newest verdict, newest first."""
    found: dict[str, Judged] = {}
    for one in sorted(coverages, key=lambda coverage: coverage.judged_at):
        at, policy = datetime.fromisoformat(one.judged_at), one.policies[0] if one.policies else ""
        for row in one.rows:
            found[row.oid] = Judged(row=row, judged_at=at, mode=one.mode, policy=policy)
    return tuple(sorted(found.values(), key=lambda judged: (judged.judged_at, judged.row.oid), reverse=True))


def readiness(judged: Iterable[Judged]) -> Readiness:
    """Count what would have been stopped."""
    given = tuple(judged)
    failing = [one for one in given if one.row.verdict != "pass"]
    counted: Counter[tuple[str, str, str, str]] = Counter()
    serverless: Counter[tuple[str, str, str, str]] = Counter()
    for one in failing:
        for reason in {(r.rule, r.check, r.verdict, r.needs) for r in one.row.reasons}:
            key = (week_of(one.judged_at), *reason[:3])
            counted[key] += 1
            serverless[key] += bool(reason[3])
    return Readiness(
        commits=len(given),
        would_stop=len(failing),
        stopped=sum(_stopped(one) for one in failing),
        serverless_only=sum(_serverless_only(one.row) for one in failing),
        rows=tuple(
            Blocked(week=week, rule=rule, check=check, verdict=verdict, commits=count, serverless=serverless[key])
            for key, count in sorted(counted.items())
            for week, rule, check, verdict in (key,)
        ),
        undecided=tuple(
            dict.fromkeys((one.row.oid, r.rule, r.check) for one in failing for r in one.row.reasons if r.needs)
        ),
        policies=len({one.policy for one in given}),
        first=min((one.judged_at for one in given), default=None),
        last=max((one.judged_at for one in given), default=None),
    )


def week_of(moment: datetime) -> str:
    """Give the ISO 8601 week."""
    year, week, _ = moment.isocalendar()
    return f"{year}-W{week:02d}"


def _stopped(one: Judged) -> bool:
    return any(reason.mode == "enforce" or reason.verdict == "invalid" for reason in one.row.reasons)


def _serverless_only(row: CoverageRow) -> bool:
    return bool(row.reasons) and not row.left_out and all(reason.needs for reason in row.reasons)


def _plural(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
