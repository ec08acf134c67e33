"""Engagements: leave for an auditor, a reviewer or a responder to open particular sessions for a time.

Who administers opens and ends them; an incident opens nothing until a second person with `unmask.approve` confirms it.
Each step is an `admin/v1` entry, or is not taken.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import AfterValidator, AwareDatetime, Field

from api.auth import Administers, Caller, Myself, Needs
from api.lists import Page, described, page_reply
from api.openapi import READ, WRITE, documented
from api.parameters import InPath
from api.replies import NO_STORE, reply
from api.routes.roles import Name, Repositories, by_of
from api.schemas import Body
from api.service import ServiceHere
from attest.model.may import MAX_PURPOSE_CHARS, MIN_PURPOSE_CHARS, Cause, Engagement
from attest.model.rights import Right
from attest.model.times import rfc3339_seconds
from attest.store.given import Opened, engagements
from attest.usecases.administer import MAX_ITEMS, confirm_engagement, end_engagement, open_engagement

router = APIRouter(prefix="/v1/engagements", tags=["access"])
Confirms = Annotated[Caller, Depends(Needs(Right.UNMASK_APPROVE))]
_FIRST_YEAR = 1970


def _of_our_time(moment: datetime) -> datetime:
    # A statement writes years in four digits; nothing was ever given before computers counted seconds.
    if moment.year < _FIRST_YEAR:
        raise ValueError(f"not before {_FIRST_YEAR}")
    return moment


Moment = Annotated[AwareDatetime, Field(strict=False), AfterValidator(_of_our_time)]
_ALL = frozenset({Right.ADMIN, Right.ACCESS_LOG, Right.UNMASK_APPROVE})
_FOUND = (*WRITE, "service.not-found")


class EngagementAsked(Body):
    """An engagement to open."""

    name: Name
    cause: Cause = Field(strict=False)
    purpose: str = Field(min_length=MIN_PURPOSE_CHARS, max_length=MAX_PURPOSE_CHARS)
    items: Annotated[list[str], Field(min_length=1, max_length=MAX_ITEMS)] = Field(
        json_schema_extra={"items": {"type": "string", "pattern": "^ses_[0-9A-HJKMNP-TV-Z]{26}$"}},
        description="Sessions that were sampled, assigned or are part of the incident; nothing else is opened.",
    )
    starts_at: Moment
    expires_at: Moment
    repositories: Repositories | None = None
    controls: list[Annotated[str, Field(max_length=64)]] = Field(default_factory=list, max_length=100)
    since: Moment | None = None
    until: Moment | None = None


class EngagementBody(Body):
    """An engagement."""

    id: str
    name: str
    cause: str
    purpose: str
    items: tuple[str, ...]
    repositories: tuple[str, ...] | None
    controls: tuple[str, ...]
    starts_at: str
    expires_at: str
    by: str
    confirmed_by: str | None
    ended: bool
    runs: bool = Field(description="It opens its items now, for a purpose.")


class Engagements(Body):
    """Engagements, newest first, with those that ended."""

    data: tuple[EngagementBody, ...]


@router.post(
    "",
    operation_id="open_engagement",
    status_code=201,
    responses=documented(EngagementBody, (*WRITE, "service.kept-apart"), status=201),
)
def begin(caller: Administers, asked: EngagementAsked, service: ServiceHere) -> Response:
    """Let somebody else open particular sessions for a time."""
    engagement = Engagement(
        id="",
        cause=asked.cause,
        purpose=asked.purpose.strip(),
        starts_at=asked.starts_at,
        expires_at=asked.expires_at,
        repositories=None if asked.repositories is None else tuple(sorted(set(asked.repositories))),
        controls=tuple(asked.controls),
        since=asked.since,
        until=asked.until,
        items=frozenset(asked.items),
        confirmed=False,
    )
    opened = open_engagement(service.instance, engagement, asked.name, by_of(caller))
    service.events.info("engagement-opened", id=opened.engagement.id)
    return reply(_body(opened, service.instance.clock.now()), status=201)


@router.get(
    "",
    operation_id="engagements",
    responses=documented(Engagements, (*READ, "service.not-acceptable")) | described(Engagements),
)
def listing(request: Request, caller: Myself, service: ServiceHere) -> Response:
    """List one's own engagements, the newest 500; who administers, confirms or audits the reading sees everybody's."""
    instance = service.instance
    name = None if caller.principal.rights() & _ALL else caller.principal.name
    found = engagements(instance.engine, instance.scope, name=name)
    now = instance.clock.now()
    return page_reply(request, Page(body=Engagements(data=tuple(_body(one, now) for one in found))))


@router.post(
    "/{engagement}/confirm",
    operation_id="confirm_engagement",
    status_code=204,
    responses=documented(None, (*_FOUND, "service.kept-apart")),
)
def confirm(engagement: InPath, caller: Confirms, service: ServiceHere) -> Response:
    """Confirm an engagement as the second person: neither whose it is nor who opened it."""
    confirm_engagement(service.instance, engagement, by_of(caller))
    service.events.info("engagement-confirmed", id=engagement)
    return Response(status_code=204, headers=NO_STORE)


@router.delete("/{engagement}", operation_id="end_engagement", status_code=204, responses=documented(None, _FOUND))
def end(engagement: InPath, caller: Administers, service: ServiceHere) -> Response:
    """End an engagement, at once."""
    end_engagement(service.instance, engagement, by_of(caller))
    service.events.info("engagement-ended", id=engagement)
    return Response(status_code=204, headers=NO_STORE)


def _body(opened: Opened, now: datetime) -> EngagementBody:
    one = opened.engagement
    return EngagementBody(
        id=one.id,
        name=opened.name,
        cause=one.cause.value,
        purpose=one.purpose,
        items=tuple(sorted(one.items)),
        repositories=one.repositories,
        controls=one.controls,
        starts_at=rfc3339_seconds(one.starts_at.astimezone(UTC)),
        expires_at=rfc3339_seconds(one.expires_at.astimezone(UTC)),
        by=opened.by,
        confirmed_by=opened.confirmed_by,
        ended=opened.ended_at is not None,
        runs=opened.ended_at is None and one.runs(now),
    )
