"""The timeline of a session: signals one by one, and the routine between them folded.

A signal is what a reviewer must see: intent, plan versions, overrides, rejected paths, broken constraints, runs, secret
reads. Signals are never folded and never left out; routine events are shown in folds of at most `MAX_FOLDED` rows, the
rest counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from api.pages.spans import Spans, spans
from attest.model.access import AccessKind
from attest.model.basis import Evidence
from attest.model.checks import Check, CheckStatus
from attest.model.constraints import Constraint, ConstraintState
from attest.model.decisions import Override, Plan, RejectedPath
from attest.model.plain_text import printable
from attest.model.session import Event, Session

MAX_FOLDED: Final = 40
"""Rows of one fold; the rest is counted and stands in the transcript."""
MAX_QUOTE_CHARS: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One thing a reviewer must see."""

    seq: int
    kind: str
    """`intent`, `plan`, `override`, `rejected`, `broken`, `failed`, `passed`, `inconclusive`, `claimed`, `secret`."""
    name: str
    """Its heading, such as `Plan v2`, and its name in the ribbon."""
    mark: str = "none"
    text: Spans = ()
    quote: Spans = ()
    note: Spans = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    """Steps of a plan against the version before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Routine:
    """One routine event inside a fold."""

    seq: int
    time: str
    name: str
    preview: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """The routine between two signals."""

    summary: str
    """`46 routine calls: Read 31, Grep 9, Bash 6`."""
    rows: tuple[Routine, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One place of the timeline: a signal or a fold."""

    time: str
    signals: tuple[Signal, ...] = ()
    fold: Fold | None = None
    seq: int = 0


def signals_of(session: Session) -> tuple[Signal, ...]:
    """Give the signals of a session in the order of its events."""
    first: dict[int, int] = {}
    for event in session.events:
        first.setdefault(event.evidence.record, event.seq)

    def place(evidence: tuple[Evidence, ...]) -> int:
        return first.get(evidence[0].record, 0) if evidence else 0

    found: list[Signal] = []
    if session.intent:
        quote = spans(_shortened(session.intent.text))
        found.append(Signal(seq=session.intent.event, kind="intent", name="Intent", quote=quote))
    found += [_plan(plan, place(plan.evidence)) for plan in session.plans if plan.kind.value == "proposal"]
    found += [_override(item, place(item.evidence)) for item in session.overrides]
    found += [_rejected(item, place(item.evidence)) for item in session.rejected_paths]
    found += [
        _broken(item, first.get(spot.record, 0))
        for item in session.constraints or ()
        if item.state is ConstraintState.BROKEN
        for spot in item.evidence[1:]
    ]
    found += [_check(check, place(check.evidence)) for check in session.checks]
    found += [
        Signal(
            seq=place(item.evidence), kind="secret", name="Secret read", text=spans(f"`{item.target}`, value redacted")
        )
        for item in session.access
        if item.kind is AccessKind.SECRET
    ]
    return tuple(sorted(found, key=lambda signal: signal.seq))


def timeline(events: Iterable[Event], signals: tuple[Signal, ...]) -> tuple[Item, ...]:
    """Give the places of the timeline for these events, which may be one page of a longer session."""
    by_event: dict[int, list[Signal]] = {}
    for signal in signals:
        by_event.setdefault(signal.seq, []).append(signal)
    items: list[Item] = []
    routine: list[Event] = []
    for event in events:
        told = by_event.get(event.seq)
        if told is None:
            routine.append(event)
            continue
        if routine:
            items.append(_fold(routine))
            routine = []
        items.append(Item(time=clock_text(event), signals=tuple(told), seq=event.seq))
    if routine:
        items.append(_fold(routine))
    return tuple(items)


def clock_text(event: Event) -> str:
    """Give the time of an event as `13:08`, by the runner's machine; empty when the record has none."""
    return event.ts.strftime("%H:%M") if event.ts else ""


def _fold(events: list[Event]) -> Item:
    calls = Counter(event.tool for event in events if event.tool and event.kind.value == "tool_call")
    count = sum(calls.values())
    names = ", ".join(f"{printable(tool)} {number:,}" for tool, number in calls.most_common(6) if tool)
    others = len(events) - count
    parts = [f"{count:,} routine call{'' if count == 1 else 's'}: {names}"] if count else []
    parts += [f"{others:,} other event{'' if others == 1 else 's'}"] if others else []
    rows = tuple(
        Routine(
            seq=event.seq,
            time=clock_text(event),
            name=printable(event.tool or event.kind.value.replace("_", " ")),
            preview=printable(event.preview),
        )
        for event in events[:MAX_FOLDED]
    )
    fold = Fold(summary=", ".join(parts), rows=rows, more=max(0, len(events) - MAX_FOLDED))
    return Item(time=clock_text(events[0]), fold=fold, seq=events[0].seq)


def _plan(plan: Plan, seq: int) -> Signal:
    name = f"Plan v{plan.revision}" if plan.revision == 1 else f"Plan v{plan.revision - 1} to v{plan.revision}"
    first = plan.revision == 1
    state = f"{len(plan.steps):,} step{'' if len(plan.steps) == 1 else 's'}, {plan.state.value}"
    return Signal(
        seq=seq,
        kind="plan",
        name=name,
        text=spans(state),
        quote=spans(_shortened(plan.reason or "")),
        added=() if first else tuple(printable(step) for step in plan.steps_added),
        removed=() if first else tuple(printable(step) for step in plan.steps_removed),
    )


def _override(item: Override, seq: int) -> Signal:
    target = " ".join(f"`{word}`" for word in (item.tool, item.target) if word)
    text = f"{item.kind.value.replace('-', ' ')} {target}".strip()
    quote = spans(_shortened(item.reason or item.correction or ""))
    return Signal(seq=seq, kind="override", name="Override", text=spans(text), quote=quote)


def _rejected(item: RejectedPath, seq: int) -> Signal:
    target = " ".join(f"`{word}`" for word in (item.tool, item.target) if word)
    text = f"{item.kind.value.replace('-', ' ')} {target}".strip()
    return Signal(seq=seq, kind="rejected", name="Rejected path", text=spans(text), note=spans(_shortened(item.detail)))


def _broken(item: Constraint, seq: int) -> Signal:
    """An act against the words of a person or of an instruction file, at the act."""
    words = spans(_shortened(item.words))
    return Signal(seq=seq, kind="broken", name="Constraint broken", mark="broken", quote=words, note=spans(item.why))


def _check(check: Check, seq: int) -> Signal:
    name = "Claimed only" if check.status is CheckStatus.CLAIMED else f"Run {check.status.value}"
    command = f"`{' '.join(check.argv)}`" if check.argv else check.tool
    exit_code = f", exit {check.exit}" if check.exit is not None else ""
    mark = check.status.value
    return Signal(seq=seq, kind=mark, name=name, mark=mark, text=spans(command + exit_code), note=spans(check.why))


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_QUOTE_CHARS else text[: MAX_QUOTE_CHARS - 1] + "…"
