"""Many commits at once: what speaks of each. Looked up, not proved: whoever needs a proof asks for the commit itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from api.auth import Verifies
from api.lists import Page, described, head_of, page_reply
from api.openapi import WRITE, documented
from api.parameters import LongInPath
from api.schemas import AsOf, Body, Counted
from api.service import Service, ServiceHere
from api.shapes import as_of_body
from api.turning import LISTED, AsOfSize
from attest.errors import Absent, InvalidInput
from attest.git import Repository
from attest.ledger.index import normal_repository
from attest.store.attestation_lists import Speaks, speaking_of
from attest.usecases.chain_at_hand import chain_at_hand
from attest.usecases.commit_context import repository_name
from attest.usecases.verify_range import range_commits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

router = APIRouter(prefix="/v1", tags=["commits"])
MAX_COMMITS: Final = 1000
OID: Final = r"^[0-9a-f]{40}(?:[0-9a-f]{24})?$"
_SPAN: Final = re.compile(r"(?P<base>[^.\s][^\s]{0,200}?)\.\.\.(?P<head>[^.\s][^\s]{0,200})")


class SpeaksBody(Body):
    """One attestation that speaks of a commit."""

    attestation: str
    predicate_type: str
    session: str | None
    index: int
    log: str = Field(description="Origin of the log that holds it.")


class CommitRow(Body):
    """One commit, and what the log has of it."""

    oid: str
    recorded: bool = Field(description="Something speaks of it. False is no proof that nothing does.")
    sessions: tuple[str, ...]
    attestations: tuple[SpeaksBody, ...] = Field(description="Newest first.")


class CommitRows(Body):
    """Commits in the order asked for, or of the range, newest first."""

    data: tuple[CommitRow, ...]
    next: None = Field(default=None, description="All commits are on one page.")
    as_of: AsOf
    indexed_to: int = Field(description="Entries below this index were looked at.")
    count: Counted
    not_read: str = Field(description="Why a log before this one was not read: what is not recorded is not known then.")


class CommitsAsked(Body):
    """Full commit ids to look up."""

    commits: Annotated[list[Annotated[str, Field(pattern=OID)]], Field(min_length=1, max_length=MAX_COMMITS)]
    as_of: Annotated[int, Field(ge=1, le=2**53)] | None = None


@router.post(
    "/commits:lookup",
    operation_id="lookup_commits",
    responses=documented(CommitRows, (*WRITE, *LISTED)) | described(CommitRows),
)
def lookup(request: Request, _caller: Verifies, asked: CommitsAsked, service: ServiceHere) -> Response:
    """Look up to 1,000 commits up; a commit that is asked for twice is answered once."""
    oids = tuple(dict.fromkeys(asked.commits))
    return _reply(request, service, oids, asked.as_of)


@router.get(
    "/repos/{repository:path}/range/{span}",
    operation_id="range",
    responses=documented(CommitRows, (*LISTED, "input.usage", "input.too-large", "git.no-such-revision", "git.failed"))
    | described(CommitRows),
)
def span(  # noqa: PLR0917  # which commits, of which state
    request: Request,
    repository: LongInPath,
    span: LongInPath,
    _caller: Verifies,
    service: ServiceHere,
    as_of: AsOfSize = None,
) -> Response:
    """Give what speaks of each commit of `base...head`, in a clone that the service was started with; 1,000 at most.

    The repository is named as its statements name it, with or without `git+https://`.
    """
    clone = clone_of(service, repository)
    oids = range_commits(clone, *span_ends(clone, span))
    if len(oids) > MAX_COMMITS:
        raise InvalidInput("input.too-large", "commits of a range", expected=f"<= {MAX_COMMITS}")
    return _reply(request, service, oids, as_of)


def span_ends(clone: Repository, span: str) -> tuple[str, str]:
    """Give both ends of `base...head` as full ids.

    Raises:
        InvalidInput: `input.usage`, not of that form; `git.no-such-revision`.
    """
    ends = _SPAN.fullmatch(span)
    if ends is None:
        raise InvalidInput("input.usage", "not a range", expected="base...head")
    return clone.resolve(ends["base"]), clone.resolve(ends["head"])


def clone_of(service: Service, name: str) -> Repository:
    """Give the clone, named at start, of a repository that the caller may see.

    Raises:
        Absent: `service.not-found`, there is none, or it is not the caller's to see.
    """
    wanted = normal_repository(name if name.startswith("git+") else f"git+https://{name}")
    seen = service.instance.scope.repositories
    if seen is None or wanted in seen:
        for path in service.config.repositories:
            clone = Repository.open(path)
            if normal_repository(repository_name(clone, "HEAD")) == wanted:
                return clone
    raise Absent("service.not-found")


def _reply(request: Request, service: Service, oids: tuple[str, ...], as_of: int | None) -> Response:
    instance = service.instance
    state, found = speaking_of(instance.engine, instance.scope, oids, head_of(service, as_of))
    chain = chain_at_hand(instance)
    logs = (one.log for one in chain.logs)  # all of what stands in them was there at any size of this log
    before = ((log.origin, speaking_of(log.engine, log.scope, oids, None)[1]) for log in logs)
    listed = ((state.log, found), *before)
    body = CommitRows(
        data=tuple(_row(oid, listed) for oid in oids),
        as_of=as_of_body(state),
        indexed_to=state.tree_size,
        count=Counted(value=len(oids), relation="eq"),
        not_read=chain.missing,
    )
    fixed = as_of is not None and request.method == "GET" and not chain.missing
    return page_reply(request, Page(body=body, fixed=fixed))


def _row(oid: str, listed: Sequence[tuple[str, Mapping[str, tuple[Speaks, ...]]]]) -> CommitRow:
    speaks = [(log, one) for log, found in listed for one in found[oid]]
    return CommitRow(
        oid=oid,
        recorded=bool(speaks),
        sessions=tuple(dict.fromkeys(one.session for _, one in speaks if one.session)),
        attestations=tuple(
            SpeaksBody(
                attestation=one.attestation,
                predicate_type=one.predicate_type,
                session=one.session,
                index=one.index,
                log=log,
            )
            for log, one in speaks
        ),
    )
