"""Erasures and legal holds: asked for by one, approved by another, in the log before anything is destroyed."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import Field

from api.auth import Caller, Needs, Reads
from api.lists import Page, after_id, described, page_reply
from api.openapi import READ, WRITE, documented
from api.parameters import After, InPath, Limit
from api.replies import reply
from api.schemas import Body
from api.service import ServiceHere
from attest.errors import Absent, Refused
from attest.model.admin_privacy import MAX_COVERED, Second
from attest.model.erasure_predicate import MAX_SESSIONS, ErasureBasis, ErasureScope
from attest.model.governing import name_digest
from attest.model.rights import Right
from attest.model.scope import Scope
from attest.store.sessions import recordings_of, visible_recordings_of
from attest.usecases.erased import Erasure
from attest.usecases.erasures import REMAINS, all_erasures, erasure_named, plan_of, request_erasure, run_erasure
from attest.usecases.holds import Hold, add_hold, all_holds, hold_named, release_by_another, release_hold
from attest.usecases.instance import Instance
from attest.usecases.second_person import Confirmed

router = APIRouter(prefix="/v1", tags=["privacy"])
Requests = Annotated[Caller, Depends(Needs(Right.ERASE_REQUEST))]
Approves = Annotated[Caller, Depends(Needs(Right.ERASE_APPROVE))]
Holds = Annotated[Caller, Depends(Needs(Right.HOLD))]
_SESSION: Final = r"^ses_[0-9A-HJKMNP-TV-Z]{26}$"
_FOUND: Final = (*READ, "service.not-found", "evidence.chain")
_LISTED: Final = (*READ, "service.cursor", "service.not-acceptable")
_FORBIDDEN: Final = ("erasure.held", "erasure.done", "erasure.not-approved")
_DONE: Final = (*WRITE, "service.not-found", *_FORBIDDEN, "evidence.chain", "store.away")
SessionId = Annotated[str, Field(pattern=_SESSION)]


class ErasureAsked(Body):
    """What is to be erased."""

    sessions: Annotated[list[SessionId], Field(min_length=1, max_length=MAX_SESSIONS)]
    basis: Literal["request", "order", "mistake"]
    scope: Literal["session", "transcript"] = Field(
        default="session", description="All texts, or the transcript alone."
    )


class Typed(Body):
    """What the one user of an embedded instance types in the place of a second person; empty from anybody else."""

    confirm: str = Field(default="", max_length=64, description="`erase ers_…` or `release hld_…`.")


class StillHere(Body):
    """What the service holds of a session's texts; nothing once it was erased."""

    session: str
    parts: int = Field(description="Parts ever recorded: tombstones, once they are erased.")
    secret: bool
    vault: bool
    sealed_values: bool
    objects: int = Field(description="Ciphertexts; without the secret they open for nobody.")
    agents_id: bool
    machine_summary: bool


class ErasureBody(Body):
    """An erasure: asked for, or in the log."""

    id: str
    state: Literal["requested", "logged"]
    basis: str
    scope: str
    sessions: tuple[str, ...]
    request_sha256: str
    asked_at: str
    logged_at: str | None
    second: str | None
    attestation: str | None


class ErasurePlan(ErasureBody):
    """An erasure with what would go, what stays, and what forbids it."""

    held_by: str | None
    still_here: tuple[StillHere, ...]
    remains: tuple[str, ...]


class Erasures(Body):
    """Erasures in the order in which they were asked for."""

    data: tuple[ErasureBody, ...]
    next: str | None = None


class HoldAsked(Body):
    """What is to be held; without sessions and repositories: everything."""

    matter: str = Field(pattern=r"^[A-Za-z0-9._:/@+-]{1,128}$", description="Stays in the log for good.")
    sessions: Annotated[list[SessionId], Field(max_length=MAX_COVERED)] = Field(default_factory=list)
    repositories: Annotated[list[Annotated[str, Field(pattern=r"^[!-~]{1,512}$")]], Field(max_length=MAX_COVERED)] = (
        Field(default_factory=list)
    )


class HoldBody(Body):
    """A legal hold."""

    id: str
    matter: str
    covers: Literal["everything", "named"]
    sessions: tuple[str, ...]
    repositories: tuple[str, ...]
    added_at: str
    release_requested: bool
    released_at: str | None


class HoldList(Body):
    """Holds in the order in which they were added."""

    data: tuple[HoldBody, ...]
    next: str | None = None


@router.post("/erasures", operation_id="request_erasure", responses=documented(ErasurePlan, _DONE, status=201))
def request(asked: ErasureAsked, caller: Requests, service: ServiceHere) -> Response:
    """Ask for an erasure, and see what would go and what stays; nothing is destroyed."""
    for session in asked.sessions:
        _require_whole(service.instance, session)
    instance = _wide(service.instance)
    by = "" if caller.principal.owner else caller.principal.name
    made = request_erasure(
        instance, tuple(asked.sessions), ErasureBasis(asked.basis), scope=ErasureScope(asked.scope), by=by
    )
    service.events.info("erasure-requested", id=made.request.id)
    return reply(_plan(instance, made.request.id), status=201)


