"""Whether a session can be reviewed at all: reasons for and against, each with where it follows from. No score.

It is about one session and never about a person: nothing here takes a name, and nothing adds up over sessions. The rules
read what the transcript shows; they do not say that the work is good, nor that a session of which all hold was read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.model.access import IN_FILES, AccessKind
from attest.model.checks import CheckStatus
from attest.model.constraints import ConstraintState
from attest.model.course import Known, Trigger

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.model.session import Session

MAX_EVENTS: Final = 2_000
"""Events beyond which a session is more than one sitting's reading."""
MAX_PATHS: Final = 60
"""Changed paths beyond which it is more than one change."""
MIN_INTENT_WORDS: Final = 3
_WHOLE: Final = frozenset({"bad-line", "oversized-line", "truncated-tail", "dropped-record", "limit"})
_WRITES: Final = IN_FILES - {AccessKind.FILE_READ, AccessKind.SEARCH}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One rule, and how it comes out for a session."""

    rule: str
    says: str
    """What holds where it holds, in words."""
    holds: Known
    why: str
    """One sentence on how that follows."""


def reviewability(session: Session) -> tuple[Reason, ...]:
    """Give every reason in one fixed order; what the record does not show is `unknown` and counts for neither side."""
    return tuple(rule(session) for rule in _RULES)


def against(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """Give the reasons that do not hold."""
    return tuple(one for one in reasons if one.holds is Known.NO)


def _reason(rule: str, says: str, holds: bool | None, why: str) -> Reason:  # noqa: FBT001  # what it is about
    known = Known.UNKNOWN if holds is None else Known.YES if holds else Known.NO
    return Reason(rule=rule, says=says, holds=known, why=why)


def _intent(session: Session) -> Reason:
    words = len(session.intent.text.split()) if session.intent else 0
    why = f"{words} words" if session.intent else "the transcript holds no prompt of a person"
    return _reason("intent", "it says what was wanted", words >= MIN_INTENT_WORDS, why)


def _intent_first(session: Session) -> Reason:
    says = "that was said before the first edit"
    if session.course is None:
        return _reason("intent-first", says, None, "recorded before this was derived")
    first = session.course.intent_first
    return Reason(rule="intent-first", says=says, holds=first.answer, why=first.why)


def _plan(session: Session) -> Reason:
    paths = len({change.path for change in session.changes})
    planned = any(plan.before_first_edit for plan in session.plans)
    why = f"{len(session.plans)} plan revisions, {paths} changed paths"
    # One file at most needs no plan: asking for one there would be theatre.
    return _reason(
        "plan", "there was a plan before the first edit, or one path at most changed", planned or paths <= 1, why
    )


def _revisions(session: Session) -> Reason:
    says = "each change of the plan follows something that is recorded"
    if session.course is None:
        return _reason("plan-changes", says, None, "recorded before this was derived")
    own = [one for one in session.course.plan_revisions if one.trigger is Trigger.OWN]
    turns = len(session.course.unexplained_turns)
    why = f"{len(own)} revisions and {turns} turns with nothing recorded before them"
    return _reason("plan-changes", says, not own and not turns, why)


def _stays(session: Session) -> Reason:
    says = "nothing was edited outside what was asked"
    if session.course is None:
        return _reason("inside", says, None, "recorded before this was derived")
    return _reason("inside", says, not session.course.strays, f"{len(session.course.strays)} paths outside")


def _constraints(session: Session) -> Reason:
    says = "no constraint was broken"
    if session.constraints is None:
        return _reason("constraints", says, None, "recorded before this was derived")
    broken = [one for one in session.constraints if one.state is ConstraintState.BROKEN]
    return _reason("constraints", says, not broken, f"{len(broken)} of {len(session.constraints)} broken")


def _ran(session: Session) -> Reason:
    says = "a check ran and its outcome is recorded, or nothing was changed"
    outcomes = [one for one in session.checks if one.status in {CheckStatus.PASSED, CheckStatus.FAILED}]
    return _reason("checked", says, bool(outcomes) or not session.changes, f"{len(outcomes)} runs with an outcome")


def _green(session: Session) -> Reason:
    says = "the last run of every check passed"
    last = {(one.kind, one.tool): one for one in session.checks if one.status is not CheckStatus.CLAIMED}
    failed = [one for one in last.values() if one.status is not CheckStatus.PASSED]
    return _reason("green", says, not failed if last else None, f"{len(failed)} of {len(last)} checks ended otherwise")


def _fresh(session: Session) -> Reason:
    says = "nothing was edited after the last run"
    runs = [one for one in session.checks if one.status is not CheckStatus.CLAIMED]
    if not runs:
        return _reason("fresh", says, None, "no run is recorded")
    stale = min(one.stale_after for one in runs)
    return _reason("fresh", says, stale == 0, f"{stale} edits after it")


def _claims(session: Session) -> Reason:
    claimed = sum(one.status is CheckStatus.CLAIMED for one in session.checks)
    return _reason("claims", "no outcome is claimed without a run", claimed == 0, f"{claimed} claimed only")


def _whole(session: Session) -> Reason:
    kinds = sorted({gap.kind for gap in session.gaps} & _WHOLE)
    why = ", ".join(kinds) or "the reader left nothing out; that the transcript is whole is never known"
    return _reason("readable", "the reader could read every record", not kinds, why)


def _size(session: Session) -> Reason:
    events = len(session.events)
    paths = len({one.target for one in session.access if one.kind in _WRITES} | {one.path for one in session.changes})
    why = f"{events:,} events, {paths:,} changed paths"
    says = f"at most {MAX_EVENTS:,} events and {MAX_PATHS} changed paths"
    return _reason("size", says, events <= MAX_EVENTS and paths <= MAX_PATHS, why)


_RULES: Final[tuple[Callable[[Session], Reason], ...]] = (
    _intent,
    _intent_first,
    _plan,
    _revisions,
    _stays,
    _constraints,
    _ran,
    _green,
    _fresh,
    _claims,
    _whole,
    _size,
)
