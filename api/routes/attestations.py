"""Attestations: take in a signed bundle, give back one as JSON or as the exact bytes."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Annotated, Final

from fastapi import APIRouter, Header
from fastapi.responses import Response

from api.auth import Ingests, Verifies
from api.bodies import BundleBody
from api.openapi import READ, binary, documented, take_request_body
from api.replies import lasting, reply
from api.schemas import Attestation, Receipt
from api.service import Service, ServiceHere
from api.shapes import receipt_body
from api.waiting import INGEST, Wait, known_state, reached, status_for
from attest.errors import Absent, InvalidInput
from attest.model.reached import Reached
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.signing.render import BUNDLE_V03
from attest.store import attestations
from attest.store.attestations import StoredAttestation
from attest.usecases.receipts import bundle_of, receipt_of

router = APIRouter(prefix="/v1/attestations", tags=["attestations"])
_CODES: Final = (*READ, "service.not-found")


@router.post(
    "",
    operation_id="add_attestation",
    status_code=201,
    responses=documented(Receipt, INGEST, status=201)
    | {
        200: {"model": Receipt, "description": "It was logged before: the same receipt."},
        202: {"model": Receipt, "description": "It is logged; the state asked for was not reached in time."},
    },
    openapi_extra=take_request_body(BUNDLE_V03, "A Sigstore bundle under a trust root that is pinned here."),
)
async def add(_caller: Ingests, raw: BundleBody, service: ServiceHere, wait: Wait = Reached.PUBLISHED) -> Response:
    """Verify a signed bundle, scan its payload again, and log it; the same again gives the same receipt."""
    done = await asyncio.wrap_future(service.ingest.submit(raw, until=wait))
    state = await reached(service, done, wait)
    service.events.info("attestation", id=done.receipt.attestation, index=done.receipt.index, created=done.created)
    return reply(receipt_body(done.receipt, state), status=status_for(done, state, wait))


@router.get(
    "/{name}",
    operation_id="attestation",
    responses=documented(Attestation, (*_CODES, "service.not-acceptable")),
)
def get(
    name: str,
    _caller: Verifies,
    service: ServiceHere,
    accept: Annotated[str, Header()] = "application/json",
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Give one attestation read as JSON; asked for a bundle, or followed as a link, its exact bytes."""
    stored = _stored(service, name)
    wanted = {part.split(";")[0].strip().lower() for part in accept.split(",")}
    if wanted & {BUNDLE_V03, "text/html"}:
        found = _bundle(stored, if_none_match)
    elif wanted & {"application/json", "application/*", "*/*"}:
        found = reply(_described(service, stored))
    else:
        raise InvalidInput("service.not-acceptable", expected=f"application/json or {BUNDLE_V03}")
    found.headers["Vary"] = "Accept"
    return found


@router.get(
    "/{name}/bundle",
    operation_id="attestation_bundle",
    response_class=Response,
    responses=documented(None, _CODES) | {200: binary(BUNDLE_V03, "The exact Sigstore bundle; it never changes.")},
)
def bundle(
    name: str, _caller: Verifies, service: ServiceHere, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """Give the exact Sigstore bundle."""
    return _bundle(_stored(service, name), if_none_match)


def _stored(service: Service, name: str) -> StoredAttestation:
    found = attestations.by_id(service.instance.engine, service.instance.scope, name)
    if found is None:
        raise Absent("service.not-found")
    return found


def _bundle(stored: StoredAttestation, known: str | None) -> Response:
    raw = bundle_of(stored)
    found = lasting(raw, BUNDLE_V03, etag=hashlib.sha256(raw).hexdigest(), known=known)
    found.headers["Content-Disposition"] = f'attachment; filename="{stored.id}.sigstore.json"'
    return found


def _described(service: Service, stored: StoredAttestation) -> Attestation:
    receipt = receipt_of(service.instance, stored.id)
    return Attestation(
        id=stored.id,
        receipt=receipt_body(receipt, known_state(service, receipt)),
        identity=stored.identity,
        issuer=stored.issuer,
        signed_elsewhere=stored.foreign_bundle is not None,
        statement=dict(parse_statement(parse_envelope(stored.leaf.envelope).payload).document),
        bundle=f"/v1/attestations/{stored.id}/bundle",
    )
