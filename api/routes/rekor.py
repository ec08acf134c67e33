"""The log as a Rekor v1: entries proposed by clients that are not ours, and read by number or leaf hash.

Who may read is what holds for the log as files: everyone, or in a private log those who signed in.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Annotated, Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse, Response

from api.auth import OfTheLog
from api.openapi import binary, take_request_body
from api.parameters import InPath
from api.replies import NO_STORE
from api.service import Service, ServiceHere
from api.sigstore import BASE, NO_CREDENTIALS, WRITE, ProposalBody, own_log, refusals
from api.writing import WriterSlot
from attest.errors import Absent, InvalidInput
from attest.ledger.proof import consistency_proof, range_root
from attest.ledger.tree import MAX_TREE_SIZE
from attest.usecases.rekor_entry import add_entry, entry_by_leaf_hash, entry_of

if TYPE_CHECKING:
    from attest.store.entry_names import LoggedEntry

router = APIRouter(prefix="/logs/{log}/api/v1/log", tags=["sigstore"], dependencies=[Depends(own_log)])
_EVIDENCE: Final = (
    "evidence.malformed",
    "evidence.statement",
    "evidence.signature",
    "evidence.certificate",
    "evidence.identity",
    "evidence.unsupported",
    "redaction.quarantined",
    "redaction.failed",
    "ledger.conflict",
    "store.refused",
)
_READ: Final = (*BASE, "service.unauthenticated", "store.away")
_UUID: Final = re.compile(r"(?:([0-9a-f]{16}))?([0-9a-f]{64})", re.ASCII)
_MAX_TREE_ID: Final = (1 << 63) - 1
Size = Annotated[int | None, Query(ge=1, le=MAX_TREE_SIZE)]
_ENTRY: Final = {"description": "One entry under its UUID, with SET, inclusion proof and checkpoint."}


@router.post(
    "/entries",
    dependencies=[Depends(NO_CREDENTIALS)],
    operation_id="rekor_add",
    status_code=201,
    response_class=JSONResponse,
    responses=refusals((*WRITE, *_EVIDENCE)) | {201: _ENTRY},
    openapi_extra=take_request_body(
        "application/json", "A proposed entry: `dsse` 0.0.1, `intoto` 0.0.2 or `hashedrekord` 0.0.1."
    ),
)
def add(raw: ProposalBody, _slot: WriterSlot, service: ServiceHere) -> Response:
    """Log what is signed under a certificate of this log's own authority; the same again is a 409 with its address."""
    done = add_entry(raw, service.instance)
    index = done.entry.receipt.index
    service.events.info("rekor-entry", index=index, kind=done.entry.kind, created=done.created)
    where = f"/logs/{service.instance.log.name}/api/v1/log/entries/{_uuid(service, done.entry)}"
    headers = {**NO_STORE, "Location": where}
    if not done.created:
        message = f"an equivalent entry is in the log already, at {index}"
        return JSONResponse({"code": 409, "message": message}, status_code=409, headers=headers)
    return JSONResponse(_rendered(service, done.entry), status_code=201, headers=headers)


@router.get(
    "/entries",
    operation_id="rekor_entry_by_index",
    dependencies=[Depends(OfTheLog())],
    response_class=JSONResponse,
    responses=refusals((*_READ, "input.malformed")) | {200: _ENTRY},
)
def by_index(service: ServiceHere, index: Annotated[int, Query(alias="logIndex", ge=0, le=MAX_TREE_SIZE)]) -> Response:
    """Give an entry by its number, with the proof that it was answered with."""
    return JSONResponse(_rendered(service, entry_of(service.instance, index)), headers=NO_STORE)


