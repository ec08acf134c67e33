"""Entries of the log by number, and the proof that each is in the tree."""

from __future__ import annotations

import base64
import json
from typing import Annotated, Final

from fastapi import APIRouter, Header, Path, Query
from fastapi.responses import Response

from api.auth import Verifies
from api.openapi import READ, documented
from api.parameters import MAX_HEADER, Known
from api.replies import NO_STORE, lasting, reply
from api.schemas import Entry, InclusionProof
from api.service import Service, ServiceHere
from attest.errors import Absent, InvalidInput
from attest.ledger.cose_receipt import MEDIA_TYPE
from attest.ledger.tree import MAX_TREE_SIZE
from attest.store import attestations
from attest.usecases.entry_proof import EntryProof, cose_receipt, prove_cosigned, prove_entry

router = APIRouter(prefix="/v1/entries", tags=["log"])
Index = Annotated[int, Path(ge=0, le=MAX_TREE_SIZE)]
_CODES: Final = (*READ, "service.not-found")


@router.get("/{index}", operation_id="entry", responses=documented(Entry, _CODES))
def entry(index: Index, _caller: Verifies, service: ServiceHere, if_none_match: Known = None) -> Response:
    """Give one leaf and what it was made from; it never changes."""
    found = service.log.entry(index)
    if found is None or not _visible(service, found.attestation):
        raise Absent("service.not-found")
    body = Entry(
        log=service.instance.services.log.origin,
        index=index,
        kind=found.kind,
        leaf_hash=found.leaf_hash.hex(),
        body=_text(found.leaf.body),
        envelope=_text(found.leaf.envelope),
        certificate=_text(found.leaf.certificate),
        token=_text(found.leaf.token) if found.leaf.token is not None else None,
        attestation=found.attestation,
    )
    content = json.dumps(body.model_dump(mode="json")).encode()
    return lasting(content, "application/json", etag=found.leaf_hash.hex(), known=if_none_match)


@router.get(
    "/{index}/proof",
    operation_id="entry_proof",
    responses=documented(InclusionProof, (*_CODES, "ledger.range", "service.not-acceptable", "store.away")),
)
def proof(  # which tree, in which form
    index: Index,
    _caller: Verifies,
    service: ServiceHere,
    *,
    tree_size: Annotated[int | None, Query(ge=1, le=MAX_TREE_SIZE)] = None,
    witnessed: Annotated[bool, Query(description="In the newest tree that a witness cosigned.")] = False,
    accept: Annotated[str, Header(max_length=MAX_HEADER)] = "*/*",
) -> Response:
    """Prove that an entry is in the tree of `tree_size` leaves, or of the newest published size.

    `Accept: text/plain` gives the C2SP tlog-proof, for sizes that the log has signed. `witnessed=true` proves it in the
    newest tree that any witness cosigned, under the checkpoint with the cosignatures; 404 while there is none.
    `Accept: application/cose` gives a COSE receipt (RFC 9942) in the newest published tree.
    """
    if witnessed and tree_size is not None:
        raise InvalidInput("input.malformed", "a tree size and `witnessed`", expected="one of the two")
    asked = {part.partition(";")[0].strip().lower() for part in accept.split(",")}
    if asked & {"*/*", "application/*", "application/json"}:
        found = reply(_body(service, _proved(service, index, tree_size, witnessed=witnessed)))
    elif MEDIA_TYPE in asked and tree_size is None and not witnessed:
        found = Response(cose_receipt(service.instance, index), media_type=MEDIA_TYPE, headers=NO_STORE)
    elif asked & {"text/plain", "text/*"}:
        text = _proved(service, index, tree_size, witnessed=witnessed).text()
        found = Response(text, media_type="text/plain; charset=utf-8", headers=NO_STORE)
    else:
        raise InvalidInput(
            "service.not-acceptable", expected="application/json, text/plain, or application/cose for the newest tree"
        )
    found.headers["Vary"] = "Accept"
    return found


def _proved(service: Service, index: int, tree_size: int | None, *, witnessed: bool) -> EntryProof:
    if not witnessed:
        return prove_entry(service.instance, index, tree_size)
    found = prove_cosigned(service.instance, index)
    if found is None:
        raise Absent("service.not-found", "no witness has cosigned a tree with this entry yet")
    return found


def _visible(service: Service, attestation: str | None) -> bool:
    """Say whether the caller may see whose entry it is; the log's own entries are for all."""
    instance = service.instance
    if attestation is None or instance.scope.repositories is None:
        return True
    return attestations.by_id(instance.engine, instance.scope, attestation) is not None


def _body(service: Service, proved: EntryProof) -> InclusionProof:
    return InclusionProof(
        log=service.instance.services.log.origin,
        index=proved.index,
        leaf_hash=proved.leaf_hash.hex(),
        tree_size=proved.tree_size,
        root=proved.root.hex(),
        hashes=tuple(value.hex() for value in proved.hashes),
        checkpoint=proved.checkpoint,
        sigstore_checkpoint=proved.sigstore_checkpoint,
    )


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
