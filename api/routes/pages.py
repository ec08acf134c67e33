"""The pages: the same answers as the API, as documents to read and to print."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.auth import Open, Reads
from api.pages.links import attestation_href, commit_href, session_href
from api.pages.other_views import Failure, Found, Search
from api.pages.render import render_answer, render_failure, render_search
from api.problems import Ambiguous
from api.readings import Searching, Told, record_access
from api.replies import NO_STORE
from api.routes.commits import answer_of, resolve
from api.routes.proof_pages import browser_check
from api.service import Service, ServiceHere
from api.shapes import recording_body
from attest.errors import Absent
from attest.model.answer import AsOf, Mark
from attest.model.session_predicate import SESSION_V1
from attest.store import attestations

router = APIRouter(include_in_schema=False)
RECENT: Final = 25
EVIDENCE: Final = 10
"""Number of the section with the proof lines."""
_NOTHING: Final = "Nothing of that name is recorded here, or it is not yours to see."
_COVERAGE: Final = (
    "Only sessions recorded into this log. A commit without a session is not known to be made without an agent."
)


@router.get("/")
def home(_caller: Reads, service: ServiceHere) -> Response:
    """Give the search page with the newest recordings."""
    return _page(render_search(_recent(service)))


@router.get("/search")
def search(asked: Searching, service: ServiceHere, q: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Lead to the one thing that a query names, or say why there is none."""
    query = q.strip()
    if not query:
        return RedirectResponse("/", status_code=303, headers=NO_STORE)
    # A link is made only of what is an id: a query never chooses where a redirect leads.
    target = session_href(query) or attestation_href(query)
    if target:
        return RedirectResponse(target, status_code=303, headers=NO_STORE)
    try:
        oid = resolve(service, query.lower())
    except Ambiguous as err:
        record_access(service, asked, Told(rows=len(err.candidates)))
        rows = tuple(Found(oid=oid) for oid in err.candidates)
        found = Search(query=query, rows=rows, message="More than one commit begins so.", coverage=_COVERAGE)
        return _page(render_search(found))
    except Absent:
        record_access(service, asked, Told(rows=0))
        return _page(render_search(Search(query=query, message=_NOTHING, coverage=_COVERAGE)))
    record_access(service, asked, Told(rows=1))
    return RedirectResponse(commit_href(oid), status_code=303, headers=NO_STORE)


_TWIN: Final = [Depends(Open("leads to the same name below /v1, known or not"))]


@router.get("/commits/{name}.json", dependencies=_TWIN)
def commit_twin(name: str) -> Response:
    """Lead from the page of a commit to its JSON."""
    return _below_v1(commit_href(name))


@router.get("/sessions/{name}.json", dependencies=_TWIN)
def session_twin(name: str) -> Response:
    """Lead from the page of a session to its JSON."""
    return _below_v1(session_href(name))


def _below_v1(href: str) -> Response:
    if not href:
        raise Absent("service.not-found")
    return RedirectResponse(f"/v1{href}", status_code=303, headers=NO_STORE)


@router.get("/commits/{oid}")
def commit(oid: str, _caller: Reads, service: ServiceHere) -> Response:
    """Give the answer for a commit."""
    full = resolve(service, oid)
    if full != oid:
        return RedirectResponse(commit_href(full), status_code=303, headers=NO_STORE)
    answer = answer_of(service, full)
    check = browser_check(service, answer.attestations[0], f"whereof verify {full}") if answer.attestations else None
    failed = next((row for row in answer.section(EVIDENCE).rows if row.mark is Mark.INVALID), None)
    if failed is not None:
        # Evidence that failed is never shown as an answer with a stain: the failure is the page.
        return _page(render_failure(Failure(answer=answer, headline=f"Evidence failed: {failed.term}.")))
    return _page(render_answer(answer, check=check))


def _recent(service: Service) -> Search:
    instance = service.instance
    found = attestations.newest(instance.engine, instance.scope, before=None, limit=RECENT, predicate_type=SESSION_V1)
    rows = []
    for row in found.rows:
        body = recording_body(row)
        rows += [
            Found(oid=oid, agent=body.agent or "not known", model=", ".join(body.models), sessions=1)
            for oid in body.commits
        ]
    head = found.as_of
    as_of = AsOf(log=head.log, tree_size=head.tree_size, root=head.root.hex())
    return Search(rows=tuple(rows), coverage=_COVERAGE, as_of=as_of)


def _page(text: str) -> Response:
    return HTMLResponse(text, headers=NO_STORE)
