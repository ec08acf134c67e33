"""What happened to every record: nothing of a transcript is lost without a count. Shared by every reader."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.lines import LineFault, Record, parse_line
from attest.capture.records import DROPPED_TYPE
from attest.capture.text import target
from attest.model.basis import Evidence
from attest.model.fingerprint import HEAD_START, extend_head
from attest.model.session import Counts, Gap, Tally

_MAX_TYPES = 64
_MAX_PLACES = 32


@dataclass(slots=True)
class Accounts:
    """Counts records, those with events, those skipped and why, and what is known to be missing."""

    head: bytes = HEAD_START
    records: int = 0
    with_events: int = 0
    size_bytes: int = 0
    bad: int = 0
    skipped: Counter[str] = member(default_factory=Counter)
    unknown: Counter[str] = member(default_factory=Counter)
    gaps: dict[str, tuple[int, list[Evidence]]] = member(default_factory=dict)
    last_bad: bool = False

    def take(self, index: int, byte_start: int, line: bytes) -> Record | None:
        """Count one line and give its record; None for a blank line and for one that is no record."""
        if not line.strip():
            return None
        self.records += 1
        self.head = extend_head(self.head, line)
        parsed = parse_line(line)
        self.last_bad = isinstance(parsed, LineFault)
        if not isinstance(parsed, LineFault):
            return Record(index, byte_start, byte_start + len(line), parsed)
        here = Evidence(record=index, byte_start=byte_start, byte_end=byte_start + len(line), pointer="")
        self.bad += 1
        self.skip(parsed.value)
        self.gap("oversized-line" if parsed is LineFault.OVERSIZED else "bad-line", here)
        return None

    def known_type(self, record: Record, known: frozenset[str]) -> str | None:
        """Give the record's type, or None for one that is not known or that redaction dropped: it is counted."""
        kind = record.fields.get("type")
        name = target(kind)[:64] if isinstance(kind, str) and kind else "(no type)"
        if name == DROPPED_TYPE:
            self.gap("dropped-record", here_of(record))
            self.skip(name)
            return None
        if name not in known:
            self.not_known(name)
            return None
        return name

    def not_known(self, name: str) -> None:
        """Count a record of a type that the reader does not know."""
        self.unknown[name if name in self.unknown or len(self.unknown) < _MAX_TYPES else "(further types)"] += 1
        self.skip(name)

    def skip(self, name: str) -> None:
        """Count a record without an event."""
        self.skipped[name if name in self.skipped or len(self.skipped) < _MAX_TYPES else "(further types)"] += 1

    def gap(self, kind: str, evidence: Evidence | None) -> None:
        """Count something that is missing."""
        count, places = self.gaps.setdefault(kind, (0, []))
        if evidence is not None and len(places) < _MAX_PLACES:
            places.append(evidence)
        self.gaps[kind] = (count + 1, places)

    def known_gaps(self) -> tuple[Gap, ...]:
        """Give the gaps by kind."""
        return tuple(
            Gap(kind=kind, count=count, evidence=tuple(spots)) for kind, (count, spots) in sorted(self.gaps.items())
        )

    def counts(self, events: int) -> Counts:
        """Give the counts, with the number of events."""
        return Counts(
            records=self.records,
            with_events=self.with_events,
            events=events,
            bytes=self.size_bytes,
            bad_lines=self.bad,
            unknown_types=_tallies(self.unknown),
            skipped=_tallies(self.skipped),
        )


def here_of(record: Record) -> Evidence:
    """Give the evidence of a whole record."""
    return Evidence(record=record.index, byte_start=record.byte_start, byte_end=record.byte_end, pointer="")


def _tallies(counter: Counter[str]) -> tuple[Tally, ...]:
    return tuple(Tally(name=name, count=count) for name, count in sorted(counter.items()))
