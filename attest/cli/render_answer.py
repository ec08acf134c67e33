"""The answer for a commit as text for a terminal: the same order and words as the page, readable without colour.

Enclosed marks are verdicts, open marks are facts in the record, as on the page. Every text passes `printable`.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from attest.model.answer import NOT_KNOWN, Answer, Basis, ChangedPath, Mark, Pointer, RecordedTime, Row, Section
from attest.model.answer_words import (
    CHANGED_HEAD,
    EARLIEST_OUTSIDE,
    NO_REPOSITORY,
    NO_SUBJECT,
    NOT_RECORDED_STEPS,
    RECORDED_HEAD,
    as_of_line,
    number_text,
    policy_line,
    recorded_time_text,
)
from attest.model.plain_text import columns, printable
from attest.model.row_table import aligned, wrapped

MIN_WIDTH, MAX_WIDTH = 60, 120
"""Columns: narrower terminals get lines of `MIN_WIDTH`, wider ones keep lines short enough to read."""
_TERM = 21
_WORD = 19
_INDENT = 4
_NO_BREAK = "\u00a0"


class Style(Enum):
    """Whether the text may carry ANSI colour; files and pipes get `PLAIN`."""

    PLAIN = "plain"
    COLOUR = "colour"


_GLYPHS = {
    Mark.KEPT: " ✓ ",
    Mark.PASSED: " ✓ ",
    Mark.BROKEN: " × ",
    Mark.FAILED: " × ",
    Mark.INCONCLUSIVE: " ~ ",
    Mark.CLAIMED: ' " ',
    Mark.NOT_KNOWN: " ? ",
    Mark.PASS: "(✓)",
    Mark.POLICY: "<->",
    Mark.INVALID: "[X]",
    Mark.ABSENT: "( )",
    Mark.INDETERMINATE: "(/)",
    Mark.NONE: "",
}
_SGR = {Mark.PASS: "32", Mark.POLICY: "33", Mark.INVALID: "1;31", Mark.ABSENT: "34", Mark.INDETERMINATE: "35"}


def render_answer(answer: Answer, *, width: int = 100, style: Style = Style.PLAIN) -> str:
    """Give the whole answer as text ending in a line end; only long words and paths pass `width`."""
    width = max(MIN_WIDTH, min(MAX_WIDTH, width))
    lines = [*_head(answer, width, style)]
    for section in answer.sections:
        lines += ["", f"{section.number:>2} {_bold(section.title, style)}", *_section(section, width, style)]
    lines += ["", *wrapped(_plain(as_of_line(answer)), width)]
    return "\n".join(lines) + "\n"


def _head(answer: Answer, width: int, style: Style) -> Iterator[str]:
    for line in wrapped(_plain(answer.sentence), width):
        yield _bold(line, style)
    commit = answer.commit
    yield ""
    yield f"commit {printable(commit.oid)}"
    yield from _hanging(" " * 7, _plain(commit.subject if commit.subject is not None else NO_SUBJECT), width)
    yield from _hanging(" " * 7, _plain(commit.repository or NO_REPOSITORY), width)
    yield ""
    verdict = answer.verdict
    mark = Mark(verdict.word.value)
    reasons = ", ".join(f"{reason.text} ({reason.section})" for reason in verdict.reasons)
    what = f"{verdict.what}: {reasons}." if reasons else verdict.what
    yield from _hanging(_marked(mark, verdict.word.value, style), _plain(what), width, indent=_WORD)
    yield from _hanging(" " * _WORD, _plain(policy_line(verdict)), width)
    if answer.next_steps:
        yield ""
        yield _bold(NOT_RECORDED_STEPS, style)
        for step in answer.next_steps:
            yield from _hanging(" " * _INDENT, _plain(f"{step.when}:"), width)
            yield f"{' ' * _INDENT * 2}{_plain(step.command)}{', ' + _plain(step.note) if step.note else ''}"


def _section(section: Section, width: int, style: Style) -> Iterator[str]:
    if section.number == NOT_KNOWN:
        for row in section.rows:
            yield from _unknown(row, width, style)
        return
    for row in section.rows:
        yield from _row(row, width, style)
        if section.changed and row is section.rows[0]:
            yield from _changed(section.changed, width)
    if section.changed and not section.rows:
        yield from _changed(section.changed, width)
    if section.recorded:
        yield from _recorded(section.recorded, width)


def _row(row: Row, width: int, style: Style) -> Iterator[str]:
    lead = f"{' ' * _INDENT}{_plain(row.term)}"
    lead += " " * max(1, _INDENT + _TERM - columns(lead))
    text = _said(row)
    source = _source(row.pointers, row.basis)
    if row.mark is Mark.NONE:
        yield from _hanging(lead, " ".join(filter(None, (text, source))), width, indent=_INDENT + _TERM)
    else:
        lead += _marked(row.mark, row.shown_word, style)
        text = " ".join(filter(None, (text, source)))
        yield from _hanging(lead, text, width, indent=_INDENT + _TERM + _WORD)
    if row.detail:
        yield from _hanging(" " * (_INDENT + _TERM), _plain(row.detail), width)


def _unknown(row: Row, width: int, style: Style) -> Iterator[str]:
    lead = " " * (_INDENT - 1) + _GLYPHS[row.mark]
    yield from (_bold(line, style) for line in _hanging(lead, _plain(row.text), width))
    indent = " " * (_INDENT + 2)
    source = _source(row.pointers, None)
    if row.detail or source:
        yield from _hanging(indent, " ".join(filter(None, (_plain(row.detail), source))), width)
    yield from _hanging(indent, f"settled by: {_plain(row.settles)}", width)


def _said(row: Row) -> str:
    quote = f"“{_plain(row.quote)}”" if row.quote else ""
    note = f"({_plain(row.note)})" if row.note and (row.text or row.quote) else _plain(row.note)
    return " ".join(filter(None, (_plain(row.text), quote, note)))


def _source(pointers: tuple[Pointer, ...], basis: Basis | None) -> str:
    """Give pointers and basis in brackets, joined by no-break spaces so that wrapping keeps them together."""
    labels = " ".join(_plain(pointer.label) for pointer in pointers)
    inside = ", ".join(filter(None, (labels, basis.value if basis else "")))
    return f"[{inside}]".replace(" ", _NO_BREAK) if inside else ""


def _changed(paths: tuple[ChangedPath, ...], width: int) -> Iterator[str]:
    rows: list[tuple[str, ...]] = [CHANGED_HEAD]
    for path in paths:
        counts = (path.added, path.removed, path.explained, path.outside, path.not_explained)
        rows.append((printable(path.path), *(number_text(count) for count in counts)))
    lines = tuple(" " * _INDENT * 2 + line for line in aligned(rows, right=frozenset(range(1, 6))))
    if max(map(columns, lines)) <= width:
        yield from lines
        return
    for name, *numbers in rows[1:]:
        yield " " * _INDENT * 2 + name
        words = ", ".join(f"{count} {head}" for head, count in zip(CHANGED_HEAD[1:], numbers, strict=True))
        yield from _hanging(" " * _INDENT * 3, words, width)


def _recorded(times: tuple[RecordedTime, ...], width: int) -> Iterator[str]:
    rows: list[tuple[str, ...]] = [("", *RECORDED_HEAD, "")]
    for moment in times:
        clock = _plain(moment.clock) + (f", {EARLIEST_OUTSIDE}" if moment.earliest_outside else "")
        source = _source(moment.pointers, moment.basis)
        rows.append((_plain(moment.what), recorded_time_text(moment), _plain(moment.relation), clock, source))
    lines = tuple(" " * _INDENT + line.replace(_NO_BREAK, " ") for line in aligned(rows, right=frozenset()))
    if max(map(columns, lines)) <= width:
        yield from lines
        return
    for what, time, relation, clock, source in rows[1:]:
        lead = f"{' ' * _INDENT}{what}"
        lead += " " * max(1, _INDENT + _TERM - columns(lead))
        rest = "; ".join(filter(None, (f"{time} UTC" if time[0].isdigit() else time, relation, clock)))
        yield from _hanging(lead, f"{rest} {source}", width, indent=_INDENT + _TERM)


def _hanging(lead: str, text: str, width: int, *, indent: int | None = None) -> Iterator[str]:
    """Give `lead` and the wrapped text beside it; `indent` is the lead's visible width where it holds ANSI."""
    indent = columns(lead) if indent is None else indent
    lines = wrapped(text, max(24, width - indent)) or ("",)
    yield (lead + lines[0]).rstrip().replace(_NO_BREAK, " ")
    yield from ((" " * indent + line).replace(_NO_BREAK, " ") for line in lines[1:])


def _marked(mark: Mark, word: str, style: Style) -> str:
    cell = f"{_GLYPHS[mark]} {word}"
    padding = " " * max(1, _WORD - columns(cell))
    code = _SGR.get(mark)
    return f"\x1b[{code}m{cell}\x1b[0m{padding}" if code and style is Style.COLOUR else cell + padding


def _bold(text: str, style: Style) -> str:
    return f"\x1b[1m{text}\x1b[0m" if style is Style.COLOUR else text


def _plain(text: str) -> str:
    """Give the text printable, runs of spaces as one."""
    return " ".join(printable(text).split())
