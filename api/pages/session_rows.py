"""Rows, transcript and search results of the session page, as a template prints them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from api.pages.links import Link, pointer_link, session_href
from api.pages.spans import Spans, spans
from attest.model.plain_text import printable, printable_lines
from attest.model.pointer import PointerKind
from attest.model.reviewability import Reason, against

if TYPE_CHECKING:
    from api.pages.session_signals import Place
    from attest.model.answer import Row
    from attest.model.pointer import Pointer
    from attest.model.session import Session

MAX_FOUND: Final = 40
"""Events that a search inside a session shows; the rest is counted."""
MAX_POINTERS: Final = 4
_MARKS: Final = {"yes": "kept", "no": "broken", "unknown": "not-known"}
_WORDS: Final = {"yes": "holds", "no": "does not hold", "unknown": "not known"}


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
    pointers: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptView:
    """One page of the transcript, with where the others are."""

    summary: str
    lines: tuple[str, ...]
    erased: bool
    open: bool
    previous: str
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundEvent:
    """One event whose words hold what was looked for."""

    seq: int
    href: str
    name: str
    preview: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindView:
    """What a search inside the session gave."""

    query: str
    summary: str
    rows: tuple[FoundEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonsView:
    """Whether the session can be reviewed, with every reason."""

    summary: str
    rows: tuple[RowLine, ...]


def row_line(row: Row, anchors: frozenset[int] = frozenset()) -> RowLine:
    """Give one row of the answer as this page prints it; `anchors` are the events that the page itself shows."""
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
        pointers=tuple(_pointer(one, anchors) for one in row.pointers[:MAX_POINTERS]),
    )


def _pointer(one: Pointer, anchors: frozenset[int]) -> Link:
    if one.kind is PointerKind.SECTION:
        return Link(label=printable(one.label))  # the sections are the answer's, not this page's
    if one.kind is PointerKind.EVENT and one.target.isdecimal() and int(one.target[:9]) in anchors:
        return Link(label=printable(one.label), href=f"#e{int(one.target[:9])}")
    return pointer_link(one, log="")


def reasons_view(reasons: tuple[Reason, ...]) -> ReasonsView:
    """Give the reviewability check: what does not hold first."""
    order = {"no": 0, "unknown": 1, "yes": 2}
    rows = sorted(reasons, key=lambda one: order[one.holds.value])
    missing, unknown = len(against(reasons)), sum(one.holds.value == "unknown" for one in reasons)
    return ReasonsView(
        summary=f"{len(reasons) - missing - unknown} of {len(reasons)} hold, {missing} do not, {unknown} not known",
        rows=tuple(
            RowLine(
                term=one.rule.replace("-", " "),
                mark=_MARKS[one.holds.value],
                word=_WORDS[one.holds.value],
                text=spans(one.says),
                note=spans(one.why),
                detail=(),
                settles=(),
                basis="",
            )
            for one in rows
        ),
    )


def find_view(session: Session, query: str, place: Place) -> FindView | None:
    """Look for words in what is shown of each event; None where nothing was asked for."""
    if not query:
        return None
    wanted = query.casefold()
    hits = [event for event in session.events if wanted in event.preview.casefold()]
    more = f", the first {MAX_FOUND} shown" if len(hits) > MAX_FOUND else ""
    return FindView(
        query=printable(query),
        summary=f"{len(hits):,} of {len(session.events):,} events{more}; looked for in the first 200 characters of each",
        rows=tuple(
            FoundEvent(
                seq=event.seq,
                href=place(event.seq),
                name=printable(event.tool or event.kind.value.replace("_", " ")),
                preview=printable(event.preview),
            )
            for event in hits[:MAX_FOUND]
        ),
    )


def transcript_view(page: TranscriptPage | None, session_id: str) -> TranscriptView | None:
    """Give one run of the transcript; None where the reader may not see it. Without words it only leads to its start."""
    if page is None:
        return None
    size = max(1, page.end - page.start)
    base = session_href(session_id)
    shown = f"bytes {page.start:,} to {page.end:,} of {page.total:,}" if page.end else f"{page.total:,} bytes"
    return TranscriptView(
        summary=f"Transcript, {shown}",
        lines=() if page.erased or not page.text else printable_lines(page.text),
        erased=page.erased,
        open=bool(page.text),
        previous=f"{base}?offset={max(0, page.start - size)}#transcript" if page.start else "",
        next=f"{base}?offset={page.end}#transcript" if page.end < page.total else "",
    )
