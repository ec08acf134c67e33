"""Whether a control operated over a period: for each change that landed, the verdict that stood before, and what was not so.

Pure: changes, verdicts, policies in force and outages come in as values. Nothing is judged again, and nobody is named.

1. standing   the newest verdict on each commit of the change that was logged before it landed
2. outcome    passed, landed against one, landed without one, or not known when it landed
3. mode       what the protected policy said then: a rule that was not in `enforce` stopped nothing
4. capture    intervals in which nothing was recorded, where they touch the change
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attest.model.coverage import CoverageRow
    from attest.policy.change_fields import ChangeField

GRAVEST: Final = ("invalid", "indeterminate", "absent", "policy", "pass")
UNPROTECTED: Final = "none"
"""Mode where the protected branch had no policy file: the built-in policy alone."""
NOT_READ: Final = "not-known"
"""Mode where the file of then does not parse, or the clone does not have it."""


class Landed(StrEnum):
    """How a change stood when it landed."""

    PASSED = "passed"
    AGAINST = "against-verdict"
    WITHOUT = "without-verdict"
    NOT_KNOWN = "not-known"
    """Verdicts are logged, and whether they stood before it landed cannot be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRow:
    """What one logged coverage says of one commit."""

    attestation: str
    signed_at: int | None
    """By the log's clock, seconds since the epoch; None where it gives no time."""
    index: int
    mode: str
    row: CoverageRow


