"""The certificate authority of a log (Fulcio v2): keys certified for holders of identity tokens."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header
from fastapi.responses import JSONResponse, Response

from api.openapi import take_request_body
from api.replies import NO_STORE
from api.service import Service, ServiceHere
from api.sigstore import BASE, NO_CREDENTIALS, WRITE, CertificateRequestBody, own_log, refusals, seldom_enough
from api.writing import WriterSlot
from attest.errors import NotVerified
from attest.signing.embedded.id_token import AUDIENCE
from attest.signing.embedded.possession import parse_certificate_request
from attest.signing.entry import pem_of
from attest.usecases.issue_certificate import chain_of, issue_certificate

router = APIRouter(
    prefix="/logs/{log}/api/v2", tags=["sigstore"], dependencies=[Depends(NO_CREDENTIALS), Depends(own_log)]
)
at_root = APIRouter(tags=["sigstore"], dependencies=[Depends(NO_CREDENTIALS), Depends(seldom_enough)])
_CODES: Final = (*WRITE, "identity.token", "identity.possession", "identity.keys", "ledger.conflict", "ledger.rollback")
JSON: Final = "application/json"
_HEADERS: Final = 64 * 1024
"""What the server reads of headers at all: a token that is too long is refused as a token, with 401."""


@router.post(
    "/signingCert",
    operation_id="sigstore_certificate",
    response_class=JSONResponse,
    responses=refusals(_CODES) | {200: {"description": "The certificate with its SCT, and those above it, PEM."}},
    openapi_extra=take_request_body(
        JSON, "A `CreateSigningCertificateRequest` of Fulcio v2, with a CSR or a public key."
    ),
)
def certify(
    raw: CertificateRequestBody,
    _slot: WriterSlot,
    service: ServiceHere,
    authorization: Annotated[str, Header(max_length=_HEADERS)] = "",
) -> Response:
    """Certify a P-256 key for ten minutes, for whoever a token of a configured issuer names; one token gives one."""
    return _certify(raw, service, authorization)


@at_root.post(
    "/api/v2/signingCert",
    operation_id="sigstore_certificate_at_root",
    response_class=JSONResponse,
    responses=refusals(_CODES) | {200: {"description": "As below the log's own address."}},
    openapi_extra=take_request_body(JSON, "As below the log's own address."),
)
def certify_at_root(
    raw: CertificateRequestBody,
    _slot: WriterSlot,
    service: ServiceHere,
    authorization: Annotated[str, Header(max_length=_HEADERS)] = "",
) -> Response:
    """Certify for the one log that this host name stands for: sigstore-python drops the path of an authority's address."""
    return _certify(raw, service, authorization)


@router.get(
    "/trustBundle",
    operation_id="sigstore_trust_bundle",
    response_class=JSONResponse,
    responses=refusals(BASE) | {200: {"description": "The authorities that issue here, PEM."}},
)
def trust_bundle(service: ServiceHere) -> Response:
    """Give the authorities that issue here; what a verifier pins is the trusted root, not this."""
    pem = [pem_of(der).decode() for der in chain_of(service.instance)]
    return JSONResponse({"chains": [{"certificates": pem}]}, headers=NO_STORE)


@router.get(
    "/configuration",
    operation_id="sigstore_configuration",
    response_class=JSONResponse,
    responses=refusals(BASE) | {200: {"description": "The issuers whose tokens are taken."}},
)
def configuration(service: ServiceHere) -> Response:
    """Give the issuers whose tokens are taken, and the audience that they must name."""
    issuers = [
        {"issuerUrl": each.name, "audience": AUDIENCE, "challengeClaim": "sub"} for each in service.issuers.configured
    ]
    return JSONResponse({"issuers": issuers}, headers=NO_STORE)


def _certify(raw: bytes, service: Service, authorization: str) -> Response:
    request = parse_certificate_request(raw)
    scheme, _, bearer = authorization.partition(" ")
    token = request.token or (bearer.strip() if scheme.lower() == "bearer" else "")
    if not token:
        raise NotVerified("identity.token", "there is no identity token in the request")
    chain = issue_certificate(service.instance, service.issuers, token, request)
    service.events.info("certificate", chain=len(chain))
    pem = [pem_of(der).decode() for der in chain]
    return JSONResponse({"signedCertificateEmbeddedSct": {"chain": {"certificates": pem}}}, headers=NO_STORE)
