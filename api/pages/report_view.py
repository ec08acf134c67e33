"""What the page of a report shows: the blocks of the one-page report, with links where a commit or an entry is named."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from api.pages.coverage_view import Strip, strip_of
from api.pages.links import Link, commit_href
from attest.evidence.report.document import Figure, Table, Terms, Words
from attest.evidence.report.sections import short_document
from attest.evidence.report.tables import changes
from attest.model.plain_text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.evidence.report.document import Block
    from attest.evidence.report.facts import ReportFacts

CHANGES: Final = 4
"""Number of the section that lists changes, in the page as in the full report."""
MAX_CHANGES: Final = 50
"""Changes that the page lists; the full report has all."""
_ENTRY: Final = re.compile(r"#([0-9]{1,18})")
_OID: Final = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnView:
    """The head of a column."""

    title: str
    number: bool = False
    code: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TableView:
    """A table: each cell is one or more labels, some of which lead somewhere."""

    title: str
    columns: tuple[ColumnView, ...]
    rows: tuple[tuple[tuple[Link, ...], ...], ...]
    empty: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeksView:
    """Changes by week and state; weeks without a change are left out."""

    title: str
    rows: tuple[tuple[str, Strip], ...]
    whole: Strip


BlockView = TableView | Terms | WeeksView | Words


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """One numbered section."""

    number: int
    title: str
    blocks: tuple[tuple[str, BlockView], ...]
    """What it is (`words`, `terms`, `table`, `weeks`), and the block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """The page."""

    title: str
    repository: str
    sentence: str
    subtitle: tuple[str, ...]
    ends: tuple[Link, ...]
    sections: tuple[SectionView, ...]
    head: str
    notes: tuple[str, ...]
    downloads: tuple[Link, ...]


def report_view(facts: ReportFacts, name: str, as_of: int | None) -> ReportView:
    """Give the page of a report; `name` is the repository as the address has it."""
    document = short_document(facts)
    commits = {one.oid[:12]: one.oid for one in facts.changes}
    listed = {CHANGES: (changes(facts, most=MAX_CHANGES),)}
    head, *notes = document.foot
    return ReportView(
        title=document.title,
        repository=printable(name),
        sentence=document.sentence,
        subtitle=document.subtitle,
        ends=tuple(Link(label=one[:12], href=commit_href(one), code=True) for one in (facts.base, facts.tip)),
        sections=tuple(
            SectionView(
                number=one.number,
                title=one.title,
                blocks=tuple(_block(each, commits) for each in (*one.blocks, *listed.get(one.number, ()))),
            )
            for one in document.sections
        ),
        head=head,
        notes=tuple(notes),
        downloads=_downloads(f"/v1/repos/{quote(name)}/report/{facts.base}...{facts.tip}", as_of),
    )


def report_href(name: str, base: str, tip: str) -> str:
    """Give the page of the report on a range, two full oids, of a repository."""
    return f"/reports/{quote(name)}/{base}...{tip}"


def _downloads(file: str, as_of: int | None) -> tuple[Link, ...]:
    state = "" if as_of is None else f"&as_of={as_of}"
    forms = [
        ("in full", "html&full=true"),
        ("one page", "html"),
        ("CSV", "csv"),
        ("JSONL", "jsonl"),
        ("OSCAL", "oscal"),
    ]
    if find_spec("typst") is not None:
        forms.append(("PDF", "pdf"))
    return tuple(Link(label=label, href=f"{file}?format={form}{state}") for label, form in forms)


def _block(block: Block, commits: Mapping[str, str]) -> tuple[str, BlockView]:
    match block:
        case Words():
            return "words", block
        case Terms():
            return "terms", block
        case Figure():
            return "weeks", _weeks(block)
        case Table():
            return "table", _table(block, commits)


def _weeks(figure: Figure) -> WeeksView:
    grid = figure.grid
    counted = [
        (name, strip_of(zip(grid.columns, cells, strict=True)))
        for name, cells in zip(grid.rows, grid.cells, strict=True)
        if any(cells)
    ]
    whole = strip_of((name, grid.column(name)) for name in grid.columns)
    return WeeksView(title=figure.title, rows=tuple(counted), whole=whole)


def _table(table: Table, commits: Mapping[str, str]) -> TableView:
    return TableView(
        title=table.title,
        columns=tuple(
            ColumnView(title=name, number=at in table.numbers, code=at in table.code)
            for at, name in enumerate(table.columns)
        ),
        rows=tuple(tuple(_cell(text, commits) for text in row) for row in table.rows),
        empty=table.empty,
    )


def _cell(text: str, commits: Mapping[str, str]) -> tuple[Link, ...]:
    words = text.split(" ")
    if all(map(_ENTRY.fullmatch, words)):
        return tuple(Link(label=one, href=f"/search?q=entry:{one[1:]}") for one in words)
    href = commit_href(commits.get(text, "")) if _OID.fullmatch(text) else ""
    return (Link(label=printable(text), href=href),)
