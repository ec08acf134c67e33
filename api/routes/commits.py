"""The answer for a commit, and the proof that its list of evidence is complete."""

from __future__ import annotations

import base64
import re
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response

from api.auth import CallerHere
from api.openapi import READ, documented
from api.problems import Ambiguous
from api.replies import NO_STORE
from api.routes.entries import prove_entry
from api.schemas import AsOf, Commit, Completeness, IndexLeaf
from api.service import Service, ServiceHere
from attest.errors import Absent, Conflict
from attest.git import Repository
from attest.ledger.index import KeyKind, index_key
from attest.model.answer import Answer
from attest.model.answer_json import to_json
from attest.store.attestations import values_with_prefix
from attest.usecases.answer import answer_for
from attest.usecases.complete import complete_rows

router = APIRouter(prefix="/v1/commits", tags=["commits"])
MAX_CANDIDATES: Final = 16
TRIES: Final = 3
_FULL: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", re.ASCII)
_PREFIX: Final = re.compile(r"[0-9a-f]{7,63}", re.ASCII)


@router.get(
    "/{oid}",
    operation_id="commit",
    responses=documented(Commit, (*READ, "service.not-found", "input.ambiguous", "evidence.index", "ledger.conflict")),
)
def commit(
    oid: str,
    _caller: CallerHere,
    service: ServiceHere,
    proof: Annotated[Literal["complete"] | None, Query()] = None,
) -> Response:
    """Answer for a commit: a full oid, or 7 or more of its first digits; "not recorded" is an answer like any other.

    With `proof=complete` the body has `completeness`: what a client needs to check, with nothing of this server, that
    the log lists these entries for the commit and no other as of the answer's tree size.
    """
    full = resolve(service, oid)
    if proof is None:
        return JSONResponse(to_json(answer_of(service, full)), headers=NO_STORE)
    for _ in range(TRIES):
        answer, complete = answer_of(service, full), completeness_of(service, full)
        if answer.as_of is not None and answer.as_of.tree_size == complete.as_of.tree_size:
            body = to_json(answer) | {"completeness": complete.model_dump(mode="json")}
            return JSONResponse(body, headers=NO_STORE)
    # The log grew between answer and proof each time: the two would speak of different trees.
    raise Conflict("ledger.conflict")


def resolve(service: Service, name: str) -> str:
    """Give the full oid of a commit named in full or by its first digits.

    Raises:
        Absent: `service.not-found`, it is no oid, or the beginning of none that is recorded here.
        Ambiguous: it is the beginning of several.
    """
    if _FULL.fullmatch(name):
        return name
    if not _PREFIX.fullmatch(name):
        raise Absent("service.not-found")
    instance = service.instance
    fits = values_with_prefix(instance.engine, instance.scope, KeyKind.GIT_COMMIT.value, name, limit=MAX_CANDIDATES)
    if len(fits) > 1:
        raise Ambiguous(fits)
    if not fits:
        raise Absent("service.not-found")
    return fits[0]


def answer_of(service: Service, oid: str) -> Answer:
    """Give the answer for a full oid, compared with a clone named at start when one has the commit."""
    clones = (Repository.open(path) for path in service.config.repositories)
    clone = next((clone for clone in clones if clone.has_commit(oid)), None)
    return answer_for(service.instance, oid, clone)


def completeness_of(service: Service, oid: str) -> Completeness:
    """Give what proves the list of a commit complete at the newest head.

    Raises:
        NotVerified: the stored index is not what the log committed to.
        Absent: `service.not-found`, the head is not published yet.
    """
    found = complete_rows(service.instance, KeyKind.GIT_COMMIT, oid)
    size = found.state.tree_size
    proof, leaf, head = prove_entry(service, size - 1, size), service.log.entry(size - 1), service.log.head(size)
    if leaf is None or head is None:
        raise Absent("service.not-found")
    return Completeness(
        key=index_key(KeyKind.GIT_COMMIT, oid).hex(),
        entries=tuple(row.index for row in found.rows),
        as_of=AsOf(log=service.instance.services.log.origin, tree_size=size, root=head.root.hex()),
        checkpoint=head.c2sp_note,
        sigstore_checkpoint=head.sigstore_note,
        index_leaf=IndexLeaf(
            index=size - 1,
            body=_text(leaf.leaf.body),
            envelope=_text(leaf.leaf.envelope),
            certificate=_text(leaf.leaf.certificate),
            hashes=proof.hashes,
        ),
        live=_text(found.state.live_blob),
        proofs=tuple(item.to_json() for item in found.proofs),
    )


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
