"""Change-sets: one as it stands with every step that made it, and those that a session is in. They are made by signed bundles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from api.auth import Reads
from api.lists import Page, described, page_reply
from api.openapi import READ, documented
from api.pages.change_set_view import change_set_view
from api.pages.render import render
from api.pages.workspace import page_of
from api.parameters import InPath
from api.replies import NO_STORE, reply
from api.routes.sessions import recordings_of
from api.schemas import Body
from api.service import ServiceHere
from attest.usecases.change_sets import load_set, sets_of

if TYPE_CHECKING:
    from attest.model.change_set import ChangeSet

router = APIRouter(tags=["change-sets"])
_CODES: Final = (*READ, "service.not-found", "input.too-large")


class StepBody(Body):
    """One statement of a set."""

    act: str
    sessions: tuple[str, ...]
    attestation: str
    identity: str
    issuer: str
    index: int


class ChangeSetBody(Body):
    """Sessions that somebody grouped after the fact; no policy reads it."""

    id: str
    name: str
    sessions: tuple[str, ...]
    history: tuple[StepBody, ...]


class ChangeSets(Body):
    """The sets that a session was ever put into, newest first."""

    data: tuple[ChangeSetBody, ...]


@router.get("/v1/change-sets/{attestation}", operation_id="change_set", responses=documented(ChangeSetBody, _CODES))
def change_set(attestation: InPath, _caller: Reads, service: ServiceHere) -> Response:
    """Give a set as it stands, named by the attestation that began it."""
    return reply(_body(load_set(service.instance, attestation)))


@router.get(
    "/v1/sessions/{session}/change-sets",
    operation_id="session_change_sets",
    responses=documented(ChangeSets, (*_CODES, "service.not-acceptable")) | described(ChangeSets),
)
def of_session(request: Request, session: InPath, _caller: Reads, service: ServiceHere) -> Response:
    """Give the sets that a session is or was in."""
    recordings_of(service, session)
    found = sets_of(service.instance, session)
    return page_reply(request, Page(body=ChangeSets(data=tuple(map(_body, found)))))


@router.get("/change-sets/{attestation}", include_in_schema=False)
def page(attestation: InPath, caller: Reads, service: ServiceHere) -> Response:
    """Give a set as a page."""
    view = change_set_view(load_set(service.instance, attestation))
    return HTMLResponse(render("change_set.html", page_of(service, caller, "Sessions"), view=view), headers=NO_STORE)


def _body(one: ChangeSet) -> ChangeSetBody:
    return ChangeSetBody(
        id=one.id,
        name=one.name,
        sessions=one.sessions,
        history=tuple(
            StepBody(
                act=step.change.act.value,
                sessions=step.change.sessions,
                attestation=step.attestation,
                identity=step.identity,
                issuer=step.issuer,
                index=step.index,
            )
            for step in one.history
        ),
    )
