"""Populations: questions about the log saved with what they gave, their rows a page at a time, samples of them."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.auth import Exports, Reads
from api.cursors import Place
from api.lists import Page, described, page_reply
from api.openapi import READ, WRITE, documented
from api.parameters import InPath, Known
from api.population_bodies import (
    By,
    Method,
    NewPopulationBody,
    NewSampleBody,
    PopulationBody,
    PopulationRows,
    Populations,
    population_body,
    row_body,
)
from api.readings import Exporting, Told, record_access
from api.replies import NO_STORE, lasting_body, reply
from api.service import ServiceHere
from api.shapes import as_of_body
from api.turning import LISTED
from attest.errors import Absent, InvalidInput
from attest.model.population import Exclusion, PopulationQuery, population_id
from attest.model.population_predicate import POPULATION_V1
from attest.model.population_rows import rows_bytes
from attest.model.shape import MAX_SAFE_INTEGER
from attest.model.times import read_moment, rfc3339
from attest.store import attestations
from attest.usecases.draw_sample import Draw, draw_sample, drawn, parse_seed, with_seed
from attest.usecases.population_words import rows_csv
from attest.usecases.populations import NewPopulation, create_population, find_population, load_population

router = APIRouter(prefix="/v1/populations", tags=["populations"])
DEFAULT_LIMIT: Final = 50
MAX_PAGE: Final = 500
_LIST: Final = "populations"
_ID: Final = re.compile(r"pop_[0-9a-f]{64}", re.ASCII)
_FOUND: Final = (*READ, "service.not-found", "store.missing", "input.usage")
_ASKED: Final = (*WRITE, "service.not-found", "input.usage", "evidence.statement", "redaction.quarantined")


@router.get("", operation_id="populations", responses=documented(Populations, LISTED) | described(Populations))
def listing(
    request: Request,
    _caller: Reads,
    service: ServiceHere,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(max_length=1024)] = None,
) -> Response:
    """List populations and samples, newest first."""
    place = service.cursors.read(_LIST, cursor) if cursor else None
    before = place.before if place else None
    found = attestations.newest(
        service.instance.engine, service.instance.scope, before=before, limit=limit, predicate_type=POPULATION_V1
    )
    as_of = place.as_of if place else found.as_of
    after = Place(before=found.rows[-1].receipt.index, as_of=as_of) if found.more and found.rows else None
    body = Populations(
        data=tuple(population_body(find_population(service.instance, population_id(r.id))) for r in found.rows),
        next=service.cursors.write(_LIST, after) if after else None,
        as_of=as_of_body(as_of),
    )
    return page_reply(request, Page(body=body))


@router.post(
    "", operation_id="save_population", status_code=201, responses=documented(PopulationBody, _ASKED, status=201)
)
def save(_caller: Exports, body: NewPopulationBody, service: ServiceHere) -> Response:
    """Save a question about the log with what it gives now, signed and logged; of a range in git the CLI asks."""
    query = PopulationQuery(
        source="log",
        unit=body.unit,
        repository=body.repository,
        since=_moment(body.since),
        until=_moment(body.until),
        predicate_types=body.predicate_types,
        facets=tuple(body.facets.items()),
    )
    asked = NewPopulation(
        query=query,
        exclusions=tuple(Exclusion(id=one.id, why=one.why) for one in body.exclusions),
        seed_sha256=body.seed_sha256,
    )
    return reply(population_body(create_population(service.instance, asked, None)), status=201)


@router.get("/{population}", operation_id="population", responses=documented(PopulationBody, _FOUND))
def show(population: InPath, _caller: Reads, service: ServiceHere) -> Response:
    """Give what a population or a sample says; its rows are below `/rows`."""
    return reply(population_body(find_population(service.instance, _named(population))))


@router.get("/{population}/rows", operation_id="population_rows", responses=documented(PopulationRows, _FOUND))
def rows(  # noqa: PLR0917  # of which population, which page
    population: InPath,
    _caller: Reads,
    service: ServiceHere,
    after: Annotated[str, Query(max_length=256)] = "",
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = DEFAULT_LIMIT,
    known: Known = None,
) -> Response:
    """Give rows by id, those after one, at most 500: rows never change, so an id is a cursor."""
    saved = load_population(service.instance, _named(population))
    page = [row for row in saved.rows if row.id.encode() > after.encode()][: limit + 1]
    following = page[limit - 1].id if len(page) > limit else None
    body = PopulationRows(id=saved.id, data=tuple(row_body(row) for row in page[:limit]), next=following)
    return lasting_body(body, known=known)


@router.get(
    "/{population}/export",
    operation_id="export_population",
    response_class=Response,
    responses=documented(None, (*_FOUND, "service.access-log")),
)
def export(
    population: InPath,
    asked: Exporting,
    service: ServiceHere,
    form: Annotated[Literal["jsonl", "csv"], Query(alias="format")] = "jsonl",
) -> Response:
    """Give all rows: as JSON lines, whose SHA-256 is the digest that was signed; or as CSV for reading."""
    saved = load_population(service.instance, _named(population))
    record_access(service, asked, Told(rows=len(saved.rows)))
    if form == "csv":
        return Response(rows_csv(saved.rows), media_type="text/csv; charset=utf-8", headers=NO_STORE)
    return Response(rows_bytes(saved.rows), media_type="application/x-ndjson", headers=NO_STORE)


@router.get("/{population}/sample", operation_id="redraw_sample", responses=documented(PopulationRows, _FOUND))
def redraw(  # noqa: PLR0917  # what a draw is made of
    population: InPath,
    _caller: Reads,
    service: ServiceHere,
    seed: Annotated[str, Query(pattern="^[0-9a-f]{64}$")],
    size: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 25,
    method: Annotated[Method, Query()] = "random",
    by: Annotated[By, Query()] = "state",
    interval: Annotated[int, Query(ge=0, le=MAX_SAFE_INTEGER)] = 0,
    known: Known = None,
) -> Response:
    """Draw a sample again with a seed that is known; nothing is logged."""
    whole = load_population(service.instance, _named(population))
    draw = Draw(size=size, method=method, by=by, seed=parse_seed(seed), interval=interval)
    found = drawn(whole, with_seed(service.instance, whole, draw)).rows
    if len(found) > MAX_PAGE:
        raise InvalidInput("input.usage", "size of a sample", expected=f"<= {MAX_PAGE} here", got=str(len(found)))
    body = PopulationRows(id=whole.id, data=tuple(row_body(row) for row in found), next=None)
    return lasting_body(body, known=known)


@router.post(
    "/{population}/sample",
    operation_id="draw_sample",
    status_code=201,
    responses=documented(PopulationBody, _ASKED, status=201),
)
def sample(population: InPath, _caller: Exports, body: NewSampleBody, service: ServiceHere) -> Response:
    """Draw a sample, sign it and log it; without a seed, with the one that this service committed to."""
    draw = Draw(size=body.size, method=body.method, by=body.by, seed=parse_seed(body.seed), interval=body.interval)
    return reply(population_body(draw_sample(service.instance, _named(population), draw)), status=201)


def _named(name: str) -> str:
    if not _ID.fullmatch(name):
        raise Absent("service.not-found")
    return name


def _moment(text: str | None) -> str:
    if text is None:
        return ""
    try:
        return rfc3339(read_moment(text))
    except ValueError as err:
        raise InvalidInput("input.usage", "this is not a moment", expected="RFC 3339", got=text[:40]) from err
