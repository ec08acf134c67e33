"""A report as PDF, set by typst: the document goes in as JSON data, so nothing in it can be markup.

typst is an extra of this program (`whereof[report]`) and is imported only here. It reads one template of ours and the data;
no font, package or file of this machine, unless a text has letters that its own fonts lack.
"""

from __future__ import annotations

import unicodedata
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from attest.canonical import canonical_json
from attest.errors import CannotVerify
from attest.evidence.report.chart import draw
from attest.evidence.report.document import Figure, Table, Terms, Words
from attest.model.plain_text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.evidence.report.document import Block, Document

PAPERS: Final = ("a4", "us-letter")
MAX_ROWS: Final = 5_000
"""Rows of a PDF, over all tables: beyond, the full report is made as HTML or JSON lines, which have no such limit."""
_TEMPLATE: Final = "report.typ"
_OWN_SCRIPTS: Final = ("LATIN", "GREEK", "CYRILLIC")


def pdf_of(document: Document, paper: str = "a4") -> bytes:
    """Give the PDF; equal documents give equal bytes with one version of typst, where its own fonts suffice.

    Raises:
        CannotVerify: `report.typst`: typst is not installed, or could not set the document; `report.too-long`.
    """
    try:
        import typst  # noqa: PLC0415  # an extra: everything else works without it
    except ImportError as err:
        raise CannotVerify("report.typst", "typst is not installed", expected="pip install 'whereof[report]'") from err
    _require_short(document)
    data = canonical_json(_plain(document)).decode()
    try:
        made = typst.compile(
            files(__package__).joinpath(_TEMPLATE).read_bytes(),
            sys_inputs={"report": data, "paper": paper},
            format="pdf",
            ignore_system_fonts=not needs_other_fonts(data),
        )
    except RuntimeError as err:
        raise CannotVerify("report.typst", "typst could not set the report", got=type(err).__name__) from err
    if not isinstance(made, bytes):
        raise CannotVerify("report.typst", "typst gave no PDF")
    return made


def needs_other_fonts(text: str) -> bool:
    """Tell whether a text has letters beyond Latin, Greek and Cyrillic: then this machine's fonts are asked too."""
    if text.isascii():
        return False
    letters = {one for one in text if not one.isascii() and unicodedata.category(one)[0] in "LM"}
    return any(not unicodedata.name(one, "").startswith((*_OWN_SCRIPTS, "COMBINING", "MODIFIER")) for one in letters)


def _require_short(document: Document) -> None:
    blocks = (block for section in document.sections for block in section.blocks)
    rows = sum(len(one.rows) for one in blocks if isinstance(one, Table | Terms))
    if rows > MAX_ROWS:
        raise CannotVerify("report.too-long", expected=f"<= {MAX_ROWS:,} rows", got=f"{rows:,}")


def _plain(document: Document) -> dict[str, object]:
    return {
        "title": printable(document.title),
        "sentence": printable(document.sentence),
        "subtitle": [printable(one) for one in document.subtitle],
        "sections": [
            {
                "number": str(one.number),
                "title": printable(one.title),
                "blocks": [row for block in one.blocks for row in _blocks(block, short=document.short)],
            }
            for one in document.sections
        ],
        "foot": [printable(one) for one in document.foot],
        "short": document.short,
    }


def _blocks(block: Block, *, short: bool) -> Iterator[dict[str, object]]:
    match block:
        case Words():
            yield {"kind": "words", "text": printable(block.text), "small": block.small}
        case Terms():
            rows = [[printable(cell) for cell in row] for row in block.rows]
            yield {"kind": "terms", "long": block.long, "rows": rows}
        case Table():
            yield _table(block)
        case Figure():
            if not block.grid.rows:
                yield {"kind": "words", "text": f"{block.title}: nothing to count.", "small": False}
                return
            yield {
                "kind": "figure",
                "title": printable(block.title),
                "summary": printable(block.summary),
                "svg": draw(block).text,
            }
            if not short:
                yield _table(block.table())


def _table(table: Table) -> dict[str, object]:
    if not table.rows:
        said = f"{table.title}: {table.empty[:1].lower()}{table.empty[1:]}"
        return {"kind": "words", "text": printable(said), "small": False}
    return {
        "kind": "table",
        "title": printable(table.title),
        "columns": [printable(one) for one in table.columns],
        "rows": [[printable(cell) for cell in row] for row in table.rows],
        "numbers": sorted(table.numbers),
        "code": sorted(table.code),
        "widths": list(table.widths),
    }
