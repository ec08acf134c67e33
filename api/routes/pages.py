"""The pages: the same answers as the API, as documents to read and to print."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.auth import Open, Reads, require
from api.pages.box import MAX_QUERY_CHARS, Kind
from api.pages.box import Asked as Typed
from api.pages.box import asked as read_box
from api.pages.found_view import found_view
from api.pages.links import attestation_page, commit_href, population_href, pull_href, session_href
from api.pages.other_views import Failure, Found, Search
from api.pages.render import render, render_answer, render_failure, render_search
from api.pages.workspace import page_of
from api.parameters import InPath
from api.problems import Ambiguous
from api.readings import Asked, Searching, Told, record_access
from api.replies import NO_STORE
from api.routes.commits import answer_of, resolve
from api.routes.proof_pages import browser_check
from api.service import Service, ServiceHere
from api.shapes import recording_body
from api.turning import AsOfSize
from attest.errors import Absent, InvalidInput
from attest.model.answer import AsOf, Mark
from attest.model.rights import Right
from attest.model.search_query import parse_query
from attest.model.session_predicate import SESSION_V1
from attest.store import attestations
from attest.usecases.reach import reach
from attest.usecases.search import search as find_touches

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
def search(
    asked: Searching, service: ServiceHere, q: Annotated[str, Query(max_length=MAX_QUERY_CHARS)] = ""
) -> Response:
    """Lead to the one thing that a query names, show the sessions that touched it, or say why there is none."""
    query = read_box(q)
    if query.kind is Kind.NOTHING:
        return RedirectResponse("/", status_code=303, headers=NO_STORE)
    if query.kind is Kind.COMMIT:
        return _commit(service, asked, q.strip(), query.value)
    if query.kind in _LOOKED_FOR:
        return _touched(service, asked, q.strip(), query)
    # A link is made only of what is an id: a query never chooses where a redirect leads.
    target = _named(query)
    if target:
        return RedirectResponse(target, status_code=303, headers=NO_STORE)
    record_access(service, asked, Told(rows=0))
    return _nothing(q.strip(), _NOTHING)


_LOOKED_FOR: Final = frozenset({Kind.PATH, Kind.QUERY, Kind.WORDS})


def _named(query: Typed) -> str:
    """Give where a query leads by its form alone; whoever may not see it meets the same page as where nothing is."""
    if query.kind is Kind.SESSION:
        return session_href(query.value)
    if query.kind is Kind.POPULATION:
        return population_href(query.value)
    if query.kind is Kind.ENTRY:
        return f"/v1/entries/{int(query.value)}"
    if query.kind is Kind.PULL:
        return pull_href(f"{query.host}/{query.value}" if query.host else query.value, query.number)
    return attestation_page(f"att_{query.value}" if query.kind is Kind.DIGEST else query.value)


def _commit(service: Service, asked: Asked, query: str, prefix: str) -> Response:
    try:
        oid = resolve(service, prefix.lower())
    except Ambiguous as err:
        record_access(service, asked, Told(rows=len(err.candidates)))
        rows = tuple(Found(oid=oid) for oid in err.candidates)
        message = "More than one commit begins so."
        return _page(render_search(Search(query=query, rows=rows, message=message, coverage=_COVERAGE)))
    except Absent:
        record_access(service, asked, Told(rows=0))
        return _nothing(query, _NOTHING)
    record_access(service, asked, Told(rows=1))
    return RedirectResponse(commit_href(oid), status_code=303, headers=NO_STORE)


def _touched(service: Service, asked: Asked, query: str, typed: Typed) -> Response:
    text = f"file:**/{typed.value.lstrip('/')}" if typed.kind is Kind.PATH else query
    try:
        parsed = parse_query(text)
        if parsed.words:
            # A word that is found says that it was said: no less than reading it.
            require(asked.caller, Right.TRANSCRIPT, service)
            asked = replace(asked, right=Right.TRANSCRIPT)
        found = find_touches(service.instance, parsed)
    except InvalidInput as err:
        record_access(service, asked, Told(rows=0))
        return _nothing(query, f"{err.title}: {err.what}. {err.hint}.")
    rows = sum(len(group) for group in (found.observed, found.claimed, found.could_have))
    record_access(service, asked, Told(rows=rows))
    return _page(render("found.html", page_of(service, asked.caller, "Sessions"), view=found_view(text, found)))


def _nothing(query: str, message: str) -> Response:
    return _page(render_search(Search(query=query, message=message, coverage=_COVERAGE)))


_TWIN: Final = [Depends(Open("leads to the same name below /v1, known or not"))]


@router.get("/commits/{name}.json", dependencies=_TWIN)
def commit_twin(name: InPath) -> Response:
    """Lead from the page of a commit to its JSON."""
    return _below_v1(commit_href(name))


@router.get("/sessions/{name}.json", dependencies=_TWIN)
def session_twin(name: InPath) -> Response:
    """Lead from the page of a session to its JSON."""
    return _below_v1(session_href(name))


def _below_v1(href: str) -> Response:
    if not href:
        raise Absent("service.not-found")
    return RedirectResponse(f"/v1{href}", status_code=303, headers=NO_STORE)


@router.get("/commits/{oid}")
def commit(oid: InPath, _caller: Reads, service: ServiceHere, as_of: AsOfSize = None) -> Response:
    """Give the answer for a commit, now or as of an earlier head."""
    full = resolve(service, oid)
    if full != oid:
        later = f"?as_of={as_of}" if as_of else ""
        return RedirectResponse(commit_href(full) + later, status_code=303, headers=NO_STORE)
    answer = answer_of(service, full, reach(service.instance, full, as_of))
    # A browser checks an entry against the head of this log: of an earlier one it is not offered.
    own = next((one.attestation for one in answer.bundles if one.log == service.instance.services.log.origin), None)
    check = browser_check(service, own, f"whereof verify {full}") if own else None
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
    alone = (
        f" It follows the log {instance.follows}, whose recordings are not among these rows."
        if instance.follows
        else ""
    )
    return Search(rows=tuple(rows), coverage=_COVERAGE + alone, as_of=as_of)


def _page(text: str) -> Response:
    return HTMLResponse(text, headers=NO_STORE)
