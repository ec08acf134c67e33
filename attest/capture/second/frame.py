"""What holds of a comparison as a whole, and how one item of it is made."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from attest.model.second import SHOWN, Agreement, Control, Item, ItemKind, SameSession, SecondLog, SecondRecord
from attest.model.session import Session

WINDOW: Final = timedelta(seconds=10)
"""How far two clocks may be apart where time alone joins."""

Digest = Callable[[bytes], str]
T = TypeVar("T")


class Frame:
    """The two records of one session."""

    def __init__(self, session: Session, second: SecondLog, *, digest: Digest, commits: tuple[str, ...] = ()) -> None:
        self.oids = (*commits, *(commit.oid for commit in session.commits))
        """Full or abbreviated: those the recording names, and those that the transcript shows being made."""
        self.session, self._second, self._digest = session, second, digest
        self._same, self._rows = SameSession.CLAIMED, second.rows
        self._span: tuple[datetime, datetime] | None = None

    def of_session(self, same: SameSession, rows: tuple[SecondRecord, ...]) -> Frame:
        """Set which rows are of this session, and how that is known."""
        self._same, self._rows = same, rows
        times = [row.ts for row in rows if row.ts is not None]
        self._span = (min(times) - WINDOW, max(times) + WINDOW) if times else None
        return self

    def rows(self, kind: ItemKind) -> list[SecondRecord]:
        """Give the second record's rows of a kind, in its order."""
        return [row for row in self._rows if row.kind is kind]

    def item(self, row: SecondRecord, agreement: Agreement, what: str, *, event: int | None, about: str) -> Item:
        """Give one item that stands in the second record; `about` is what it is about, and only its digest is kept."""
        proves = self._second.control is not Control.RUNNER and self._same in SHOWN
        return Item(
            kind=row.kind,
            agreement=agreement,
            what=what,
            corroborated=agreement is Agreement.AGREES and proves and not row.asserted_by_client,
            event=event,
            record=row.record,
            pointer=row.pointer,
            subject=self._subject(about),
        )

    def missing_there(self, kind: ItemKind, event: int | None, ts: datetime | None, about: str) -> Item:
        """Give an item that only the session has: a finding where the second record should have it."""
        agreement, what = Agreement.MISSING_THERE, kind.value
        if self.lacks(kind):
            agreement, what = Agreement.NOT_COMPARED, "never-held-there"
        elif self._second.cut or self._outside(ts):
            agreement, what = Agreement.NOT_COMPARED, "outside-that-record"
        return Item(
            kind=kind,
            agreement=agreement,
            what=what,
            corroborated=False,
            event=event,
            record=None,
            pointer="",
            subject=self._subject(about),
        )

    def lacks(self, kind: ItemKind) -> bool:
        """Say whether the absence of such an item in the second record means nothing."""
        return kind.value in self._second.lacks or f"{kind.value}-completeness" in self._second.lacks

    @property
    def is_cut(self) -> bool:
        """Say whether the second record is known not to be whole."""
        return bool(self._second.cut)

    def _outside(self, ts: datetime | None) -> bool:
        return ts is not None and self._span is not None and not self._span[0] <= ts <= self._span[1]

    def _subject(self, about: str) -> str:
        return self._digest(squeezed(about).encode("utf-8", "replace"))


class ByTime(Generic[T]):
    """Things with a time, found near another time and taken out one by one."""

    def __init__(self, things: Iterable[tuple[datetime | None, T]]) -> None:
        timed = sorted(
            ((ts, number, thing) for number, (ts, thing) in enumerate(things) if ts is not None),
            key=lambda one: one[:2],
        )
        self._times = [ts for ts, _, _ in timed]
        self._things = [thing for _, _, thing in timed]

    def near(self, ts: datetime | None) -> tuple[int, int]:
        """Give the run of things within the window, as positions; an empty run where there is no time."""
        if ts is None:
            return 0, 0
        return bisect_left(self._times, ts - WINDOW), bisect_right(self._times, ts + WINDOW)

    def take(self, position: int) -> T:
        """Take one thing out."""
        del self._times[position]
        return self._things.pop(position)


def squeezed(text: str | None) -> str:
    """Give a text with its runs of white space made one space: interfaces wrap and indent."""
    return " ".join((text or "").split())
