"""What the rows of an answer share: pointers from evidence, lists that are cut, words for numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

from attest.model.answer import Mark, Row
from attest.model.basis import Basis, Evidence
from attest.model.pointer import Pointer, PointerKind, event
from attest.model.session import Session

MAX_SHOWN: Final = 12
"""Rows of one term shown in an answer; the session page has all."""
MAX_POINTERS: Final = 3
MAX_QUOTE_CHARS: Final = 600

_T = TypeVar("_T")


class Places:
    """Turns evidence, which names records, into pointers, which name events."""

    def __init__(self, session: Session, session_id: str) -> None:
        self._id = session_id
        self._events: dict[int, int] = {}
        for item in session.events:
            self._events.setdefault(item.evidence.record, item.seq)

    def of(self, *evidence: Evidence) -> tuple[Pointer, ...]:
        """Give pointers to the first events that the evidence names, at most `MAX_POINTERS`."""
        found = (self._events.get(item.record) for item in evidence)
        unique = dict.fromkeys(seq for seq in found if seq is not None)
        return tuple(event(seq, self._id) for seq in list(unique)[:MAX_POINTERS])

    def session(self, label: str) -> Pointer:
        """Give the pointer to the session itself."""
        return Pointer(kind=PointerKind.SESSION, label=label, target=self._id)


def limited(term: str, items: Sequence[_T], places: Places, to_row: Callable[[_T], Row]) -> tuple[Row, ...]:
    """Give a row for each item, at most `MAX_SHOWN` and how many more there are; for none the row that says zero."""
    if not items:
        return (Row(term=term, text="0 seen in the transcript", basis=Basis.OBSERVED),)
    rows = tuple(to_row(item) for item in items[:MAX_SHOWN])
    more = len(items) - MAX_SHOWN
    if more <= 0:
        return rows
    return (*rows, Row(term="", text=f"and {more:,} more", pointers=(places.session("the session"),)))


def some(names: Iterable[str]) -> str:
    """Give names in one line, at most `MAX_SHOWN` and how many more there are."""
    known = list(names)
    more = len(known) - MAX_SHOWN
    return ", ".join(known[:MAX_SHOWN]) + (f" and {more:,} more" if more > 0 else "")


def shortened(text: str) -> str:
    """Give quoted words, cut where they are long."""
    return text if len(text) <= MAX_QUOTE_CHARS else text[: MAX_QUOTE_CHARS - 1] + "…"


def plural(count: int, noun: str) -> str:
    """Give a count with its noun."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def not_recorded_row(term: str, why: str) -> Row:
    """Give the row of something that the transcript does not hold."""
    return Row(term=term, mark=Mark.NOT_KNOWN, word="not recorded", text=why, basis=Basis.UNKNOWN)
