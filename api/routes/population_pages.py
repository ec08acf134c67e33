"""The pages of populations: the list, one with its rows, and the two forms that sign: save a question, draw a sample."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.auth import Exports, Reads
from api.bodies import FormBody, form_fields
from api.choosing import seconds_of
from api.clones import clones_of
from api.cursors import Place
from api.pages.links import population_href
from api.pages.population_view import PAGE_ROWS, listed_view, population_view
from api.pages.render import render
from api.pages.workspace import page_of
from api.parameters import InPath
from api.replies import NO_STORE
from api.service import ServiceHere
from attest.errors import Absent, InvalidInput
from attest.model.population import PopulationQuery, population_id
from attest.model.population_predicate import METHODS, POPULATION_V1
from attest.model.recording_facets import FACETS, MAX_VALUE, UNKNOWN
from attest.model.session_predicate import SESSION_V1
from attest.model.times import rfc3339
from attest.store import attestations
from attest.usecases.draw_sample import Draw, draw_sample, parse_seed
from attest.usecases.populations import NewPopulation, create_population, find_population, load_population

router = APIRouter(include_in_schema=False)
SAMPLE: Final = 25
_LIST: Final = "population-pages"
_UNITS: Final = frozenset({"commit", "change"})
_REPOSITORY: Final = re.compile(r"[!-~]{0,1000}", re.ASCII)
_VALUE: Final = re.compile(rf"[!-~]{{1,{MAX_VALUE}}}", re.ASCII)
_SIZE: Final = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)


@router.get("/populations")
def listing(
    caller: Reads, service: ServiceHere, cursor: Annotated[str | None, Query(max_length=1024)] = None
) -> Response:
    """Give populations and samples, newest first."""
    instance = service.instance
    place = service.cursors.read(_LIST, cursor) if cursor else None
    found = attestations.newest(
        instance.engine,
        instance.scope,
        before=place.before if place else None,
        limit=PAGE_ROWS,
        predicate_type=POPULATION_V1,
    )
    as_of = place.as_of if place else found.as_of
    rows = tuple(listed_view(find_population(instance, population_id(one.id))) for one in found.rows)
    after = Place(before=found.rows[-1].receipt.index, as_of=as_of) if found.more and found.rows else None
    following = f"/populations?cursor={service.cursors.write(_LIST, after)}" if after else ""
    text = render(
        "populations.html",
        page_of(service, caller, "Populations"),
        rows=rows,
        next=following,
        tree_size=f"{as_of.tree_size:,}",
        clones=tuple(one.name for one in clones_of(service)),
    )
    return HTMLResponse(text, headers=NO_STORE)


@router.get("/populations/{population}")
def show(
    population: InPath, caller: Reads, service: ServiceHere, after: Annotated[str, Query(max_length=256)] = ""
) -> Response:
    """Give one population or sample with a page of its rows."""
    if not population_href(population):
        raise Absent("service.not-found")
    view = population_view(load_population(service.instance, population), after)
    return HTMLResponse(render("population.html", page_of(service, caller, "Populations"), view=view), headers=NO_STORE)


@router.post("/populations")
def save(_caller: Exports, raw: FormBody, service: ServiceHere) -> Response:
    """Save a question about the log, signed and logged; then lead to it."""
    field = form_fields(raw)
    unit, repository = field("unit") or "commit", field("repository")
    if repository == UNKNOWN:
        repository = ""
    if unit not in _UNITS or not _REPOSITORY.fullmatch(repository):
        raise InvalidInput("input.usage", "a question", expected="commits or changes, of one repository or of all")
    query = PopulationQuery(
        source="log",
        unit=unit,
        repository=f"git+https://{repository}" if repository and not repository.startswith("git+") else repository,
        since=_moment(field("since")),
        until=_moment(field("until")),
        predicate_types=(SESSION_V1,) if field("of") == "sessions" else (),
        facets=_facets(field),
    )
    return _lead(create_population(service.instance, NewPopulation(query=query), None).id)


@router.post("/populations/{population}/sample")
def sample(population: InPath, _caller: Exports, raw: FormBody, service: ServiceHere) -> Response:
    """Draw a sample, signed and logged; then lead to it."""
    field = form_fields(raw)
    size = field("size") or str(SAMPLE)
    method, _, unit = (field("method") or "random").partition(":")
    if not population_href(population):
        raise Absent("service.not-found")
    if not _SIZE.fullmatch(size) or method not in METHODS:
        raise InvalidInput("input.usage", "a sample", expected="a size of 1 to 99999, " + ", ".join(METHODS))
    draw = Draw(size=int(size), method=method, by=unit or "state", seed=parse_seed(field("seed") or None))
    return _lead(draw_sample(service.instance, population, draw).id)


def _moment(text: str) -> str:
    at = seconds_of(text)
    return "" if at is None else rfc3339(datetime.fromtimestamp(at, UTC))


def _facets(field: Callable[[str], str]) -> tuple[tuple[str, str], ...]:
    """Give the values of recordings that a form names; a repository of its own name is part of the question itself."""
    named = [(name, field(name)) for name in FACETS if name != "repository" or field(name) == UNKNOWN]
    found = tuple((name, value) for name, value in named if value)
    if not all(_VALUE.fullmatch(value) for _, value in found):
        raise InvalidInput("input.usage", "the value of a facet", expected=f"at most {MAX_VALUE} printed characters")
    return found


def _lead(name: str) -> Response:
    return RedirectResponse(population_href(name), status_code=303, headers=NO_STORE)
