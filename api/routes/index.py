"""The verifiable index by key: which entries speak of a thing, with the proof that no other does."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query
from fastapi.responses import Response

from api.auth import Verifies
from api.completeness import completeness_of
from api.openapi import READ, documented
from api.replies import reply
from api.schemas import Completeness
from api.service import ServiceHere
from attest.errors import InvalidInput
from attest.ledger.index import KeyKind, normal_repository

router = APIRouter(prefix="/v1/index", tags=["log"])
MAX_VALUE_CHARS: Final = 2048
KINDS: Final = {kind.value: kind for kind in KeyKind}


@router.get(
    "", operation_id="index", responses=documented(Completeness, (*READ, "service.not-found", "evidence.index"))
)
def lookup(
    _caller: Verifies,
    service: ServiceHere,
    kind: Annotated[
        str, Query(max_length=32, description="`git-commit`, `repository`, `session` or `predicate-type`.")
    ],
    value: Annotated[str, Query(min_length=1, max_length=MAX_VALUE_CHARS)],
) -> Response:
    """Prove which entries the log lists for a key; none is an answer like any other.

    An answer about a commit is complete when its own key and that of every session it leads to were proved at one
    checkpoint: ask here for the sessions.
    """
    found = KINDS.get(kind)
    if found is None:
        raise InvalidInput("input.malformed", expected=", ".join(KINDS), where="query.kind")
    return reply(completeness_of(service, found, normal_repository(value) if found is KeyKind.REPOSITORY else value))
