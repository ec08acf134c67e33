"""What the Sigstore services of a log share: which log, how often, how large, and at which address they stand.

They are for clients that are not ours and bring no credentials of ours: a certificate needs an identity token, an entry
needs a certificate. Their errors have the form that those clients read (`code`, `message`), with our code in the words.
"""

from __future__ import annotations

import re
from typing import Annotated, Final

from fastapi import Depends, Request

from api.auth import Open
from api.bodies import chunks_of
from api.openapi import Responses, documented
from api.parameters import InPath
from api.service import Service, ServiceHere
from attest.errors import Absent, Refused
from attest.signing.embedded.possession import MAX_REQUEST_BYTES as MAX_CERTIFICATE_REQUEST_BYTES
from attest.signing.embedded.tsa import MAX_REQUEST_BYTES as MAX_TIMESTAMP_REQUEST_BYTES
from attest.signing.proposal import MAX_PROPOSAL_BYTES

_ERROR: Final = {
    "type": "object",
    "required": ["code", "message"],
    "properties": {"code": {"type": "integer"}, "message": {"type": "string"}},
}
PATHS: Final = re.compile(r"(?:/logs/[^/]+)?/api/v[12]/")
"""Where these services are."""
NO_CREDENTIALS: Final = Open("for clients of Sigstore: a certificate needs an identity token, an entry a certificate")
BASE: Final = ("service.not-found", "service.forbidden", "service.too-many", "service.internal", "store.busy")
WRITE: Final = (*BASE, "input.malformed", "input.too-large", "service.timeout")


async def seldom_enough(request: Request, service: ServiceHere) -> None:
    """Let a request through, as often as its address may ask.

    Raises:
        Refused: `service.too-many`.
    """
    if not service.rates.take(request.client.host if request.client else ""):
        raise Refused("service.too-many", "this address asks too often")


async def own_log(log: InPath, request: Request, service: ServiceHere) -> None:
    """Let a request for this service's log through, as often as its address may ask.

    Raises:
        Absent: `service.not-found`, it is no log of this tenant.
        Refused: `service.too-many`.
    """
    if log != service.instance.log.name:
        raise Absent("service.not-found")
    await seldom_enough(request, service)


def refusals(codes: tuple[str, ...]) -> Responses:
    """Give the error responses of a route, in the form that Sigstore's clients read."""
    found = documented(None, codes)
    for each in found.values():
        each["content"] = {"application/json": {"schema": _ERROR}}
    return found


def base_url(request: Request, service: Service) -> str:
    """Give the address that clients reach this log's services at; the host was checked to be our own."""
    return f"{request.url.scheme}://{request.headers['host']}/logs/{service.instance.log.name}"


async def _certificate_request(request: Request, service: ServiceHere) -> bytes:
    return await _whole(request, service, MAX_CERTIFICATE_REQUEST_BYTES)


async def _timestamp_request(request: Request, service: ServiceHere) -> bytes:
    return await _whole(request, service, MAX_TIMESTAMP_REQUEST_BYTES)


async def _proposal(request: Request, service: ServiceHere) -> bytes:
    return await _whole(request, service, MAX_PROPOSAL_BYTES)


async def _whole(request: Request, service: Service, limit: int) -> bytes:
    return b"".join([chunk async for chunk in chunks_of(request, service, limit)])


CertificateRequestBody = Annotated[bytes, Depends(_certificate_request)]
TimestampRequestBody = Annotated[bytes, Depends(_timestamp_request)]
ProposalBody = Annotated[bytes, Depends(_proposal)]
