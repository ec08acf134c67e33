"""The first screen of a session: one number for everything a reviewer must see, zeros kept, each a link."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.model.answer_words import NOT_KNOWN
from attest.model.checks import CheckStatus
from attest.model.decisions import RejectedPathKind
from attest.model.permissions import Use
from attest.model.session import EventKind

if TYPE_CHECKING:
    from api.pages.timeline import Signal
    from attest.model.session import Session

Place = Callable[[int], str]
"""Gives where an event is shown: on this page, or on the page that has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalCount:
    """One number under the ribbon; what was not counted says so."""

    count: str
    label: str
    href: str
    """To the first of them; to the section that says so where there is none."""
    key: str = ""
    """The key that leads to the next of them."""


_SIGNALS: Final = (
    ("intent", "intent", "", "#decided"),
    ("plan", "plan versions", "p", "#decided"),
    ("override", "overrides", "o", "#decided"),
    ("rejected", "rejected paths", "r", "#decided"),
    ("broken", "constraint breaks", "", "#decided"),
    ("failed", "failed runs", "f", "#runs"),
    ("passed", "passed runs", "", "#runs"),
    ("inconclusive", "inconclusive", "", "#runs"),
    ("claimed", "claimed only", "", "#runs"),
    ("secret", "secret reads", "s", "#access"),
)
_REVERTS: Final = frozenset({RejectedPathKind.REVERSAL, RejectedPathKind.DISCARD})


def signal_counts(session: Session, signals: tuple[Signal, ...], place: Place) -> tuple[SignalCount, ...]:
    """Give the counts that the transcript shows, in the order of the first screen."""
    counts = []
    for kind, label, key, section in _SIGNALS:
        found = [signal for signal in signals if signal.kind == kind]
        href = place(found[0].seq) if found else section
        counts.append(SignalCount(count=f"{len(found):,}", label=label, href=href, key=key))
    return (*counts, *_course(session), *_authority(session), _compactions(session, place))


def failed_before_green(session: Session) -> int:
    """Count the failed runs of checks that a later run of the same check passed."""
    waiting: dict[tuple[str, str], int] = {}
    settled = 0
    for check in session.checks:
        name = (check.kind.value, check.tool)
        if check.status is CheckStatus.FAILED:
            waiting[name] = waiting.get(name, 0) + 1
        elif check.status is CheckStatus.PASSED:
            settled += waiting.pop(name, 0)
    return settled


def _course(session: Session) -> tuple[SignalCount, ...]:
    churn = sum(len(plan.steps_added) + len(plan.steps_removed) for plan in session.plans if plan.revision > 1)
    reverts = sum(item.kind in _REVERTS for item in session.rejected_paths)
    strays = len(session.course.strays) if session.course else None
    turns = len(session.course.unexplained_turns) if session.course else None
    return (
        SignalCount(count=f"{churn:,}", label="plan steps changed", href="#decided"),
        SignalCount(count=f"{reverts:,}", label="reverts", href="#decided"),
        SignalCount(count=f"{failed_before_green(session):,}", label="failed before green", href="#runs"),
        SignalCount(count=_number(turns), label="unexplained turns", href="#decided"),
        SignalCount(count=_number(strays), label="paths outside the task", href="#decided"),
    )


def _authority(session: Session) -> tuple[SignalCount, ...]:
    denied = sum(use.rejected for use in session.authority.used)
    uses = session.permissions.uses if session.permissions else None
    unused = sum(one.use is Use.UNUSED for one in uses) if uses is not None else None
    return (
        SignalCount(count=f"{denied:,}", label="denied tools", href="#access"),
        SignalCount(count=_number(unused), label="granted, not used", href="#access"),
    )


def _compactions(session: Session, place: Place) -> SignalCount:
    found = [event.seq for event in session.events if event.kind is EventKind.COMPACTION]
    return SignalCount(count=f"{len(found):,}", label="compactions", href=place(found[0]) if found else "#unknown")


def _number(count: int | None) -> str:
    return NOT_KNOWN if count is None else f"{count:,}"
