"""What the answer page shows: an `Answer` with its texts cut into spans and its pointers turned into links."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from api.pages.links import Link, attestation_href, pointer_link
from api.pages.spans import Spans, spans
from attest.model.answer import NOT_KNOWN, PROOF_LINES, Answer, ChangedPath, Mark, RecordedTime, Row, Section
from attest.model.answer_words import (
    CHANGED_HEAD,
    EARLIEST_OUTSIDE,
    NO_SUBJECT,
    RECORDED_HEAD,
    as_of_line,
    number_text,
    policy_line,
    recorded_time_text,
)
from attest.model.plain_text import printable

_EVIDENCE: Final = 10
_SIGNS: Final = {"+": "+", "-": "−"}
_OWN_GROUP: Final = frozenset({"rule", "list"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """One row of a section."""

    term: str
    mark: str
    word: str
    text: Spans
    quote: Spans
    lines: tuple[tuple[str, str], ...]
    """What the quote is, line by line, where it is a short diff: a sign and a line."""
    note: Spans
    detail: Spans
    settles: Spans
    pointers: tuple[Link, ...]
    basis: str
    gap: bool
    """True where half a line of space sets the row off from the one above."""
    proof: str
    """Name of the proof line, for the browser's own check; empty for other rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A number as shown."""

    text: str
    zero: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PathView:
    """One changed path with its counts, in the order of `CHANGED_HEAD`."""

    path: str
    counts: tuple[Count, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentView:
    """One recorded time."""

    what: str
    time: str
    relation: str
    clock: Spans
    earliest: str
    pointers: tuple[Link, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """One numbered section."""

    number: int
    title: str
    unknown: bool
    """True for section 11, which is laid out as what, why and what would settle it."""
    rows: tuple[RowView, ...]
    changed: tuple[PathView, ...]
    changed_head: tuple[str, ...]
    recorded: tuple[MomentView, ...]
    recorded_head: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictView:
    """The verdict under the sentence."""

    mark: str
    what: Spans
    reasons: tuple[Link, ...]
    policy: Spans


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """One thing a reader can do about a missing record."""

    when: str
    command: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserCheck:
    """What a browser needs to check proof lines itself. With it, no line of this server is shown as passed."""

    origin: str
    log: str
    """Path on this server below which the log's own interfaces are."""
    root: str
    """Path that gives the trusted root as this server shows it: pinned by the browser at its first visit."""
    revocations: str
    """Path that gives the list of revoked authorities that this server goes by."""
    bundle: str
    """Path on this server that gives the Sigstore bundle as JSON."""
    command: str
    """The command that checks everything, such as `whereof verify <oid>`."""
    attestation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerView:
    """The whole page."""

    sentence: str
    oid: str
    subject: str
    repository: str
    verdict: VerdictView
    next_steps: tuple[StepView, ...]
    sections: tuple[SectionView, ...]
    as_of: Spans
    downloads: tuple[Link, ...]
    check: BrowserCheck | None


def answer_view(answer: Answer, check: BrowserCheck | None = None) -> AnswerView:
    """Give the page of an answer; with `check`, proof lines wait for the browser's own result."""
    log = answer.as_of.log if answer.as_of else ""
    return AnswerView(
        sentence=printable(answer.sentence),
        oid=printable(answer.commit.oid),
        subject=NO_SUBJECT if answer.commit.subject is None else printable(answer.commit.subject),
        repository=printable(answer.commit.repository or ""),
        verdict=VerdictView(
            mark=answer.verdict.word.value,
            what=spans(answer.verdict.what),
            reasons=tuple(
                Link(label=printable(reason.text), href=f"#s{reason.section}") for reason in answer.verdict.reasons
            ),
            policy=spans(policy_line(answer.verdict)),
        ),
        next_steps=tuple(
            StepView(when=printable(step.when), command=printable(step.command), note=printable(step.note))
            for step in answer.next_steps
        ),
        sections=tuple(_section(_unchecked(section) if check else section, log) for section in answer.sections),
        as_of=spans(as_of_line(answer)),
        downloads=_downloads(answer),
        check=check,
    )


def _downloads(answer: Answer) -> tuple[Link, ...]:
    oid = answer.commit.oid
    links = [Link(label="JSON", href=f"/v1/commits/{oid}")] if oid.isalnum() and oid.isascii() else []
    if answer.attestations and (bundle := attestation_href(answer.attestations[0])):
        links.append(Link(label="Sigstore bundle", href=bundle))
    return tuple(links)


def _unchecked(section: Section) -> Section:
    """Give section 10 as long as the browser has checked nothing: this server's own word is quoted, not marked."""
    if section.number != _EVIDENCE:
        return section
    rows = tuple(
        replace(row, mark=Mark.INDETERMINATE, word="not checked", text=f"This server says: {row.text}")
        if row.term in PROOF_LINES and row.mark is Mark.PASS
        else row
        for row in section.rows
    )
    return replace(section, rows=rows)


def _section(section: Section, log: str) -> SectionView:
    rows = []
    previous: Row | None = None
    for row in section.rows:
        rows.append(_row(row, previous, section.number, log))
        previous = row
    return SectionView(
        number=section.number,
        title=section.title,
        unknown=section.number == NOT_KNOWN,
        rows=tuple(rows),
        changed=tuple(_path(path) for path in section.changed),
        changed_head=CHANGED_HEAD,
        recorded=tuple(_moment(moment, log) for moment in section.recorded),
        recorded_head=RECORDED_HEAD,
    )


def _row(row: Row, previous: Row | None, number: int, log: str) -> RowView:
    return RowView(
        term=printable(row.term),
        mark=row.mark.value,
        word=row.shown_word,
        text=spans(row.text),
        quote=() if row.lines else spans(row.quote),
        lines=tuple((_SIGNS.get(line[:1], ""), printable(line[1:].strip())) for line in row.lines),
        note=() if row.lines else spans(row.note),
        detail=spans(row.detail),
        settles=spans(row.settles),
        pointers=tuple(pointer_link(pointer, log=log) for pointer in row.pointers),
        basis=row.basis.value if row.basis else "",
        gap=_has_gap(row, previous),
        proof=row.term if number == _EVIDENCE and row.term in PROOF_LINES else "",
    )


def _has_gap(row: Row, previous: Row | None) -> bool:
    """Rules stand apart, and so does what follows or begins a quotation; marked rows of one kind stay together."""
    if previous is None or not row.term:
        return False
    if row.term in _OWN_GROUP:
        return previous.term != row.term
    quoted = (previous.quote or row.quote) and not (previous.mark is row.mark or row.mark.value == "claimed")
    return bool(quoted or (row.quote and row.mark.value == "none"))


def _path(path: ChangedPath) -> PathView:
    numbers = (path.added, path.removed, path.explained, path.outside, path.not_explained)
    counts = tuple(Count(text=number_text(number), zero=not number) for number in numbers)
    return PathView(path=printable(path.path), counts=counts)


def _moment(moment: RecordedTime, log: str) -> MomentView:
    return MomentView(
        what=printable(moment.what),
        time=recorded_time_text(moment),
        relation=printable(moment.relation),
        clock=spans(moment.clock),
        earliest=EARLIEST_OUTSIDE if moment.earliest_outside else "",
        pointers=tuple(pointer_link(pointer, log=log) for pointer in moment.pointers),
    )
