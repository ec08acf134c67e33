"""The timeline of a session: signals one by one, and the routine between them folded.

A signal is what a reviewer must see: intent, plan versions, overrides, rejected paths, broken constraints, runs, secret
reads. Signals are never folded and never left out; of the routine between them a page shows `MAX_FOLDED` rows, and beside
those what the page itself points to; the rest is counted, one link away. A page ends where its bytes do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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
"""Rows of routine on one page; the rest is counted, and opens from its fold."""
MAX_QUOTE_CHARS: Final = 1_000
MAX_PAGE_CHARS: Final = 40_000
"""Characters of signals and routine on one page: the next begins where they end."""
MAX_STEPS: Final = 24
MAX_STEP_CHARS: Final = 240
_ITEM_CHARS: Final = 160
"""What one place of the timeline takes beside its words."""


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
    hunks: tuple[int, ...] = ()
    """Hunks of the diff on this page that it wrote lines of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """The routine between two signals."""

    summary: str
    """`46 routine calls: Read 31, Grep 9, Bash 6`."""
    rows: tuple[Routine, ...]
    more: int
    first: int = 0
    """`seq` of its first event: a page that begins there shows what this one leaves out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One place of the timeline: a signal or a fold."""

    time: str
    signals: tuple[Signal, ...] = ()
    fold: Fold | None = None
    seq: int = 0
    hunks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What else is on the page: events that it points to, and the hunks that events wrote lines of."""

    pinned: frozenset[int] = frozenset()
    hunks: Mapping[int, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """One page of the timeline."""

    items: tuple[Item, ...]
    ends_at: int | None
    """`seq` of the first event that did not fit; None: all were shown or counted."""

    @property
    def anchors(self) -> frozenset[int]:
        """Give the events that can be led to on this page."""
        rows = {row.seq for item in self.items if item.fold for row in item.fold.rows}
        return frozenset(rows | {item.seq for item in self.items if not item.fold})


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


def timeline(events: Iterable[Event], signals: tuple[Signal, ...], beside: Beside = Beside()) -> Timeline:
    """Give the places of the timeline for these events, which may be one page of a longer session."""
    by_event: dict[int, list[Signal]] = {}
    for signal in signals:
        by_event.setdefault(signal.seq, []).append(signal)
    items: list[Item] = []
    routine: list[Event] = []
    left, rows = MAX_PAGE_CHARS, MAX_FOLDED
    for event in events:
        told = by_event.get(event.seq)
        if told is None:
            routine.append(event)
            continue
        if routine:
            items.append(_fold(routine, rows, beside))
            rows -= min(rows, len(routine))
            routine = []
        left -= sum(map(_chars, told))
        if left < 0 and items:
            return Timeline(items=tuple(items), ends_at=event.seq)
        hunks = beside.hunks.get(event.seq, ())
        items.append(Item(time=clock_text(event), signals=tuple(told), seq=event.seq, hunks=hunks))
    if routine:
        items.append(_fold(routine, rows, beside))
    return Timeline(items=tuple(items), ends_at=None)


def _chars(signal: Signal) -> int:
    words = sum(len(span.text) for part in (signal.text, signal.quote, signal.note) for span in part)
    return words + sum(len(step) + 40 for step in (*signal.added, *signal.removed)) + _ITEM_CHARS


def clock_text(event: Event) -> str:
    """Give the time of an event as `13:08`, by the runner's machine; empty when the record has none."""
    return event.ts.strftime("%H:%M") if event.ts else ""


def _fold(events: list[Event], most: int, beside: Beside) -> Item:
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
            hunks=beside.hunks.get(event.seq, ()),
        )
        for at, event in enumerate(events)
        if at < most or event.seq in beside.pinned
    )
    fold = Fold(summary=", ".join(parts), rows=rows, more=len(events) - len(rows), first=events[0].seq)
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
        added=() if first else _steps(plan.steps_added),
        removed=() if first else _steps(plan.steps_removed),
    )


def _steps(steps: tuple[str, ...]) -> tuple[str, ...]:
    shown = tuple(printable(step[:MAX_STEP_CHARS]) for step in steps[:MAX_STEPS])
    return (*shown, f"and {len(steps) - MAX_STEPS:,} more") if len(steps) > MAX_STEPS else shown


def _override(item: Override, seq: int) -> Signal:
    target = " ".join(f"`{word}`" for word in (item.tool, item.target) if word)
    text = f"{item.kind.value.replace('-', ' ')} {target}".strip()
    quote = spans(_shortened(item.reason or item.correction or ""))
    return Signal(seq=seq, kind="override", name="Override", text=spans(text), quote=quote)


def _rejected(item: RejectedPath, seq: int) -> Signal:
    target = " ".join(f"`{word}`" for word in (item.tool, item.target) if word)
    text = f"{item.kind.value.replace('-', ' ')} {target}".strip()
    note = "" if item.detail == item.target else _shortened(item.detail)
    return Signal(seq=seq, kind="rejected", name="Rejected path", text=spans(text), note=spans(note))


def _broken(item: Constraint, seq: int) -> Signal:
    """An act against the words of a person or of an instruction file, at the act."""
    words = spans(_shortened(item.words))
    return Signal(seq=seq, kind="broken", name="Constraint broken", mark="broken", quote=words, note=spans(item.why))


def _check(check: Check, seq: int) -> Signal:
    name = "Claimed only" if check.status is CheckStatus.CLAIMED else f"Run {check.status.value}"
    mark = check.status.value
    if check.said is not None:
        quote = spans(_shortened(check.said))
        return Signal(seq=seq, kind=mark, name=name, mark=mark, quote=quote, note=spans(check.why))
    command = f"`{' '.join(check.argv)}`" if check.argv else check.tool
    ended = f"exit {check.exit}" if check.exit is not None else ""
    text = f"{command}, {ended}" if ended else command
    note = "" if check.why == ended else check.why
    return Signal(seq=seq, kind=mark, name=name, mark=mark, text=spans(text), note=spans(note))


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_QUOTE_CHARS else text[: MAX_QUOTE_CHARS - 1] + "…"
