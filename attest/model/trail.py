"""The decision trail of one session: what was wanted, planned, overruled, tried and left, in the order of its events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from attest.model.course import UnexplainedTurn
from attest.model.decisions import Answer, Override, Plan, PlanKind, Prompt, RejectedPath
from attest.model.session import Session

MAX_QUOTE: Final = 600
"""Characters of a person's or an agent's words; the event has them whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailItem:
    """One step of a trail."""

    kind: str
    """`intent`, `direction`, `plan`, `answer`, `override`, `rejected path`, `unexplained turn`; of signed statements `review`,
    `exception`, `declaration`, `session`, `verdict`."""
    said: str
    """What Whereof says."""
    quote: str
    """Words of a person or an agent; hostile, shortened; empty where none are on record."""
    time: datetime | None
    event: int | None
    """Of the session; None for a signed statement."""
    session: str
    """`ses_…`; empty for a signed statement."""
    attestation: str
    """The `att_…` that it rests on."""
    log_index: int | None
    basis: str


def session_trail(session: Session, name: str, attestation: str, log_index: int) -> tuple[TrailItem, ...]:
    """Give the trail of a session, in the order of its events; items of which no event is known come last."""
    places: dict[int, int] = {}
    for one in session.events:
        places.setdefault(one.evidence.record, one.seq)
    items = tuple(
        TrailItem(
            kind=step.kind,
            said=step.said,
            quote=_short(step.quote),
            time=step.found.ts,
            event=next((places[one.record] for one in step.found.evidence if one.record in places), None),
            session=name,
            attestation=attestation,
            log_index=log_index,
            basis=step.found.basis.value,
        )
        for step in _steps(session)
    )
    return tuple(sorted(items, key=lambda one: (one.event is None, one.event or 0)))


_Found = Prompt | Plan | Answer | Override | RejectedPath | UnexplainedTurn


@dataclass(frozen=True, slots=True)
class _Step:
    kind: str
    said: str
    quote: str
    found: _Found


def _steps(session: Session) -> Iterator[_Step]:
    if session.intent is not None:
        one = session.intent
        yield _Step("intent", "A person said what was wanted", one.text, one)
    for one in session.directions:
        yield _Step("direction", "A person said more", one.text, one)
    for plan in session.plans:
        what = "Plan" if plan.kind is PlanKind.PROPOSAL else "Task list"
        steps = f"{len(plan.steps_added):,} steps in, {len(plan.steps_removed):,} out"
        said = f"{what} {plan.revision}, {plan.state.value}: {steps}"
        yield _Step("plan", said, plan.reason or "", plan)
    for answer in session.answers:
        words = f"{answer.question} {answer.answer}"
        yield _Step("answer", "A person answered the agent", words, answer)
    for over in session.overrides:
        said = " ".join(filter(None, (f"A person overruled ({over.kind.value}):", over.tool, over.target)))
        yield _Step("override", said, over.reason or over.correction or "", over)
    for path in session.rejected_paths:
        yield _Step("rejected path", _left(path), path.detail, path)
    for turn in session.course.unexplained_turns if session.course else ():
        said = f"A turn that nothing recorded explains ({turn.kind.value})"
        yield _Step("unexplained turn", said, turn.detail, turn)


def _left(path: RejectedPath) -> str:
    return " ".join(filter(None, (f"Tried or proposed, and left ({path.kind.value}):", path.tool, path.target)))


def _short(text: str) -> str:
    return text if len(text) <= MAX_QUOTE else text[: MAX_QUOTE - 1] + "…"
