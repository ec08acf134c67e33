"""The plain pages: sessions by entry, the state of the log, what is never claimed."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse, Response

from api.auth import Open, Reads, has
from api.choosing import Choosing
from api.pages.plain_views import LIMITS, Listing, LogState, Recorded, log_view, sessions_view
from api.pages.render import DEFAULT_PAGE, render
from api.pages.workspace import page_of
from api.replies import NO_STORE
from api.routes.logs import health_of
from api.routes.sessions import DEFAULT_LIMIT, facets_in, sessions_page
from api.service import ServiceHere
from api.turning import Turn
from attest.model import scope
from attest.model.answer import AsOf
from attest.model.rights import Right

router = APIRouter(include_in_schema=False)


@router.get("/sessions")
def sessions(
    caller: Reads,
    service: ServiceHere,
    chosen: Choosing,
    cursor: Annotated[str | None, Query(max_length=1024)] = None,
) -> Response:
    """Give a page of recordings, all or those of a value, with what they have in common beside it."""
    found, _ = sessions_page(service, Turn(limit=DEFAULT_LIMIT, cursor=cursor, as_of=None, chosen=chosen))
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
    state = scope.AsOf(log=as_of.log, tree_size=as_of.tree_size, root=bytes.fromhex(as_of.root))
    listing = Listing(
        rows=rows,
        as_of=as_of,
        count=found.count,
        cursor=found.next,
        chosen=chosen,
        facets=facets_in(service, chosen, state),
        may_save=has(caller, Right.EXPORT, service),
    )
    text = render("sessions.html", page_of(service, caller, "Sessions"), view=sessions_view(listing))
    return HTMLResponse(text, headers=NO_STORE)


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
