"""What a responder asks: which sessions touched something, and which landed on the same paths."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from api.auth import Caller, Reads, require
from api.openapi import READ, documented
from api.replies import reply
from api.search_bodies import Accesses, OverlapAsk, OverlapsBody, accesses_body, overlaps_body
from api.service import Service, ServiceHere
from api.transcripts import address_class
from attest.errors import InvalidInput
from attest.ledger.index import normal_repository
from attest.model.rights import Right
from attest.model.search_query import MAX_QUERY_CHARS, SearchQuery, parse_query
from attest.model.session_overlap import OverlapQuestion
from attest.usecases.access_log import Access
from attest.usecases.overlaps import overlaps
from attest.usecases.search import search

router = APIRouter(tags=["search"])
_ASKED: Final = (*READ, "search.query", "search.too-broad", "search.no-regexp", "service.access-log")


_When = Annotated[str, Query(pattern="^[0-9A-Za-z:.+-]{0,40}$", description="`30d`, `12h`, or RFC 3339.")]


def _asked(  # noqa: PLR0917  # one parameter for each part of the question
    q: Annotated[str, Query(max_length=MAX_QUERY_CHARS, description="`entity:file=config/keys.pem since:30d`")] = "",
    kind: Annotated[str, Query(pattern="^[a-z]{0,16}$", description="`file`, `secret`, `host`, `mcp`, `cmd`, …")] = "",
    name: Annotated[str, Query(max_length=512)] = "",
    name_hash: Annotated[str, Query(pattern="^(?:fp_[0-9a-f]{64})?$", description="Fingerprint of a secret.")] = "",
    op: Annotated[str, Query(pattern="^[a-z]{0,16}$")] = "",
    since: _When = "",
    until: _When = "",
) -> SearchQuery:
    """Read a question: the query, and parameters that stand for terms of it."""
    if bool(kind) != bool(name):
        raise InvalidInput("search.query", "kind and name go together", where="kind")
    terms = [q] + ([f'entity:{kind}="{_quoted(name)}"'] if kind else [])
    given = (("fingerprint", name_hash), ("op", op), ("since", since), ("until", until))
    return parse_query(" ".join((*terms, *(f"{key}:{value}" for key, value in given if value))))


@router.get("/v1/accesses", operation_id="accesses", responses=documented(Accesses, _ASKED))
def accesses(
    request: Request, caller: Reads, service: ServiceHere, asked: Annotated[SearchQuery, Depends(_asked)]
) -> Response:
    """Find sessions by what they touched; in groups by how that is known, and with what is not known."""
    if asked.words:
        # A word that is found says that it was said: no less than reading it.
        require(caller, Right.TRANSCRIPT, service)
    _record(service, caller, request, asked)
    return reply(accesses_body(search(service.instance, asked)))


@router.post(
    "/v1/overlaps:check",
    operation_id="check_overlaps",
    responses=documented(OverlapsBody, (*READ, "input.too-large")),
)
def check_overlaps(_caller: Reads, body: OverlapAsk, service: ServiceHere) -> Response:
    """Name sessions that landed a change of these paths since a base, and what a session read before it changed."""
    question = OverlapQuestion(
        paths=body.paths,
        repository=normal_repository(body.repository) if body.repository else "",
        base=body.base,
        landed=body.landed,
        session=body.session,
    )
    return reply(overlaps_body(overlaps(service.instance, question)))


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _record(service: Service, caller: Caller, request: Request, query: SearchQuery) -> None:
    """Write down that somebody searched, before anything is shown.

    Raises:
        Refused: `service.access-log`.
    """
    head = service.log.head()
    service.access_log.write(
        Access(
            who=caller.principal.name,
            right=(Right.TRANSCRIPT if query.words else Right.SESSION_READ).value,
            purpose="",
            query=f"{request.url.path}?{request.url.query}",
            session=None,
            attestation=None,
            rows=0,
            tree_size=head.tree_size if head else 0,
            address=address_class(request.client.host if request.client else ""),
        )
    )
