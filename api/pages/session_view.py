"""What the session page shows, made from the derived session and from what others know of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from api.pages.checklist import ChecklistView
from api.pages.diff_view import DiffView, diff_view
from api.pages.links import Link, attestation_href, change_set_href, commit_href, event_href, session_href, share_href
from api.pages.machine_view import MachineView
from api.pages.ribbon import Ribbon, ribbon
from api.pages.session_rows import (
    FindView,
    ReasonsView,
    RowLine,
    TranscriptPage,
    TranscriptView,
    find_view,
    reasons_view,
    row_line,
    transcript_view,
)
from api.pages.session_signals import Place, SignalCount, signal_counts
from api.pages.spans import Spans, spans
from api.pages.timeline import Beside, Item, Signal, Timeline, signals_of, timeline
from attest.model.answer import Mark, Row
from attest.model.answer_sections import SessionRows, sections_from_session
from attest.model.answer_words import NOT_KNOWN
from attest.model.change_set import ChangeSet
from attest.model.diff import FileDiff
from attest.model.explain import ExplainedHunk
from attest.model.plain_text import printable
from attest.model.reviewability import reviewability
from attest.model.session import Session

MAX_EVENTS: Final = 1_000
"""Events of one page of the timeline."""
BEFORE: Final = 3
"""Events shown before the one that was asked for."""
MAX_PINNED: Final = 100
"""Rows of routine shown because a hunk leads to them."""
MAX_HEADING_CHARS: Final = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSource:
    """All that the page of one session is made from."""

    id: str
    session: Session
    repository: str | None = None
    commits: tuple[str, ...] = ()
    attestation: str = ""
    verdict: Mark = Mark.NONE
    what: str = ""
    """One line beside the verdict: the tier and the rule that set it, or why there is no verdict."""
    proof: tuple[Row, ...] = ()
    """The proof lines, as in section 10 of the answer."""
    files: tuple[FileDiff, ...] | None = None
    """The diff of the commit; None where no clone was at hand."""
    hunks: tuple[ExplainedHunk, ...] = ()
    transcript: TranscriptPage | None = None
    """None when the reader may not see it."""
    first_event: int = 0
    at: int | None = None
    """The event that the page is to show; None: from `first_event` on."""
    first_hunk: int = 1
    find: str = ""
    """Words to look for in the events."""
    overlaps: tuple[Row, ...] | None = None
    """Sessions that touched the same paths meanwhile; None where nobody looked."""
    reviews: tuple[Row, ...] = ()
    checklist: ChecklistView | None = None
    """None where no commit is named: there is nothing that a review could be bound to."""
    change_sets: tuple[ChangeSet, ...] = ()
    """Sets that it is in now."""
    machine: MachineView | None = None
    """What a machine wrote about it; nothing else on the page is made from it."""
    own: bool = False
    """The reader ran it, and may let others learn from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofView:
    """One proof line in one word."""

    mark: str
    word: str
    text: Spans


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """The whole page."""

    id: str
    here: str
    heading: Spans
    title: str
    quoted: bool
    repository: str
    answers: tuple[Link, ...]
    change_sets: tuple[Link, ...]
    downloads: tuple[Link, ...]
    verdict: str
    what: Spans
    proof: tuple[ProofView, ...]
    ribbon: Ribbon
    counts: tuple[SignalCount, ...]
    items: tuple[Item, ...]
    anchors: frozenset[int]
    """Events that can be led to on this page."""
    earlier: str
    later: str
    diff: DiffView | None
    reasons: ReasonsView
    find: FindView | None
    decided: tuple[RowLine, ...]
    """Asked and decided: constraints, revisions, decisions, overrides, rejected paths."""
    runs: tuple[RowLine, ...]
    access: tuple[RowLine, ...]
    overlaps: tuple[RowLine, ...] | None
    unknown: tuple[RowLine, ...]
    reviews: tuple[RowLine, ...]
    checklist: ChecklistView | None
    machine: MachineView | None
    transcript: TranscriptView | None
    foot: str


