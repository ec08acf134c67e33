"""Entries of the log by number, and the proof that each is in the tree."""

from __future__ import annotations

import base64
import json
from typing import Annotated, Final

from fastapi import APIRouter, Header, Path, Query
from fastapi.responses import Response

from api.auth import CallerHere
from api.openapi import READ, documented
from api.replies import lasting, reply
from api.schemas import Entry, InclusionProof
from api.service import Service, ServiceHere
from attest.errors import Absent
from attest.ledger.proof import inclusion_proof, range_root
from attest.ledger.tree import MAX_TREE_SIZE

router = APIRouter(prefix="/v1/entries", tags=["log"])
Index = Annotated[int, Path(ge=0, le=MAX_TREE_SIZE)]
_CODES: Final = (*READ, "service.not-found")


@router.get("/{index}", operation_id="entry", responses=documented(Entry, _CODES))
def entry(
    index: Index, _caller: CallerHere, service: ServiceHere, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """Give one leaf and what it was made from; it never changes."""
    found = service.log.entry(index)
    if found is None:
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
    "/{index}/proof", operation_id="entry_proof", responses=documented(InclusionProof, (*_CODES, "ledger.range"))
)
def proof(
    index: Index,
    _caller: CallerHere,
    service: ServiceHere,
    tree_size: Annotated[int | None, Query(ge=1, le=MAX_TREE_SIZE)] = None,
) -> Response:
    """Prove that an entry is in the tree of `tree_size` leaves, or of the newest published size."""
    return reply(prove_entry(service, index, tree_size))


def prove_entry(service: Service, index: int, tree_size: int | None) -> InclusionProof:
    """Give the inclusion proof of an entry, made from published tiles alone.

    Raises:
        Absent: `service.not-found`, nothing of that number or size is published.
    """
    publisher = service.instance.log.publisher
    published = publisher.published()
    size = tree_size if tree_size is not None else published.size if published else 0
    if published is None or not index < size <= published.size:
        raise Absent("service.not-found")
    read = publisher.reader(published.size).read
    head = service.log.head(size)
    return InclusionProof(
        log=service.instance.services.log.origin,
        index=index,
        leaf_hash=read(0, index).hex(),
        tree_size=size,
        root=range_root(0, size, read).hex(),
        hashes=tuple(value.hex() for value in inclusion_proof(index, size, read)),
        checkpoint=head.c2sp_note if head else None,
        sigstore_checkpoint=head.sigstore_note if head else None,
    )


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
