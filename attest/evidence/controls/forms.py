"""The forms that the answers of a control pack are written in, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput
from attest.evidence.controls.sections import control_document
from attest.evidence.report.forms import PAPERS
from attest.evidence.report.html import html_of
from attest.evidence.report.oscal import oscal_of

if TYPE_CHECKING:
    from attest.evidence.controls.pack import Pack
    from attest.evidence.report.facts import ReportFacts

FORMS: Final = ("html", "pdf", "oscal")


def written(facts: ReportFacts, pack: Pack, form: str, *, full: bool = False, paper: str = "a4") -> bytes:
    """Give the bytes of a pack's answers; equal facts give equal bytes.

    Raises:
        InvalidInput: `input.usage`, no such form or paper.
        CannotVerify: `report.typst` or `report.too-long`, of PDF only.
    """
    if form not in FORMS or paper not in PAPERS:
        raise InvalidInput("input.usage", expected=", ".join((*FORMS, *PAPERS)), got=f"{form}, {paper}"[:80])
    if form == "oscal":
        return oscal_of(facts, pack)
    document = control_document(facts, pack, full=full)
    if form == "html":
        return html_of(document)
    from attest.evidence.report.pdf import pdf_of  # noqa: PLC0415  # an extra

    return pdf_of(document, PAPERS[paper])