def session_view(source: SessionSource) -> SessionView:
    """Give the page of a session."""
    session = source.session
    signals = signals_of(session)
    diff = diff_view(source.files, source.hunks, source.first_hunk) if source.files is not None else None
    course, first = _timeline(source, signals, diff)
    anchors = course.anchors

    def place(seq: int) -> str:
        return f"#e{seq}" if seq in anchors else event_href(source.id, seq)

    rows: SessionRows = sections_from_session(session, source.id)
    intent = session.intent.text if session.intent else "Intent not recorded"
    heading = _heading(intent)
    later = course.ends_at if course.ends_at is not None else first + MAX_EVENTS
    return SessionView(
        id=printable(source.id),
        here=session_href(source.id),
        heading=spans(heading),
        title=printable(heading),
        quoted=session.intent is not None,
        repository=printable(source.repository or "").removeprefix("git+https://"),
        answers=tuple(Link(label=printable(oid)[:8], href=commit_href(oid), code=True) for oid in source.commits[:8]),
        change_sets=tuple(Link(label=printable(one.name), href=change_set_href(one.id)) for one in source.change_sets),
        downloads=_downloads(source),
        verdict=source.verdict.value,
        what=spans(source.what),
        proof=tuple(ProofView(mark=row.mark.value, word=row.term, text=spans(row.shown_word)) for row in source.proof),
        ribbon=ribbon(session.events, signals),
        counts=_counts(source, signals, place),
        items=course.items,
        anchors=anchors,
        earlier=_page(source, first - MAX_EVENTS) if first else "",
        later=_page(source, later) if len(session.events) > later else "",
        diff=diff,
        reasons=reasons_view(reviewability(session)),
        find=find_view(session, source.find, place),
        decided=tuple(row_line(row, anchors) for row in (*rows.asked, *rows.decided)),
        runs=tuple(row_line(row, anchors) for row in rows.checked),
        access=tuple(row_line(row, anchors) for row in rows.reached),
        overlaps=None if source.overlaps is None else tuple(row_line(row) for row in source.overlaps),
        unknown=tuple(row_line(row) for row in rows.not_known),
        reviews=tuple(row_line(row) for row in source.reviews),
        checklist=source.checklist,
        machine=source.machine,
        transcript=transcript_view(source.transcript, source.id),
        foot=f"{session.counts.events:,} events from {session.counts.records:,} records, {session.counts.bytes:,} bytes",
    )


def _heading(intent: str) -> str:
    """Give the intent, or as many whole words of it as a heading holds."""
    if len(intent) <= MAX_HEADING_CHARS:
        return intent
    whole, space, _ = intent[:MAX_HEADING_CHARS].rpartition(" ")
    return (whole if space else intent[:MAX_HEADING_CHARS]) + "…"


def _timeline(source: SessionSource, signals: tuple[Signal, ...], diff: DiffView | None) -> tuple[Timeline, int]:
    hunks = diff.hunks_of if diff else {}
    first = source.first_event if source.at is None else max(0, source.at - BEFORE)
    pinned = frozenset((*sorted(hunks)[:MAX_PINNED], *(() if source.at is None else (source.at,))))
    shown = source.session.events[first : first + MAX_EVENTS]
    return timeline(shown, signals, Beside(pinned=pinned, hunks=hunks)), first


def _counts(source: SessionSource, signals: tuple[Signal, ...], place: Place) -> tuple[SignalCount, ...]:
    sourceless = sum(hunk.explanation.value == "unexplained" for hunk in source.hunks)
    number = NOT_KNOWN if source.files is None else f"{sourceless:,}"
    overlaps = NOT_KNOWN if source.overlaps is None else f"{len(source.overlaps):,}"
    return (
        *signal_counts(source.session, signals, place),
        SignalCount(count=number, label="hunks not explained", href="#changes"),
        SignalCount(count=overlaps, label="overlaps", href="#overlaps"),
    )


def _downloads(source: SessionSource) -> tuple[Link, ...]:
    links = [Link(label="JSON", href=f"/v1{session_href(source.id)}")] if session_href(source.id) else []
    if attestation_href(source.attestation):
        links.append(Link(label="Sigstore bundle", href=attestation_href(source.attestation)))
    if source.own:
        links.append(Link(label="Let others learn from it", href=share_href(source.id)))
    return tuple(links)


def _page(source: SessionSource, first: int) -> str:
    return f"{session_href(source.id)}?from={max(0, first)}"
