"""The pages of reports on a range: the form that asks, and the one-page report with its links."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.auth import Reads
from api.clones import clone_named, clones_of
from api.pages.render import render
from api.pages.report_view import report_href, report_view
from api.pages.workspace import page_of
from api.parameters import LongInPath
from api.readings import Exporting
from api.replies import NO_STORE
from api.routes.reports import Revision, judged
from api.service import ServiceHere
from api.turning import AsOfSize
from attest.errors import InvalidInput

router = APIRouter(include_in_schema=False)


@router.get("/reports")
def ask(
    caller: Reads,
    service: ServiceHere,
    *,
    repo: Annotated[str, Query(max_length=400)] = "",
    base: Revision = "",
    head: Revision = "",
) -> Response:
    """Give the form; with a range, lead to its report, both ends by their full ids."""
    page, clones = page_of(service, caller, "Coverage"), clones_of(service)
    if not clones:
        return HTMLResponse(render("no_clone.html", page, what="A report"), headers=NO_STORE)
    if not base and not head:
        text = render("reports.html", page, clones=tuple(one.name for one in clones))
        return HTMLResponse(text, headers=NO_STORE)
    if not base or not head:
        raise InvalidInput("input.usage", "a range has two ends", expected="a commit, branch or tag for each")
    clone = clone_named(clones, repo)
    ends = clone.repository.resolve(base), clone.repository.resolve(head)
    return RedirectResponse(report_href(clone.name, *ends), status_code=303, headers=NO_STORE)


@router.get("/reports/{repository:path}/{span}")
def report(
    repository: LongInPath, span: LongInPath, asked: Exporting, service: ServiceHere, *, as_of: AsOfSize = None
) -> Response:
    """Give what is recorded of `base...head`, 1,000 commits at most: the facts of the file, as a page."""
    with judged(service, asked, (repository, span), as_of) as facts:
        view = report_view(facts, repository, as_of)
    text = render("report.html", page_of(service, asked.caller, "Coverage"), view=view)
    return HTMLResponse(text, headers=NO_STORE)
