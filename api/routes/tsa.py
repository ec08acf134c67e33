"""The time-stamp authority of a log (RFC 3161), in DER and in the JSON form of sigstore-js."""

from __future__ import annotations

from typing import Annotated, Final

from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import APIRouter, Depends, Header
from fastapi.responses import Response

from api.openapi import binary, take_request_body
from api.parameters import MAX_HEADER
from api.replies import NO_STORE
from api.service import ServiceHere
from api.sigstore import BASE, NO_CREDENTIALS, TimestampRequestBody, own_log, refusals
from attest.errors import InvalidInput
from attest.signing.embedded.tsa import parse_json_request, parse_request
from attest.usecases.stamp import stamp

router = APIRouter(
    prefix="/logs/{log}/api/v1/timestamp", tags=["sigstore"], dependencies=[Depends(NO_CREDENTIALS), Depends(own_log)]
)
QUERY: Final = "application/timestamp-query"
REPLY: Final = "application/timestamp-reply"
PEM: Final = "application/pem-certificate-chain"
_CODES: Final = (
    *BASE,
    "input.malformed",
    "input.too-large",
    "service.timeout",
    "service.media-type",
    "ledger.rollback",
)


@router.post(
    "",
    operation_id="sigstore_timestamp",
    status_code=201,
    response_class=Response,
    responses=refusals(_CODES) | {201: binary(REPLY, "A granted TimeStampResp, DER.")},
    openapi_extra=take_request_body(QUERY, "A TimeStampReq, DER; or the JSON form of it."),
)
def timestamp(
    raw: TimestampRequestBody, service: ServiceHere, content_type: Annotated[str, Header(max_length=MAX_HEADER)] = QUERY
) -> Response:
    """Stamp a digest with this log's clock, with the certificate and nonce as asked."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in {QUERY, "application/json"}:
        raise InvalidInput("service.media-type", expected=f"{QUERY} or application/json", got=kind[:60])
    request = parse_request(raw) if kind == QUERY else parse_json_request(raw)
    return Response(stamp(service.instance, request), status_code=201, media_type=REPLY, headers=NO_STORE)


@router.get(
    "/certchain",
    operation_id="sigstore_timestamp_chain",
    response_class=Response,
    responses=refusals(BASE) | {200: binary(PEM, "The authority's certificate and those above it, PEM.")},
)
def chain(service: ServiceHere) -> Response:
    """Give the time-stamp authority's certificate and its root; what a verifier pins is the trusted root, not this."""
    tsa = service.instance.services.tsa
    pem = b"".join(each.public_bytes(Encoding.PEM) for each in (tsa.certificate, tsa.root))
    return Response(pem, media_type=PEM, headers=NO_STORE)