@router.get(
    "/entries/{uuid}",
    operation_id="rekor_entry",
    dependencies=[Depends(OfTheLog())],
    response_class=JSONResponse,
    responses=refusals((*_READ, "input.malformed")) | {200: _ENTRY},
)
def by_uuid(uuid: InPath, service: ServiceHere) -> Response:
    """Give an entry by its leaf hash, with or without the id of the tree; only those that were proposed here."""
    found = _UUID.fullmatch(uuid)
    if not found:
        raise InvalidInput("input.malformed", expected="64 or 80 hex digits", where="uuid")
    if found[1] is not None and int(found[1], 16) != _tree_id(service):
        raise Absent("service.not-found")
    entry = entry_by_leaf_hash(service.instance, bytes.fromhex(found[2]))
    return JSONResponse(_rendered(service, entry), headers=NO_STORE)


@router.get(
    "",
    operation_id="rekor_log",
    dependencies=[Depends(OfTheLog())],
    response_class=JSONResponse,
    responses=refusals(_READ) | {200: {"description": "Size, root and checkpoint of the newest published tree."}},
)
def info(service: ServiceHere) -> Response:
    """Give the newest published tree."""
    published = service.instance.log.publisher.published()
    head = service.log.head(published.size) if published else None
    if head is None:
        raise Absent("service.not-found")
    found = {
        "rootHash": head.root.hex(),
        "treeSize": head.tree_size,
        "signedTreeHead": head.sigstore_note,
        "treeID": str(_tree_id(service)),
        "inactiveShards": [],
    }
    return JSONResponse(found, headers=NO_STORE)


@router.get(
    "/proof",
    operation_id="rekor_proof",
    dependencies=[Depends(OfTheLog())],
    response_class=JSONResponse,
    responses=refusals((*_READ, "input.malformed"))
    | {200: {"description": "A consistency proof (RFC 6962 2.1.2), hex, and the root of the later tree."}},
)
def proof(
    service: ServiceHere,
    last: Annotated[int, Query(alias="lastSize", ge=1, le=MAX_TREE_SIZE)],
    first: Annotated[int, Query(alias="firstSize", ge=1, le=MAX_TREE_SIZE)] = 1,
) -> Response:
    """Prove that a tree of `lastSize` entries continues the one of `firstSize`."""
    publisher = service.instance.log.publisher
    published = publisher.published()
    if published is None or not first <= last <= published.size:
        raise Absent("service.not-found")
    read = publisher.reader(published.size).read
    hashes = [value.hex() for value in consistency_proof(first, last, read)]
    return JSONResponse({"rootHash": range_root(0, last, read).hex(), "hashes": hashes}, headers=NO_STORE)


@router.get(
    "/publicKey",
    dependencies=[Depends(NO_CREDENTIALS)],
    operation_id="rekor_public_key",
    response_class=Response,
    responses=refusals(BASE) | {200: binary("application/x-pem-file", "The log's public key, PEM.")},
)
def public_key(service: ServiceHere) -> Response:
    """Give the key that signs SETs and Sigstore checkpoints; what a verifier pins is the trusted root, not this."""
    key = service.instance.services.log.note_key.public_key()
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return Response(pem, media_type="application/x-pem-file", headers=NO_STORE)


def _rendered(service: Service, entry: LoggedEntry) -> dict[str, object]:
    receipt = entry.receipt
    verification: dict[str, object] = {
        "inclusionProof": {
            "checkpoint": receipt.note,
            "hashes": [node.hex() for node in receipt.proof],
            "logIndex": receipt.index,
            "rootHash": receipt.root.hex(),
            "treeSize": receipt.tree_size,
        }
    }
    if receipt.set_signature is not None:
        verification["signedEntryTimestamp"] = base64.b64encode(receipt.set_signature).decode()
    body: dict[str, object] = {
        "body": base64.b64encode(entry.leaf.body).decode(),
        "integratedTime": receipt.integrated_time or 0,
        "logID": receipt.log_id.hex(),
        "logIndex": receipt.index,
        "verification": verification,
    }
    return {_uuid(service, entry): body}


def _uuid(service: Service, entry: LoggedEntry) -> str:
    return f"{_tree_id(service):016x}{entry.leaf_hash.hex()}"


def _tree_id(service: Service) -> int:
    return int.from_bytes(service.instance.services.log.log_id[:8], "big") & _MAX_TREE_ID
