"""The answer for a commit, and the proof that its list of evidence is complete."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response

from api.auth import Verifies, require
from api.clones import clone_with
from api.completeness import completeness_of
from api.openapi import READ, documented
from api.parameters import InPath
from api.problems import Ambiguous
from api.replies import NO_STORE
from api.schemas import Commit, PortableAnswer
from api.service import Service, ServiceHere
from api.turning import AsOfSize
from attest.errors import Absent, InvalidInput
from attest.ledger.index import KeyKind
from attest.model.answer import Answer
from attest.model.answer_json import to_json
from attest.model.rights import Right
from attest.usecases.answer import answer_for
from attest.usecases.complete_answer import complete_answers
from attest.usecases.find import recorded_commits
from attest.usecases.reach import Reached, reach

router = APIRouter(prefix="/v1/commits", tags=["commits"])
MAX_CANDIDATES: Final = 16
_FULL: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", re.ASCII)
_PREFIX: Final = re.compile(r"[0-9a-f]{7,63}", re.ASCII)


@router.get(
    "/{oid}",
    operation_id="commit",
    responses=documented(
        None, (*READ, "service.not-found", "input.ambiguous", "evidence.index", "evidence.chain", "ledger.conflict")
    )
    | {200: {"model": Commit | PortableAnswer, "description": "A `PortableAnswer` with `proof=portable`."}},
)
def commit(
    oid: InPath,
    caller: Verifies,
    service: ServiceHere,
    *,
    proof: Annotated[Literal["complete", "portable"] | None, Query()] = None,
    as_of: AsOfSize = None,
) -> Response:
    """Answer for a commit: a full oid, or 7 or more of its first digits; "not recorded" is an answer like any other.

    With `proof=complete` the body has `completeness`: what a client needs to check, with nothing of this server, that
    the log lists these entries for the commit and no other as of the answer's tree size. With `proof=portable` the body
    is a `complete-answer/v1` file with the bundles, which `whereof verify --bundle` takes. With `as_of` what was logged
    later is left out, and the evidence is judged again without it; a proof is of the newest head alone.
    """
    full = resolve(service, oid)
    if proof is not None and as_of is not None:
        raise InvalidInput("input.malformed", "a proof is of the newest head", where="query: as_of")
    if proof == "portable":
        (portable,) = complete_answers(service.instance, (full,))
        return Response(portable, media_type="application/json", headers=NO_STORE)
    require(caller, Right.SESSION_READ, service)
    reached = reach(service.instance, full, as_of)
    body = to_json(answer_of(service, full, reached))
    if proof is not None:
        complete = completeness_of(service, KeyKind.GIT_COMMIT, full, reached.complete)
        body |= {"completeness": complete.model_dump(mode="json")}
    return JSONResponse(body, headers=NO_STORE)


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
    fits = recorded_commits(service.instance, name, limit=MAX_CANDIDATES)
    if len(fits) > 1:
        raise Ambiguous(fits)
    if not fits:
        raise Absent("service.not-found")
    return fits[0]


def answer_of(service: Service, oid: str, reached: Reached | None = None) -> Answer:
    """Give the answer for a full oid, compared with a clone named at start that has the commit and is the caller's to see."""
    return answer_for(service.instance, oid, clone_with(service, oid), reached=reached)
