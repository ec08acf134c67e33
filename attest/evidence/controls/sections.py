"""A control pack's answers over one range as a document: what each control asks, what was found, what that does not show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.evidence.controls.queries import ask
from attest.evidence.report import wording
from attest.evidence.report.document import Document, Section, Table, Terms, Words, shown
from attest.evidence.report.tables import evidence_terms

if TYPE_CHECKING:
    from attest.evidence.controls.pack import Control, Pack
    from attest.evidence.controls.queries import Hit, QueryResult
    from attest.evidence.report.document import Block
    from attest.evidence.report.facts import ReportFacts

SHORT_HITS: Final = 5
"""Exceptions listed for each question where the report is short."""


def control_document(facts: ReportFacts, pack: Pack, *, full: bool) -> Document:
    """Give the document: a section for each control, then the evidence and what is not known."""
    sections = [
        Section(number=number, title=one.id, blocks=_control(one, facts, None if full else SHORT_HITS))
        for number, one in enumerate(pack.controls, 1)
    ]
    count = len(sections)
    sections.append(Section(number=count + 1, title="Evidence", blocks=(Terms(rows=evidence_terms(facts)),)))
    sections.append(Section(number=count + 2, title="Not known", blocks=(Terms(rows=wording.not_known(facts)),)))
    return Document(
        title=f"{pack.title}: {facts.repository or 'a repository without a remote'}",
        sentence=wording.sentence(facts),
        subtitle=(*wording.subtitle(facts), f"Mapped to {pack.source}. {pack.note}"),
        sections=tuple(sections),
        foot=wording.foot(facts),
        short=False,
    )


def _control(one: Control, facts: ReportFacts, most: int | None) -> tuple[Block, ...]:
    results = tuple(ask(query, facts) for query in one.queries)
    size = facts.head.tree_size if facts.head else None
    terms = Terms(
        rows=(
            ("asks", one.asks),
            ("supported by", one.evidence),
            *((result.query, f"{result.asks} {result.says}") for result in results),
            ("does not show", one.not_shown),
        )
    )
    return (Words(text=one.title), terms, *(_hits(result, size, most) for result in results if _any(result)))


def _any(result: QueryResult) -> bool:
    return bool(result.exceptions or result.not_known)


def _hits(result: QueryResult, size: int | None, most: int | None) -> Table:
    rows = [(hit, "exception") for hit in result.exceptions] + [(hit, "not known") for hit in result.not_known]
    kept = rows[:most]
    more = f", the first {len(kept):,} of {len(rows):,}" if len(kept) < len(rows) else ""
    return Table(
        title=f"{result.query}{more}",
        columns=("what", "found", "why", "log entries"),
        rows=tuple(_row(hit, word, size) for hit, word in kept),
        code=frozenset((0,)),
    )


def _row(hit: Hit, word: str, size: int | None) -> tuple[str, ...]:
    what = hit.what if hit.what.startswith("ses_") else hit.what[:16]
    return (what, word, shown(hit.why), wording.indices(hit.log_indices, size))
