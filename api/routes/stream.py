"""What is logged, as it is logged: events a page at a time, the same for a SIEM, and a stream that is resumed.

An event's place is the index of its entry: whoever keeps the last one it saw asks for what comes after, and misses nothing.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from api.auth import Exports, Verifies, require
from api.lists import Page, described, page_reply
from api.openapi import READ, documented
from api.replies import NO_STORE
from api.schemas import AsOf, Body
from api.service import Service, ServiceHere, narrowed
from api.turning import LISTED
from attest.clock import monotonic_s
from attest.errors import Absent, AttestError, Refused
from attest.model.log_events import PREFIX, Happened, cloud_event, event_type, ocsf_event
from attest.model.rights import Right
from attest.store.log_events import MAX_EVENTS, happened_after

router = APIRouter(prefix="/v1", tags=["events"])
SSE: Final = "text/event-stream"
QUIET_S: Final = 15.0
"""After so long without an event a comment is sent, so that nobody between takes the connection for dead."""
LAST_S: Final = 300.0
"""A stream ends after this; clients resume by themselves."""
_PAGE: Final = 100
After = Annotated[int, Query(ge=-1, le=2**53, description="Index of the last entry that was seen; -1: from the first.")]
Limit = Annotated[int, Query(ge=1, le=MAX_EVENTS)]


class EventData(Body):
    """What an event tells of an entry."""

    log: str
    index: int
    attestation: str
    predicate_type: str
    session: str | None
    commits: tuple[str, ...]
    repositories: tuple[str, ...]


class Event(Body):
    """An event (CloudEvents 1.0)."""

    specversion: str
    id: str = Field(description="The attestation: the same entry has the same id in every delivery.")
    source: str
    type: str
    subject: str
    time: str
    datacontenttype: str
    logindex: int
    data: EventData


class Events(Body):
    """Events, oldest first."""

    data: tuple[Event, ...]
    next: int | None = Field(description="Ask again with this `after`; null where nothing is known to follow.")
    as_of: AsOf


class SiemEvents(Body):
    """Events of OCSF's class API Activity, oldest first."""

    data: tuple[dict[str, object], ...]
    next: int | None = Field(description="Ask again with this `after`; null where nothing is known to follow.")
    as_of: AsOf


@router.get("/events", operation_id="events", responses=documented(Events, LISTED) | described(Events))
def events(
    request: Request, _caller: Verifies, service: ServiceHere, after: After = -1, limit: Limit = _PAGE
) -> Response:
    """List what was logged, oldest first, as CloudEvents: the same that webhooks deliver and the stream sends."""
    found, as_of, following = _page(service, after, limit)
    data = tuple(Event.model_validate_json(json.dumps(cloud_event(one))) for one in found)
    return page_reply(request, Page(body=Events(data=data, next=following, as_of=as_of), link="after"))


@router.get(
    "/events/ocsf", operation_id="siem_events", responses=documented(SiemEvents, LISTED) | described(SiemEvents)
)
def siem(request: Request, _caller: Exports, service: ServiceHere, after: After = -1, limit: Limit = _PAGE) -> Response:
    """List the same for a SIEM, in the Open Cybersecurity Schema Framework; as JSON lines to be taken in as they are."""
    found, as_of, following = _page(service, after, limit)
    body = SiemEvents(data=tuple(ocsf_event(one) for one in found), next=following, as_of=as_of)
    return page_reply(request, Page(body=body, link="after"))


@router.get(
    "/stream",
    operation_id="stream",
    response_class=StreamingResponse,
    responses=documented(None, (*READ, "service.too-many"))
    | {
        200: {
            "description": "Server-sent events; each `id` is an index.",
            "content": {SSE: {"schema": {"type": "string"}}},
        }
    },
)
async def stream(
    request: Request,
    _caller: Verifies,
    service: ServiceHere,
    after: Annotated[int | None, Query(ge=-1, le=2**53)] = None,
    last_event_id: Annotated[str | None, Header(pattern=r"^(?:-1|[0-9]{1,16})$")] = None,
) -> Response:
    """Send what is logged as it is logged, from `after` or `Last-Event-ID` on; without either, from now on.

    It ends after five minutes, and at once when the caller's credential is taken back.
    """
    watch = service.watch
    if watch.clients >= service.config.stream_clients:
        raise Refused("service.too-many", "as many read the stream as may")
    seen = int(last_event_id) if last_event_id else after if after is not None else await watch.size() - 1
    return StreamingResponse(_sent(request, service, seen), media_type=SSE, headers=NO_STORE)


async def _sent(request: Request, service: Service, seen: int) -> AsyncIterator[bytes]:
    watch, ends, said = service.watch, monotonic_s() + LAST_S, monotonic_s()
    if watch.clients >= service.config.stream_clients:
        # Others who asked at the same moment were first; the client comes again.
        yield b"retry: 30000\n\n"
        return
    watch.clients += 1
    try:
        yield b"retry: 2000\n\n"
        while monotonic_s() < ends:
            size = await watch.size()
            if size > seen + 1:
                now = await _still(request)
                if now is None:
                    return
                found, whole = await run_in_threadpool(_until, now, seen, size)
                for one in found:
                    yield _message(one)
                # What was looked at and is not the caller's to see is behind it too.
                seen, said = (size - 1 if whole else found[-1].index), monotonic_s()
                continue
            if monotonic_s() - said >= QUIET_S:
                if await _still(request) is None:
                    return
                yield b": still here\n\n"
                said = monotonic_s()
            await asyncio.sleep(service.config.stream_look_s)
    finally:
        watch.clients -= 1


async def _still(request: Request) -> Service | None:
    """Give the service narrowed to what the caller may see now; None where the credential holds no more."""
    try:
        found = await narrowed(request, again=True)
        caller = await found.who.of(request)
        if caller is None:
            return None
        require(caller, Right.VERIFY, found)
    except AttestError:
        return None
    return found


def _until(service: Service, after: int, size: int) -> tuple[tuple[Happened, ...], bool]:
    found = [one for one in _after(service, after, _PAGE) if one.index < size]
    return tuple(found), len(found) < _PAGE


def _message(one: Happened) -> bytes:
    data = json.dumps(cloud_event(one), separators=(",", ":"))
    return f"id: {one.index}\nevent: {PREFIX}{event_type(one.predicate_type)}\ndata: {data}\n\n".encode()


def _page(service: Service, after: int, limit: int) -> tuple[tuple[Happened, ...], AsOf, int | None]:
    head = service.log.head()
    if head is None:
        raise Absent("service.not-found")
    found = [one for one in _after(service, after, limit + 1) if one.index < head.tree_size]
    following = found[limit - 1].index if len(found) > limit else None
    as_of = AsOf(log=service.instance.services.log.origin, tree_size=head.tree_size, root=head.root.hex())
    return tuple(found[:limit]), as_of, following


def _after(service: Service, after: int, limit: int) -> tuple[Happened, ...]:
    instance = service.instance
    return happened_after(instance.engine, instance.scope, instance.log.name, after, limit=limit)