@router.get("/erasures", operation_id="erasures", responses=documented(Erasures, _LISTED) | described(Erasures))
def listing(request: Request, _caller: Reads, service: ServiceHere, after: After = "", limit: Limit = 100) -> Response:
    """List the erasures whose sessions one may see."""
    seen = [one for one in all_erasures(_wide(service.instance)) if _seen(service.instance, one.request.sessions)]
    found, following = after_id(seen, after, limit, lambda one: one.request.id)
    body = Erasures(data=tuple(map(_told, found)), next=following)
    return page_reply(request, Page(body=body, link="after"))


@router.get("/erasures/{erasure}", operation_id="erasure", responses=documented(ErasurePlan, _FOUND))
def show(erasure: InPath, _caller: Reads, service: ServiceHere) -> Response:
    """Give an erasure: its state, what is still here, what stays for good."""
    _require_seen(service.instance, erasure)
    return reply(_plan(_wide(service.instance), erasure))


@router.post("/erasures/{erasure}/approve", operation_id="approve_erasure", responses=documented(ErasurePlan, _DONE))
def approve(erasure: InPath, typed: Typed, caller: Approves, service: ServiceHere) -> Response:
    """Approve an erasure that somebody else asked for, which carries it out; a legal hold forbids it."""
    _require_seen(service.instance, erasure)
    instance = _wide(service.instance)
    if caller.principal.owner:
        run_erasure(instance, erasure, typed=typed.confirm)
    else:
        asked, own = erasure_named(instance, erasure).by, name_digest(erasure, caller.principal.name)
        if asked in {"", own}:
            raise Refused("erasure.not-approved", "somebody who signs in by name asks, and another approves")
        run_erasure(instance, erasure, confirmed=Confirmed(second=Second.PERSON, by=asked, approved_by=own))
    service.events.info("erasure-done", id=erasure)
    return reply(_plan(instance, erasure))


@router.post("/holds", operation_id="add_hold", responses=documented(HoldBody, _DONE, status=201))
def hold(asked: HoldAsked, caller: Holds, service: ServiceHere) -> Response:
    """Hold sessions: neither an erasure nor retention takes them until two persons release it."""
    if service.instance.scope.repositories is not None and not asked.sessions and not asked.repositories:
        raise Refused("service.no-right", "to hold everything needs a role over the whole tenant")
    by = "" if caller.principal.owner else caller.principal.name
    made = add_hold(
        _wide(service.instance),
        asked.matter,
        sessions=tuple(asked.sessions),
        repositories=tuple(asked.repositories),
        by=by,
    )
    service.events.info("hold-added", id=made.id)
    return reply(_hold(made), status=201)


@router.get(
    "/holds", operation_id="holds", responses=documented(HoldList, (*_LISTED, "evidence.chain")) | described(HoldList)
)
def holds(request: Request, _caller: Holds, service: ServiceHere, after: After = "", limit: Limit = 100) -> Response:
    """List the holds there are and were."""
    found, following = after_id(all_holds(_wide(service.instance)), after, limit, lambda one: one.id)
    return page_reply(request, Page(body=HoldList(data=tuple(map(_hold, found)), next=following), link="after"))


@router.post("/holds/{hold}/release", operation_id="release_hold", responses=documented(HoldBody, _DONE))
def release(hold: InPath, typed: Typed, caller: Holds, service: ServiceHere) -> Response:
    """Ask for a hold's release, or release what somebody else asked for: the first call of two persons asks."""
    instance = _wide(service.instance)
    hold_named(instance, hold)
    if caller.principal.owner:
        return reply(_hold(release_hold(instance, hold, typed=typed.confirm)))
    return reply(_hold(release_by_another(instance, hold, by=caller.principal.name)))


def _wide(instance: Instance) -> Instance:
    # What is logged about the log itself is seen by nobody who is limited to repositories; rights were looked at before.
    return replace(instance, scope=Scope(instance.scope.tenant))


def _require_whole(instance: Instance, session: str) -> None:
    """Refuse a session of which the caller's repositories do not reach every recording: it goes or stays as a whole."""
    if not _seen(instance, (session,)):
        raise Absent("service.not-found")


def _require_seen(instance: Instance, erasure: str) -> None:
    if not _seen(instance, erasure_named(_wide(instance), erasure).request.sessions):
        raise Absent("service.not-found")


def _seen(instance: Instance, sessions: tuple[str, ...]) -> bool:
    place = instance.engine, instance.scope
    return all(visible_recordings_of(*place, one) == len(recordings_of(*place, one)) > 0 for one in sessions)


def _plan(instance: Instance, name: str) -> ErasurePlan:
    plan = plan_of(instance, name)
    return ErasurePlan(
        **_told(erasure_named(instance, name)).model_dump(),
        held_by=plan.held_by or None,
        still_here=tuple(StillHere.model_validate(one.to_json()) for one in plan.sessions),
        remains=REMAINS,
    )


def _told(one: Erasure) -> ErasureBody:
    return ErasureBody(
        id=one.request.id,
        state="logged" if one.done_at else "requested",
        basis=one.request.basis.value,
        scope=one.request.scope.value,
        sessions=one.request.sessions,
        request_sha256=one.request.digest,
        asked_at=one.asked_at,
        logged_at=one.done_at or None,
        second=one.second or None,
        attestation=one.attestation or None,
    )


def _hold(one: Hold) -> HoldBody:
    return HoldBody(
        id=one.id,
        matter=one.matter,
        covers="named" if one.sessions or one.repositories else "everything",
        sessions=one.sessions,
        repositories=one.repositories,
        added_at=one.added_at,
        release_requested=bool(one.asked_by),
        released_at=one.released_at or None,
    )