@dataclass(frozen=True, slots=True, kw_only=True)
class LandedChange:
    """One step of the protected branch, as git shows it."""

    oid: str
    landed_at: int
    """Committer's time of the step, seconds since the epoch: unsigned."""
    is_merge: bool
    commits: tuple[str, ...]
    """What it brought and was judged by: of a merge its commits without the merge itself."""
    mode: str
    """Of the policy at its first parent, or `UNPROTECTED`, `NOT_READ`."""
    rule_mode: str | None = None
    """Of the rule that was asked for; None where none was, or the policy then had no such rule."""
    fields: tuple[ChangeField, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """An interval in which capture is known not to have worked, from a logged gap."""

    kind: str
    start: int
    until: int | None
    """None: it had not ended when it was logged."""
    attestation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operated:
    """One change and how the control stood to it."""

    change: LandedChange
    landed: Landed
    verdict: str
    """The gravest that stood; empty where none did."""
    attestations: tuple[str, ...]
    """Coverages that the verdict is from; where it is not known, those that are logged."""
    judged: int
    """Commits of the change with a verdict that stood."""
    enforced: bool | None
    """Whether policy or rule was in `enforce` then; None where that is not known."""
    outages: tuple[str, ...]
    """Logged gaps (`att_…`) whose interval holds the landing."""
    why: str
    """In words, for the reader."""

    @property
    def is_exception(self) -> bool:
        """Whether somebody has to look at it."""
        return self.landed is not Landed.PASSED or self.enforced is not True


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A control over a period."""

    start: int
    end: int
    rule: str
    """Empty: the policy as a whole."""
    changes: tuple[Operated, ...]
    """Newest first."""
    outages: tuple[Outage, ...]
    """Those that touch the period, oldest first."""

    def counts(self) -> Mapping[str, int]:
        """Give how many changes there are of each kind; kinds overlap, the first is the population."""
        by = Counter(one.landed.value for one in self.changes)
        return (
            {"changes": len(self.changes)}
            | {kind.value: by[kind.value] for kind in Landed}
            | {
                "not-in-enforce": sum(one.enforced is False for one in self.changes),
                "enforcement-not-known": sum(one.enforced is None for one in self.changes),
                "during-an-outage": sum(bool(one.outages) for one in self.changes),
                "exceptions": sum(one.is_exception for one in self.changes),
            }
        )

    @property
    def exceptions(self) -> tuple[Operated, ...]:
        """Changes that somebody has to look at."""
        return tuple(one for one in self.changes if one.is_exception)


def operation(
    changes: Sequence[LandedChange],
    verdicts: Mapping[str, Sequence[LoggedRow]],
    outages: Sequence[Outage],
    *,
    period: tuple[int, int],
    rule: str = "",
) -> Operation:
    """Give how a control stood to the changes of a period [start, end); `verdicts` are by commit, in any order.

    With a `rule`, only its reasons count: a verdict that failed for another rule is a pass of this one. Of a rule that did
    not judge a commit the logged verdict says nothing else: that reads as a pass too, and the page says so.
    """
    start, end = period
    touching = [one for one in outages if one.start < end and (one.until is None or one.until >= start)]
    return Operation(
        start=start,
        end=end,
        rule=rule,
        changes=tuple(_operated(one, verdicts, touching, rule) for one in changes),
        outages=tuple(sorted(touching, key=lambda one: (one.start, one.attestation))),
    )


def verdict_by_rule(row: CoverageRow, rule: str) -> str:
    """Give the verdict of a commit, or of one rule on it; a rule that did not fail reads `pass`."""
    if not rule:
        return row.verdict
    if row.left_out and not any(reason.rule == rule for reason in row.reasons):
        return "indeterminate"  # the reasons beyond those listed may be this rule's
    said = {reason.verdict for reason in row.reasons if reason.rule == rule}
    return next((word for word in GRAVEST if word in said), "pass")


def _operated(
    change: LandedChange, verdicts: Mapping[str, Sequence[LoggedRow]], outages: Sequence[Outage], rule: str
) -> Operated:
    stood, later = _standing(change, verdicts)  # 1
    landed, verdict, why = _outcome(change, stood, later, rule)  # 2
    during = tuple(
        one.attestation
        for one in outages
        if one.start <= change.landed_at and (one.until is None or change.landed_at <= one.until)
    )
    shown = stood.values() if stood else later
    return Operated(
        change=change,
        landed=landed,
        verdict=verdict,
        attestations=tuple(sorted({one.attestation for one in shown})),
        judged=len(stood),
        enforced=_enforced(change, rule),  # 3
        outages=during,  # 4
        why=why,
    )


def _standing(
    change: LandedChange, verdicts: Mapping[str, Sequence[LoggedRow]]
) -> tuple[dict[str, LoggedRow], list[LoggedRow]]:
    stood: dict[str, LoggedRow] = {}
    later: list[LoggedRow] = []
    for oid in change.commits:
        logged = verdicts.get(oid, ())
        before = [one for one in logged if one.signed_at is not None and one.signed_at <= change.landed_at]
        if before:
            stood[oid] = max(before, key=lambda one: one.index)
        later += [one for one in logged if one not in before]
    return stood, later


def _outcome(
    change: LandedChange, stood: Mapping[str, LoggedRow], later: Sequence[LoggedRow], rule: str
) -> tuple[Landed, str, str]:
    said = {verdict_by_rule(one.row, rule) for one in stood.values()}
    verdict = next((word for word in GRAVEST if word in said), "")
    missing = len(change.commits) - len(stood)
    if verdict and verdict != "pass":
        return Landed.AGAINST, verdict, f"the verdict that stood was {verdict}"
    if not missing:
        return Landed.PASSED, verdict, "a pass stood for every commit before it landed"
    if later and not change.is_merge:
        why = (
            "a verdict is logged, and when the commit was put on the branch is not known: its committer’s time is older"
        )
        return Landed.NOT_KNOWN, "", why
    after = "; one was logged afterwards" if later else ""
    return Landed.WITHOUT, "", f"{missing} of {len(change.commits)} commits had no verdict when it landed{after}"


def _enforced(change: LandedChange, rule: str) -> bool | None:
    if change.mode == NOT_READ:
        return None
    if change.mode == UNPROTECTED:
        return False
    return (change.rule_mode == "enforce") if rule else (change.mode == "enforce")
