"""The ribbon above a session: one tick per event, a tall named line per signal, drawn by the server as SVG numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from api.pages.timeline import Signal
from attest.model.session import Event

WIDTH: Final = 1168
BASELINE: Final = 55
MAX_LINES: Final = 200
"""Tall lines; a session with more signals names the first and says how many there are."""
MAX_TICKS: Final = 1_168
"""One tick per unit of width: more events share ticks."""
_CHARACTER: Final = 7
_APART: Final = 140
"""Units between two times under the baseline, at least."""
_ROOM: Final = 70
"""Units that a time takes."""
_MINUTE: Final = 60
_DAY: Final = 86_400
_STEPS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200, _DAY)
"""Seconds between two of them."""
_SHORT: Final = {
    "failed": "failed run",
    "passed": "passed run",
    "inconclusive": "inconclusive",
    "claimed": "claimed",
    "secret": "secret",
}
_ROWS: Final = (14, 27, 40)
"""Baselines of the names: a name that would run into another goes one row down, or is left to its line's title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The tall line of one signal."""

    x: float
    seq: int
    name: str
    label_y: int
    """0: no room for the name; its title says it."""
    end: bool
    """True where the name stands left of the line."""
    text_x: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """A time written under the baseline."""

    x: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ribbon:
    """All numbers of the drawing."""

    ticks: tuple[int, ...]
    lines: tuple[Line, ...]
    hours: tuple[Hour, ...]
    description: str
    """What the drawing says, in words."""


def ribbon(events: tuple[Event, ...], signals: tuple[Signal, ...]) -> Ribbon:
    """Give the ribbon; events stand by their place in the session where times are missing."""
    places = _places(events)
    ticks = tuple(sorted({round(x) for x in places.values()}))[:MAX_TICKS]
    taken = [-1.0] * len(_ROWS)
    lines = tuple(_line(signal, places.get(signal.seq, 0.0), taken) for signal in signals[:MAX_LINES])
    description = f"{len(events):,} events, {len(signals):,} signals; " + ", ".join(
        f"{signal.name} at #{signal.seq}" for signal in signals[:50]
    )
    return Ribbon(ticks=ticks, lines=lines, hours=_hours(events, places), description=description)


def _places(events: tuple[Event, ...]) -> dict[int, float]:
    times = [event.ts for event in events]
    known = [time for time in times if time is not None]
    if len(known) == len(times) and known and max(known) > min(known):
        start, span = min(known), (max(known) - min(known)).total_seconds()
        return {e.seq: (e.ts - start).total_seconds() / span * (WIDTH - 2) + 1 for e in events if e.ts is not None}
    step = (WIDTH - 2) / max(1, len(events) - 1)
    return {event.seq: 1 + at * step for at, event in enumerate(events)}


def _line(signal: Signal, x: float, taken: list[float]) -> Line:
    name = _SHORT.get(signal.kind, signal.name.lower())
    width = len(name) * _CHARACTER + 8
    end = x + width > WIDTH
    left = x - width if end else x
    for row, y in enumerate(_ROWS):
        if left > taken[row]:
            taken[row] = x if end else x + width
            return Line(
                x=round(x, 1), seq=signal.seq, name=name, label_y=y, end=end, text_x=round(x + (-4 if end else 4), 1)
            )
    return Line(x=round(x, 1), seq=signal.seq, name=name, label_y=0, end=end, text_x=round(x, 1))


def _hours(events: tuple[Event, ...], places: dict[int, float]) -> tuple[Hour, ...]:
    """Give round times where every event has one; else the times of events that stand far enough apart."""
    times = [event.ts for event in events if event.ts is not None]
    if len(times) == len(events) and times and max(times) > min(times):
        return _round_times(min(times), max(times))
    hours: list[Hour] = []
    for event in events:
        x = places[event.seq]
        text = event.ts.strftime("%H:%M") if event.ts is not None else ""
        if text and x < WIDTH - _ROOM and (not hours or (x - hours[-1].x > _APART and text != hours[-1].text)):
            hours.append(Hour(x=round(x, 1), text=text))
    return tuple(hours)


def _round_times(start: datetime, end: datetime) -> tuple[Hour, ...]:
    span = (end - start).total_seconds()
    step = next((one for one in _STEPS if one / span * WIDTH >= _APART), math.ceil(span * _APART / WIDTH / _DAY) * _DAY)
    form = "%H:%M:%S" if step < _MINUTE else "%H:%M" if step < _DAY else "%Y-%m-%d"
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    first = math.ceil((start - midnight).total_seconds() / step)
    last = math.floor((end - midnight).total_seconds() / step)
    hours: list[Hour] = []
    for number in range(first, last + 1):
        at = midnight + timedelta(seconds=number * step)
        x = round((at - start).total_seconds() / span * (WIDTH - 2) + 1, 1)
        if x < WIDTH - _ROOM:
            hours.append(Hour(x=x, text=at.strftime(form)))
    return tuple(hours)
