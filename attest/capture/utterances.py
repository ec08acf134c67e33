"""All words of persons in a session in one order: prompts, answers to questions, reasons of refusals, interface commands."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from attest.capture.trail import Trail
from attest.model.basis import Evidence
from attest.model.constraints import ConstraintSource
from attest.model.decisions import PlanState
from attest.model.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """Words of a person at one place."""

    source: ConstraintSource | None
    """None: an act without words of its own, such as a command of the interface: it demands nothing, and can end a demand."""
    words: str
    about: str = ""
    """The question that the words answer; empty otherwise."""
    seq: int
    ts: datetime | None
    evidence: Evidence


class EventOrder:
    """Turns records into the `seq` of their first event, or of the last event before them."""

    def __init__(self, session: Session) -> None:
        self._records: list[int] = []
        self._seqs: list[int] = []
        for event in session.events:
            if not self._records or event.evidence.record > self._records[-1]:
                self._records.append(event.evidence.record)
                self._seqs.append(event.seq)

    def of(self, evidence: Evidence) -> int:
        """Give the `seq`; 0 before the first event."""
        place = bisect_right(self._records, evidence.record) - 1
        return self._seqs[place] if place >= 0 else 0


def utterances_of(session: Session, trail: Trail, order: EventOrder) -> tuple[Utterance, ...]:
    """Give the words of persons in the order of the transcript."""
    return tuple(sorted(_each(session, trail, order), key=lambda one: (one.evidence.record, one.seq)))


def _each(session: Session, trail: Trail, order: EventOrder) -> Iterator[Utterance]:
    prompts = (*((session.intent,) if session.intent else ()), *session.directions)
    for prompt in prompts:
        yield Utterance(
            source=ConstraintSource.PROMPT,
            words=prompt.text,
            seq=prompt.event,
            ts=prompt.ts,
            evidence=prompt.evidence[0],
        )
    for answer in session.answers:
        yield Utterance(
            source=ConstraintSource.ANSWER,
            words=answer.answer,
            about=answer.question,
            seq=order.of(answer.evidence[0]),
            ts=answer.ts,
            evidence=answer.evidence[0],
        )
    for act in session.overrides:
        if act.reason:
            yield Utterance(
                source=ConstraintSource.REJECTION,
                words=act.reason,
                seq=order.of(act.evidence[0]),
                ts=act.ts,
                evidence=act.evidence[0],
            )
    yield from _acts(session, order)
    for slash in trail.slashes:
        yield Utterance(source=None, words=slash.words, seq=slash.seq, ts=slash.place.ts, evidence=slash.place.evidence)


def _acts(session: Session, order: EventOrder) -> Iterator[Utterance]:
    """An approved plan says yes to what it holds, and a changed mode to going on: without a word of a person."""
    for plan in session.plans:
        if plan.state is PlanState.APPROVED:
            evidence = plan.evidence[-1]
            yield Utterance(source=None, words=plan.text, seq=order.of(evidence), ts=plan.ts, evidence=evidence)
    modes = [grant for grant in session.authority.granted if grant.kind == "permission-mode"]
    for grant in modes[1:]:
        yield Utterance(source=None, words="", seq=grant.from_event, ts=grant.ts, evidence=grant.evidence[0])
