"""The plain pages: sessions by entry, the state of the log, what is never claimed."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse, Response

from api.auth import Open, Reads
from api.pages.plain_views import LIMITS, LogState, Recorded, log_view, sessions_view
from api.pages.render import DEFAULT_PAGE, render
from api.replies import NO_STORE
from api.routes.logs import health_of
from api.routes.sessions import DEFAULT_LIMIT, page_of
from api.service import ServiceHere
from attest.model.answer import AsOf

router = APIRouter(include_in_schema=False)


@router.get("/sessions")
def sessions(
    _caller: Reads, service: ServiceHere, cursor: Annotated[str | None, Query(max_length=1024)] = None
) -> Response:
    """Give a page of recordings."""
    found = page_of(service, DEFAULT_LIMIT, cursor)
    rows = tuple(
        Recorded(
            session=row.session,
            attestation=row.attestation,
            index=row.index,
            recorded_at=row.recorded_at,
            agent=row.agent or "not known",
            models=row.models,
            commits=row.commits,
        )
        for row in found.data
    )
    as_of = AsOf(log=found.as_of.log, tree_size=found.as_of.tree_size, root=found.as_of.root)
    page = replace(DEFAULT_PAGE, current="Sessions")
    return HTMLResponse(render("sessions.html", page, view=sessions_view(rows, as_of, found.next)), headers=NO_STORE)


@router.get("/log")
def log(_caller: Reads, service: ServiceHere) -> Response:
    """Give the state of the log."""
    health = health_of(service)
    state = LogState(
        origin=health.origin,
        tree_size=health.tree_size,
        root=health.root,
        signed_at=health.signed_at,
        published_size=health.published_size,
        witnesses=tuple(
            (one.name, one.operator == "same", f"size {one.tree_size:,} at {one.at}, {one.lag:,} entries behind")
            for one in health.witnesses
        ),
        anchors=tuple(
            f"{one.kind} by {one.where}, size {one.tree_size:,}, {one.time or 'no time'}: {one.state} ({one.why})"
            for one in health.anchors
        ),
        alarms=health.alarms,
        vkey=service.instance.services.log.verifier_key,
    )
    return HTMLResponse(
        render("log.html", replace(DEFAULT_PAGE, current="Log"), view=log_view(state)), headers=NO_STORE
    )


@router.get("/limitations", dependencies=[Depends(Open("says nothing of a tenant"))])
def limitations() -> Response:
    """Give what is never claimed; open to everyone."""
    return HTMLResponse(render("limitations.html", replace(DEFAULT_PAGE, current=""), view=LIMITS), headers=NO_STORE)
