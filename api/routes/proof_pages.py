"""What lets a browser check proofs itself: the verifier as a module, the trusted root, pinned keys; one attestation's page."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Final

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from api.auth import OfTheLog, Open, Reads
from api.pages.answer_view import BrowserCheck
from api.pages.attestation_view import Attested, attestation_view
from api.pages.links import checkpoint_href, log_path
from api.pages.render import render
from api.pages.workspace import page_of
from api.parameters import InPath, Known
from api.replies import NO_STORE
from api.service import Service, ServiceHere
from api.shapes import statement_of
from attest.errors import Absent
from attest.evidence.shipped import proof_module
from attest.signing.revocation import write_revocations
from attest.store import attestations
from attest.usecases.pinned_trust import revocations_of

router = APIRouter(include_in_schema=False)
ROOT_AT: Final = "/keys/trusted_root.json"
REVOCATIONS_AT: Final = "/keys/revocations.json"
_TIME: Final = "%Y-%m-%d %H:%M:%S"


def browser_check(service: Service, attestation: str, command: str) -> BrowserCheck:
    """Give what a browser needs to check the proof lines of an attestation itself."""
    origin = service.instance.services.log.origin
    return BrowserCheck(
        origin=origin,
        log=log_path(origin),
        root=ROOT_AT,
        revocations=REVOCATIONS_AT,
        bundle=f"/v1/attestations/{attestation}/bundle",
        command=command,
        attestation=attestation,
    )


@cache
def _module() -> tuple[bytes, str]:
    script = proof_module().encode()
    return script, f'"sha256-{hashlib.sha256(script).hexdigest()}"'


@router.get("/static/verifier.js", dependencies=[Depends(Open("the verifier’s own program, the same for everyone"))])
def module(if_none_match: Known = None) -> Response:
    """Give the scripts of `verifier.html` that check one entry, as a module."""
    script, tag = _module()
    headers = {"Cache-Control": "no-cache", "ETag": tag}
    if if_none_match == tag:
        return Response(status_code=304, headers=headers)
    return Response(script, media_type="text/javascript; charset=utf-8", headers=headers)


@router.get(ROOT_AT, dependencies=[Depends(OfTheLog())])
def trusted_root(service: ServiceHere) -> Response:
    """Give the trusted root as this server shows it; a reader compares its digest with one that came another way."""
    return Response(service.instance.services.trusted_root, media_type="application/json", headers=NO_STORE)


@router.get(REVOCATIONS_AT, dependencies=[Depends(OfTheLog())])
def revocations(service: ServiceHere) -> Response:
    """Give the list of revoked authorities that this server goes by; an empty one where nobody is."""
    listed = revocations_of(service.instance) or write_revocations(())
    return Response(listed, media_type="application/json", headers=NO_STORE)


@router.get("/keys")
def keys(caller: Reads, service: ServiceHere) -> Response:
    """Give the page of the keys that this browser pinned."""
    log = service.instance.services.log
    view = {
        "origin": log.origin,
        "vkey": log.verifier_key,
        "digest": hashlib.sha256(service.instance.services.trusted_root).hexdigest(),
        "root": ROOT_AT,
        "revocations": REVOCATIONS_AT,
        "checkpoint": checkpoint_href(log.origin),
    }
    page = page_of(service, caller, "Log")
    return HTMLResponse(render("keys.html", page, view=view), headers=NO_STORE)


@router.get("/attestations/{attestation}")
def attestation(attestation: InPath, caller: Reads, service: ServiceHere) -> Response:
    """Give the page of one attestation of any kind."""
    instance = service.instance
    stored = attestations.by_id(instance.engine, instance.scope, attestation)
    if stored is None:
        raise Absent("service.not-found")
    source = Attested(
        id=stored.id,
        session=stored.session or "",
        predicate_type=stored.predicate_type,
        identity=stored.identity,
        issuer=stored.issuer,
        index=stored.receipt.index,
        recorded_at=datetime.fromtimestamp(stored.recorded_at, UTC).strftime(_TIME),
        statement=statement_of(stored),
    )
    check = replace(browser_check(service, stored.id, f"whereof show {stored.id} --bundle"))
    page = page_of(service, caller, "Commits")
    return HTMLResponse(render("attestation.html", page, view=attestation_view(source, check)), headers=NO_STORE)
