"""Who read what: for those who audit the reading, and for whoever ran a session, about that session."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.auth import Myself, ReadsAccessLog
from api.lists import Page, described, page_reply
from api.openapi import READ, documented
from api.parameters import InPath
from api.routes.sessions import recordings_of
from api.schemas import Body
from api.service import ServiceHere
from attest.errors import Absent
from attest.store.access_records import MAX_ROWS, access_records

router = APIRouter(prefix="/v1", tags=["access"])
Before = Annotated[int | None, Query(ge=0, le=2**53)]


class AccessRecord(Body):
    """One reading. `index` is its entry in the log `access`, where all of it but the purpose's words is signed."""

    index: int
    record: dict[str, object]


class AccessRecords(Body):
    """Readings, newest first; `next` is the index to ask below, where there may be more."""

    data: tuple[AccessRecord, ...]
    next: int | None


@router.get(
    "/access-log",
    operation_id="access_log",
    responses=documented(AccessRecords, (*READ, "service.not-acceptable")) | described(AccessRecords),
)
def listing(
    request: Request,
    _caller: ReadsAccessLog,
    service: ServiceHere,
    before: Before = None,
) -> Response:
    """List who read what, newest first."""
    rows = access_records(service.instance.engine, service.instance.scope, before=before)
    return _reply(request, rows)


@router.get(
    "/sessions/{session}/access-log",
    operation_id="session_access_log",
    responses=documented(AccessRecords, (*READ, "service.not-found", "service.not-acceptable"))
    | described(AccessRecords),
)
def of_session(  # noqa: PLR0917  # whose, and which page
    request: Request, session: InPath, caller: Myself, service: ServiceHere, before: Before = None
) -> Response:
    """List who read a session, for the one who ran it."""
    instance = service.instance
    mine = caller.principal.owner or any(
        row.identity == caller.principal.name for row in recordings_of(service, session).rows
    )
    if not mine:
        raise Absent("service.not-found")
    return _reply(request, access_records(instance.engine, instance.scope, before=before, session_id=session))


def _reply(request: Request, rows: tuple[tuple[int, dict[str, object]], ...]) -> Response:
    # A page ends with an entry: one has at most as many records as a page.
    whole = rows if len(rows) < MAX_ROWS or len({index for index, _ in rows}) == 1 else _without_last(rows)
    data = tuple(AccessRecord(index=index, record=record) for index, record in whole)
    body = AccessRecords(data=data, next=data[-1].index if len(rows) == MAX_ROWS else None)
    return page_reply(request, Page(body=body, link="before"))


def _without_last(rows: tuple[tuple[int, dict[str, object]], ...]) -> tuple[tuple[int, dict[str, object]], ...]:
    return tuple(row for row in rows if row[0] != rows[-1][0])
