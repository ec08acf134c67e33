"""Reports over HTTP: how a control operated over a period, and what is recorded of a range, to read or to compute with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Final, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.accepts import chosen
from api.auth import Reads
from api.lists import CSV, LINES, Page, described, head_of, page_reply
from api.openapi import READ, documented
from api.parameters import LongInPath
from api.readings import Asked, Exporting, Told, record_access
from api.replies import NO_STORE
from api.report_bodies import ControlOperation, operation_body
from api.routes.bulk import clone_of, span_ends
from api.service import Service, ServiceHere
from api.turning import LISTED, AsOfSize
from attest.errors import Absent, InvalidInput, Refused
from attest.evidence.controls import forms as control_forms
from attest.evidence.controls.pack import load_pack, packs
from attest.evidence.report import forms as report_forms
from attest.usecases.control_operation import OperationRequest, control_operation
from attest.usecases.population_question import moment
from attest.usecases.range_report import report_of_log

if TYPE_CHECKING:
    from attest.evidence.report.facts import ReportFacts

router = APIRouter(prefix="/v1", tags=["reports"])
MAX_PAGE: Final = 1_000
MEDIA: Final = {
    "html": "text/html",
    "pdf": "application/pdf",
    "csv": CSV,
    "jsonl": LINES,
    "oscal": "application/json",
}
"""What each form of a report is."""
_ENDINGS: Final = {"oscal": "json"}
_FOUND: Final = ("input.usage", "input.too-large", "ledger.range", "git.no-such-revision", "git.failed")
_REPORTED: Final = (*READ, "service.not-found", "service.not-acceptable", "service.too-many", "service.access-log")
Day = Annotated[str, Query(min_length=10, max_length=40, description="A moment, RFC 3339; or a day, UTC.")]
Revision = Annotated[str, Query(max_length=200, pattern=r"^([A-Za-z0-9._/~^@{][A-Za-z0-9._/~^@{}-]*)?$")]
Form = Annotated[Literal["html", "pdf", "csv", "jsonl", "oscal"] | None, Query(alias="format")]


@router.get(
    "/controls/operation",
    operation_id="control_operation",
    responses=documented(ControlOperation, (*LISTED, *_FOUND)) | described(ControlOperation),
)
def operation(  # noqa: PLR0913  # of what, when, by which rule, in which state, which page
    request: Request,
    _caller: Reads,
    service: ServiceHere,
    *,
    repository: Annotated[str, Query(max_length=400, description="As its statements name it.")],
    since: Day,
    until: Day,
    rule: Annotated[str, Query(max_length=64, pattern=r"^[A-Za-z0-9._-]*$")] = "",
    branch: Revision = "",
    as_of: AsOfSize = None,
    after: Annotated[
        str, Query(pattern=r"^([0-9a-f]{40}(?:[0-9a-f]{24})?)?$", description="The change before the page.")
    ] = "",
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 100,
) -> Response:
    """Give how the policy, or one rule of it, stood to each change that landed from `since` on and before `until`.

    Changes are steps of the branch, newest first, in a clone that the service was started with; 10,000 at most. Name
    `branch` by its id to turn pages while it moves.
    """
    start, end = moment(since), moment(until)
    if start is None or end is None:  # neither is empty
        raise InvalidInput("input.usage")
    found = control_operation(
        service.instance,
        OperationRequest(
            repository=clone_of(service, repository),
            start=start,
            end=end,
            rule=rule,
            branch=branch,
            tree_size=_size(service, as_of),
        ),
    )
    changes = found.operation.changes
    names = [one.change.oid for one in changes]
    if after and after not in names:
        raise InvalidInput("input.usage", "no such change in this period", got=after[:12])
    first = names.index(after) + 1 if after else 0
    page = changes[first : first + limit]
    following = page[-1].change.oid if page and first + limit < len(changes) else None
    return page_reply(request, Page(body=operation_body(found, page, following), link="after"))


@router.get(
    "/repos/{repository:path}/report/{span}",
    operation_id="report",
    response_class=Response,
    responses=documented(None, (*_REPORTED, *_FOUND, "report.typst", "report.too-long"))
    | {200: {"description": "The report, as a file.", "content": {name: {} for name in MEDIA.values()}}},
)
def report(  # noqa: PLR0913, PLR0917  # of which range, in which form and state
    request: Request,
    repository: LongInPath,
    span: LongInPath,
    asked: Exporting,
    service: ServiceHere,
    *,
    form: Form = None,
    pack: Annotated[str, Query(max_length=40, description="Answer the controls of this pack instead.")] = "",
    full: bool = False,
    paper: Literal["a4", "letter"] = "a4",
    as_of: AsOfSize = None,
) -> Response:
    """Give what is recorded of `base...head`, 1,000 commits at most, as one file: by `format`, else by `Accept`.

    The range is judged in a clone that the service was started with, by the evidence of this log. It supports a test by
    an auditor; it is no opinion on any control.
    """
    if pack and pack not in packs():
        raise Absent("service.not-found")
    forms = control_forms.FORMS if pack else report_forms.FORMS
    form_ = form or _by_type(request, forms)
    with judged(service, asked, (repository, span), as_of) as facts:
        if pack:
            data = control_forms.written(facts, load_pack(pack), form_, full=full, paper=paper)
        else:
            data = report_forms.written(facts, form_, full=full, paper=paper)
    ending = _ENDINGS.get(form_, form_)
    name = f"{pack or 'report'}-{facts.base[:12]}-{facts.tip[:12]}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Whereof-Facts": f"sha256:{facts.digest}"}
    return Response(data, media_type=MEDIA[form_], headers=headers | NO_STORE | {"Vary": "Accept"})


def _size(service: Service, as_of: int | None) -> int | None:
    state = head_of(service, as_of)
    return None if state is None else state.tree_size


def _by_type(request: Request, forms: tuple[str, ...]) -> str:
    offered = {MEDIA[name]: name for name in forms}
    return offered[chosen(request.headers.get("accept", ""), tuple(offered)).media_type]


@contextmanager
def judged(service: Service, asked: Asked, of: tuple[str, str], as_of: int | None) -> Iterator[ReportFacts]:
    """Give the facts of a repository's range, recorded as given, in one of the few places for reports.

    Raises:
        Absent: `service.not-found`, there is no such clone, or it is not the caller's to see.
        InvalidInput: as `report_of_log`.
        Refused: `service.too-many`, all places are taken; `service.access-log`.
    """
    clone = clone_of(service, of[0])
    if not service.reports.acquire(blocking=False):
        raise Refused("service.too-many")
    try:
        facts = report_of_log(service.instance, clone, span_ends(clone, of[1]), _size(service, as_of))
        size = facts.head.tree_size if facts.head else None
        record_access(service, asked, Told(rows=len(facts.changes), tree_size=size))
        yield facts
    finally:
        service.reports.release()
