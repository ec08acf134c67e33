"""What the session page shows, made from the derived session and from what others know of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from api.pages.diff_view import DiffView, diff_view
from api.pages.links import Link, attestation_href, commit_href, session_href
from api.pages.ribbon import Ribbon, ribbon
from api.pages.spans import Spans, spans
from api.pages.timeline import Item, Signal, signals_of, timeline
from attest.model.answer import Mark, Row
from attest.model.answer_sections import SessionRows, sections_from_session
from attest.model.answer_words import NOT_KNOWN
from attest.model.diff import FileDiff
from attest.model.explain import ExplainedHunk
from attest.model.plain_text import printable, printable_lines
from attest.model.session import EventKind, Session

MAX_EVENTS: Final = 1_000
"""Events of one page of the timeline."""
MAX_HEADING_CHARS: Final = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptPage:
    """A run of bytes of the redacted transcript; `text` is hostile."""

    start: int
    end: int
    total: int
    text: str
    erased: bool = False
    """True when the part was erased: a tombstone is shown in its place."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalCount:
    """One number under the ribbon; zeros are kept, and what was not counted says so."""

    count: str
    label: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofView:
    """One proof line in one word."""

    mark: str
    word: str
    text: Spans


@dataclass(frozen=True, slots=True, kw_only=True)
class RowLine:
    """One row of the access and not-known tabs."""

    term: str
    mark: str
    word: str
    text: Spans
    note: Spans
    detail: Spans
    settles: Spans
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptView:
    """One page of the transcript, with where the others are."""

    summary: str
    lines: tuple[str, ...]
    erased: bool
    previous: str
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """The whole page."""

    id: str
    heading: Spans
    title: str
    quoted: bool
    repository: str
    answers: tuple[Link, ...]
    downloads: tuple[Link, ...]
    verdict: str
    what: Spans
    proof: tuple[ProofView, ...]
    ribbon: Ribbon
    counts: tuple[SignalCount, ...]
    items: tuple[Item, ...]
    earlier: str
    later: str
    diff: DiffView | None
    decided: tuple[RowLine, ...]
    """Asked and decided: constraints, revisions, decisions, overrides, rejected paths."""
    runs: tuple[RowLine, ...]
    access: tuple[RowLine, ...]
    unknown: tuple[RowLine, ...]
    transcript: TranscriptView | None
    foot: str


def session_view(source: SessionSource) -> SessionView:
    """Give the page of a session."""
    session = source.session
    signals = signals_of(session)
    shown = session.events[source.first_event : source.first_event + MAX_EVENTS]
    rows: SessionRows = sections_from_session(session, source.id)
    intent = session.intent.text if session.intent else "Intent not recorded"
    heading = intent if len(intent) <= MAX_HEADING_CHARS else intent[:MAX_HEADING_CHARS] + "…"
    return SessionView(
        id=printable(source.id),
        heading=spans(heading),
        title=printable(heading),
        quoted=session.intent is not None,
        repository=printable(source.repository or ""),
        answers=tuple(Link(label=printable(oid)[:8], href=commit_href(oid), code=True) for oid in source.commits),
        downloads=_downloads(source),
        verdict=source.verdict.value,
        what=spans(source.what),
        proof=tuple(ProofView(mark=row.mark.value, word=row.term, text=spans(row.shown_word)) for row in source.proof),
        ribbon=ribbon(session.events, signals),
        counts=_counts(source, signals),
        items=timeline(shown, signals),
        earlier=_page(source, source.first_event - MAX_EVENTS) if source.first_event else "",
        later=_page(source, source.first_event + MAX_EVENTS)
        if len(session.events) > source.first_event + MAX_EVENTS
        else "",
        diff=diff_view(source.files, source.hunks) if source.files is not None else None,
        decided=tuple(_row(row) for row in (*rows.asked, *rows.decided)),
        runs=tuple(_row(row) for row in rows.checked),
        access=tuple(_row(row) for row in rows.reached),
        unknown=tuple(_row(row) for row in rows.not_known),
        transcript=_transcript(source),
        foot=f"{session.counts.events:,} events from {session.counts.records:,} records, {session.counts.bytes:,} bytes",
    )


def _counts(source: SessionSource, signals: tuple[Signal, ...]) -> tuple[SignalCount, ...]:
    labels = (
        ("intent", "intent"),
        ("plan", "plan versions"),
        ("override", "overrides"),
        ("rejected", "rejected paths"),
        ("broken", "constraint breaks"),
        ("failed", "failed runs"),
        ("passed", "passed runs"),
        ("inconclusive", "inconclusive"),
        ("claimed", "claimed only"),
        ("secret", "secret reads"),
    )
    counts = []
    for kind, label in labels:
        found = [signal for signal in signals if signal.kind == kind]
        counts.append(SignalCount(count=f"{len(found):,}", label=label, href=f"#e{found[0].seq}" if found else ""))
    sourceless = sum(hunk.explanation.value == "unexplained" for hunk in source.hunks)
    number = NOT_KNOWN if source.files is None else f"{sourceless:,}"
    counts.append(SignalCount(count=number, label="hunks not explained", href="#changes"))
    compactions = sum(event.kind is EventKind.COMPACTION for event in source.session.events)
    counts.append(SignalCount(count=f"{compactions:,}", label="compactions", href=""))
    return tuple(counts)


def _downloads(source: SessionSource) -> tuple[Link, ...]:
    links = [Link(label="JSON", href=f"/v1{session_href(source.id)}")] if session_href(source.id) else []
    if attestation_href(source.attestation):
        links.append(Link(label="Sigstore bundle", href=attestation_href(source.attestation)))
    return tuple(links)


def _page(source: SessionSource, first: int) -> str:
    return f"{session_href(source.id)}?from={max(0, first)}"


def _row(row: Row) -> RowLine:
    quote = f"“{row.quote}”" if row.quote else ""
    return RowLine(
        term=printable(row.term),
        mark=row.mark.value,
        word=row.shown_word,
        text=spans(" ".join(filter(None, (row.text, quote)))),
        note=spans(row.note),
        detail=spans(row.detail),
        settles=spans(row.settles),
        basis=row.basis.value if row.basis else "",
    )


def _transcript(source: SessionSource) -> TranscriptView | None:
    page = source.transcript
    if page is None:
        return None
    size = max(1, page.end - page.start)
    base = session_href(source.id)
    return TranscriptView(
        summary=f"Transcript, bytes {page.start:,} to {page.end:,} of {page.total:,}",
        lines=() if page.erased else printable_lines(page.text),
        erased=page.erased,
        previous=f"{base}?offset={max(0, page.start - size)}#transcript" if page.start else "",
        next=f"{base}?offset={page.end}#transcript" if page.end < page.total else "",
    )
