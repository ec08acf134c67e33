"""Shared sessions: their runner consents and withdraws, who reviews collects them, and others read them without names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.auth import Ingests, Myself, Reads, Reviews
from api.exemplar_bodies import (
    CollectAsked,
    ConsentAsked,
    ExemplarBody,
    ExemplarDetail,
    Exemplars,
    exemplar_body,
    exemplar_detail,
)
from api.lists import Page, described, page_reply
from api.openapi import READ, WRITE, documented
from api.parameters import After, InPath, Limit
from api.readings import Asked, Searching, Told, record_access
from api.replies import NO_STORE, reply
from api.routes.roles import by_of
from api.service import Service, ServiceHere
from api.sharing import Seen, found_by, page_for, redacting
from attest.errors import Refused
from attest.model.exemplar import Collection
from attest.usecases.exemplars import collect, consent, take_out, withdraw
from attest.usecases.shared_view import shared_view

if TYPE_CHECKING:
    from api.caller import Caller
    from attest.model.exemplar import Shared

router = APIRouter(prefix="/v1/exemplars", tags=["exemplars"])
_FOUND: Final = ("service.not-found", "evidence.chain")
_OPENED: Final = (
    *_FOUND,
    "key.missing",
    "store.missing",
    "redaction.quarantined",
    "redaction.failed",
    "input.too-large",
)


@router.post(
    "",
    operation_id="consent_to_share",
    status_code=201,
    responses=documented(
        ExemplarBody,
        (*WRITE, *_FOUND, "service.kept-apart", "redaction.not-kept", "erasure.erased", "erasure.held", "key.missing"),
        status=201,
    ),
)
def offer(caller: Ingests, asked: ConsentAsked, service: ServiceHere) -> Response:
    """Consent to the sharing of one's own session; nobody else can, and it can be withdrawn at any time."""
    made = consent(service.instance, asked.session, asked.reach, by_of(caller))
    service.events.info("exemplar-consented", id=made.id)
    return reply(exemplar_body(found_by(service, caller, made.id)), status=201)


@router.get(
    "",
    operation_id="exemplars",
    responses=documented(Exemplars, (*READ, "service.not-acceptable", "evidence.chain")) | described(Exemplars),
)
def listing(
    request: Request, caller: Reads, service: ServiceHere, *, after: After = "", limit: Limit = 100
) -> Response:
    """List the shared sessions that one may see, newest consent first."""
    found, following = page_for(service, caller, after, limit)
    body = Exemplars(data=tuple(map(exemplar_body, found)), next=following)
    return page_reply(request, Page(body=body, link="after"))


@router.get(
    "/{exemplar}",
    operation_id="exemplar",
    responses=documented(ExemplarDetail, (*READ, *_OPENED, "service.access-log")),
)
def show(exemplar: InPath, asked: Searching, service: ServiceHere) -> Response:
    """Give what is shared of a session, redacted again by the rules of today; recorded in the access log."""
    seen, shared = opened(service, asked, exemplar)
    return reply(exemplar_detail(seen, shared))


@router.post(
    "/{exemplar}/withdraw",
    operation_id="withdraw_consent",
    status_code=204,
    responses=documented(None, (*WRITE, *_FOUND)),
)
def end(exemplar: InPath, caller: Myself, service: ServiceHere) -> Response:
    """Withdraw one's own consent, at once and without a reason; what the log says of it stays."""
    withdraw(service.instance, exemplar, by_of(caller))
    service.events.info("exemplar-withdrawn", id=exemplar)
    return Response(status_code=204, headers=NO_STORE)


@router.post(
    "/{exemplar}/collect",
    operation_id="collect_exemplar",
    responses=documented(ExemplarBody, (*WRITE, *_OPENED, "service.kept-apart")),
)
def put(exemplar: InPath, caller: Reviews, asked: CollectAsked, service: ServiceHere) -> Response:
    """Put somebody else's shared session into a collection, with a sentence why that names nobody."""
    collected(service, caller, exemplar, (asked.collection, asked.why))
    return reply(exemplar_body(replace(found_by(service, caller, exemplar), why=asked.why.strip())))


@router.post(
    "/{exemplar}/take-out",
    operation_id="take_exemplar_out",
    status_code=204,
    responses=documented(None, (*WRITE, *_FOUND)),
)
def remove(exemplar: InPath, caller: Reviews, service: ServiceHere) -> Response:
    """Take a session out of its collection; the consent of its runner stands."""
    taken_out(service, caller, exemplar)
    return Response(status_code=204, headers=NO_STORE)


def opened(service: Service, asked: Asked, exemplar: str) -> tuple[Seen, Shared]:
    """Give a shared session with its words, redacted again, after the reading is recorded.

    Raises:
        Absent: `service.not-found`. Refused: `service.too-many`, `service.access-log`.
        CannotVerify, NotVerified: its parts do not open. Quarantined: see `shared_view`.
    """
    seen = found_by(service, asked.caller, exemplar)
    with redacting(service):
        shared, why = shared_view(service.instance, seen.one, unnamed=not seen.named)
    record_access(service, asked, Told(rows=1, session=seen.one.session, attestation=seen.one.attestation))
    return replace(seen, why=why), shared


def collected(service: Service, caller: Caller, exemplar: str, shelf: tuple[Collection, str]) -> None:
    """Put a shared session into a collection.

    Raises:
        Absent, Refused, InvalidInput, Quarantined: as for `collect`; `service.no-right`, not a reviewer of its repositories.
    """
    seen = _reviewed(service, caller, exemplar)
    with redacting(service):
        collect(service.instance, seen.one, shelf, by_of(caller))
    service.events.info("exemplar-collected", id=exemplar)


def taken_out(service: Service, caller: Caller, exemplar: str) -> None:
    """Take a session out of its collection.

    Raises:
        Absent: `service.not-found`. Refused: `service.no-right`.
    """
    take_out(service.instance, _reviewed(service, caller, exemplar).one, by_of(caller))
    service.events.info("exemplar-taken-out", id=exemplar)


def _reviewed(service: Service, caller: Caller, exemplar: str) -> Seen:
    seen = found_by(service, caller, exemplar)
    if not seen.reviews:
        raise Refused(
            "service.kept-apart" if seen.own else "service.no-right", "somebody else who reviews its repositories"
        )
    return seen
