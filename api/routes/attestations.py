"""Attestations: take in a signed bundle, give back one as JSON or as the exact bytes."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response

from api.accepts import chosen
from api.auth import Ingests, Verifies
from api.bodies import BundleBody
from api.earlier import attestation_before
from api.lists import IN_TOTO, JSON, Page, described, page_reply
from api.openapi import READ, Responses, binary, documented, take_request_body
from api.parameters import MAX_HEADER, InPath, Known
from api.replies import lasting, reply
from api.schemas import Attestation, Attestations, Receipt
from api.service import Service, ServiceHere
from api.shapes import listed_body, receipt_body
from api.turning import DEFAULT_LIMIT, LISTED, AsOfSize, Turn, turned
from api.waiting import INGEST, Wait, known_state, reached, status_for
from attest.ledger.index import KeyKind
from attest.model.reached import Reached
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.signing.render import BUNDLE_V03
from attest.store import attestations
from attest.store.attestation_lists import Asked
from attest.store.attestations import StoredAttestation
from attest.usecases.receipts import bundle_of, receipt_of

router = APIRouter(prefix="/v1/attestations", tags=["attestations"])
_CODES: Final = (*READ, "service.not-found", "evidence.chain")
_OID: Final = r"^[0-9a-f]{40}(?:[0-9a-f]{24})?$"
_BYTES: Final = {"schema": {"type": "string", "format": "binary"}}
_FORMS: Final[Responses] = {200: {"model": Attestation, "content": {IN_TOTO: _BYTES, BUNDLE_V03: _BYTES}}}


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
    "",
    operation_id="attestations",
    responses=documented(Attestations, (*LISTED, "input.malformed")) | described(Attestations, exact=True),
)
def listing(
    request: Request,
    _caller: Verifies,
    service: ServiceHere,
    *,
    predicate_type: Annotated[str | None, Query(max_length=256)] = None,
    commit: Annotated[str | None, Query(pattern=_OID)] = None,
    limit: Annotated[int, Query(ge=1, le=attestations.MAX_ROWS)] = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(max_length=1024)] = None,
    as_of: AsOfSize = None,
) -> Response:
    """List attestations of every kind, newest first; asked for bundles, the exact bytes of each on a line."""
    asked = Asked(predicate_type=predicate_type, about=(KeyKind.GIT_COMMIT.value, commit) if commit else None)
    turn = Turn(limit=limit, cursor=cursor, as_of=as_of)
    around, found = turned(service, json.dumps(["attestations", predicate_type, commit]), turn, asked)
    body = Attestations(data=tuple(listed_body(row) for row in found.rows), **around)
    return page_reply(request, Page(body=body, stored=found.rows, fixed=as_of is not None))


@router.get(
    "/{name}",
    operation_id="attestation",
    responses=documented(Attestation, (*_CODES, "service.not-acceptable")) | _FORMS,
)
def get(
    name: InPath,
    _caller: Verifies,
    service: ServiceHere,
    accept: Annotated[str, Header(max_length=MAX_HEADER)] = JSON,
    if_none_match: Known = None,
) -> Response:
    """Give one attestation read as JSON, its exact statement, or, also when followed as a link, its exact bundle."""
    stored = _stored(service, name)
    match chosen(accept, (JSON, IN_TOTO, BUNDLE_V03, "text/html")).media_type:
        case "application/json":
            found = reply(_described(service, stored))
        case "application/vnd.in-toto+json":
            payload = parse_envelope(stored.leaf.envelope).payload
            found = lasting(payload, IN_TOTO, etag=hashlib.sha256(payload).hexdigest(), known=if_none_match)
        case _:
            found = _bundle(stored, if_none_match)
    found.headers["Vary"] = "Accept"
    return found


@router.get(
    "/{name}/bundle",
    operation_id="attestation_bundle",
    response_class=Response,
    responses=documented(None, _CODES) | {200: binary(BUNDLE_V03, "The exact Sigstore bundle; it never changes.")},
)
def bundle(name: InPath, _caller: Verifies, service: ServiceHere, if_none_match: Known = None) -> Response:
    """Give the exact Sigstore bundle."""
    return _bundle(_stored(service, name), if_none_match)


def _stored(service: Service, name: str) -> StoredAttestation:
    found = attestations.by_id(service.instance.engine, service.instance.scope, name)
    return attestation_before(service, name)[0] if found is None else found


def _bundle(stored: StoredAttestation, known: str | None) -> Response:
    raw = bundle_of(stored)
    found = lasting(raw, BUNDLE_V03, etag=hashlib.sha256(raw).hexdigest(), known=known)
    found.headers["Content-Disposition"] = f'attachment; filename="{stored.id}.sigstore.json"'
    return found


def _described(service: Service, stored: StoredAttestation) -> Attestation:
    return Attestation(
        id=stored.id,
        receipt=_receipt(service, stored),
        identity=stored.identity,
        issuer=stored.issuer,
        signed_elsewhere=stored.foreign_bundle is not None,
        statement=dict(parse_statement(parse_envelope(stored.leaf.envelope).payload).document),
        bundle=f"/v1/attestations/{stored.id}/bundle",
    )


def _receipt(service: Service, stored: StoredAttestation) -> Receipt:
    if stored.receipt.log_id != service.instance.log_id:
        # An ended log is published; no more is known of it.
        return receipt_body(attestation_before(service, stored.id)[1])
    receipt = receipt_of(service.instance, stored.id)
    return receipt_body(receipt, known_state(service, receipt))
