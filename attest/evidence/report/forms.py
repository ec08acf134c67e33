"""The forms that a report is written in, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput
from attest.evidence.report.html import html_of
from attest.evidence.report.oscal import oscal_of
from attest.evidence.report.rows import csv_of, jsonl_of
from attest.evidence.report.sections import full_document, short_document

if TYPE_CHECKING:
    from attest.evidence.report.facts import ReportFacts

FORMS: Final = ("html", "pdf", "csv", "jsonl", "oscal")
PAPERS: Final = {"a4": "a4", "letter": "us-letter"}


def written(facts: ReportFacts, form: str, *, full: bool = False, paper: str = "a4") -> bytes:
    """Give a report's bytes. Equal facts give equal bytes in each form; of PDF, with one version of typst.

    Raises:
        InvalidInput: `input.usage`, no such form or paper.
        CannotVerify: `report.typst` or `report.too-long`, of PDF only.
    """
    if form not in FORMS or paper not in PAPERS:
        raise InvalidInput("input.usage", expected=", ".join((*FORMS, *PAPERS)), got=f"{form}, {paper}"[:80])
    if form == "csv":
        return csv_of(facts)
    if form == "jsonl":
        return jsonl_of(facts)
    if form == "oscal":
        return oscal_of(facts)
    document = full_document(facts) if full else short_document(facts)
    if form == "html":
        return html_of(document)
    from attest.evidence.report.pdf import pdf_of  # noqa: PLC0415  # an extra

    return pdf_of(document, PAPERS[paper])
