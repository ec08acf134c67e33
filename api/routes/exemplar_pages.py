"""The pages of shared sessions: the list, one with its words, and the forms that consent, withdraw, collect and take out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.auth import Ingests, Myself, Reads, Reviews, has
from api.bodies import FormBody, form_fields
from api.pages.exemplar_view import exemplar_view, row_view
from api.pages.links import exemplar_href
from api.pages.render import render
from api.pages.workspace import page_of
from api.parameters import MAX_NAME, After, InPath
from api.readings import Searching
from api.replies import NO_STORE
from api.routes.exemplars import collected, opened, taken_out
from api.routes.roles import by_of
from api.service import ServiceHere
from api.sharing import page_for
from attest.errors import InvalidInput
from attest.model.exemplar import MAX_WHY_CHARS, MIN_WHY_CHARS, Collection, Reach
from attest.model.rights import Right
from attest.usecases.exemplars import consent, withdraw

router = APIRouter(include_in_schema=False)
PAGE_ROWS = 50


@router.get("/exemplars")
def listing(
    caller: Reads,
    service: ServiceHere,
    *,
    after: After = "",
    session: Annotated[str, Query(max_length=MAX_NAME)] = "",
) -> Response:
    """Give the shared sessions that one may see; `session` is filled into the form."""
    found, following = page_for(service, caller, after, PAGE_ROWS)
    text = render(
        "exemplars.html",
        page_of(service, caller, "Sessions"),
        collected=tuple(row_view(one) for one in found if one.one.collection is not None),
        offered=tuple(row_view(one) for one in found if one.one.collection is None),
        next=f"/exemplars?after={following}" if following else "",
        offers=has(caller, Right.INGEST, service),
        session=session,
    )
    return HTMLResponse(text, headers=NO_STORE)


@router.post("/exemplars")
def offer(caller: Ingests, raw: FormBody, service: ServiceHere) -> Response:
    """Consent to the sharing of one's own session; then lead to it."""
    field = form_fields(raw)
    made = consent(service.instance, field("session"), _reach(field("reach")), by_of(caller))
    return _lead(exemplar_href(made.id))


@router.get("/exemplars/{exemplar}")
def show(exemplar: InPath, asked: Searching, service: ServiceHere) -> Response:
    """Give one with its words, redacted again."""
    text = render(
        "exemplar.html",
        page_of(service, asked.caller, "Sessions"),
        view=exemplar_view(*opened(service, asked, exemplar)),
        collections=tuple(one.value for one in Collection),
        least=MIN_WHY_CHARS,
        most=MAX_WHY_CHARS,
    )
    return HTMLResponse(text, headers=NO_STORE)


@router.post("/exemplars/{exemplar}/withdraw")
def end(exemplar: InPath, caller: Myself, service: ServiceHere) -> Response:
    """Withdraw one's own consent; then lead to what is still shared."""
    withdraw(service.instance, exemplar, by_of(caller))
    return _lead("/exemplars")


@router.post("/exemplars/{exemplar}/collect")
def put(exemplar: InPath, caller: Reviews, raw: FormBody, service: ServiceHere) -> Response:
    """Put it into a collection; then show it."""
    field = form_fields(raw)
    collected(service, caller, exemplar, (_collection(field("collection")), field("why")))
    return _lead(exemplar_href(exemplar))


@router.post("/exemplars/{exemplar}/take-out")
def remove(exemplar: InPath, caller: Reviews, service: ServiceHere) -> Response:
    """Take it out of its collection; then show it."""
    taken_out(service, caller, exemplar)
    return _lead(exemplar_href(exemplar))


def _reach(text: str) -> Reach:
    try:
        return Reach(text)
    except ValueError as err:
        raise InvalidInput("input.usage", "whom it may be shared with", expected=" or ".join(Reach)) from err


def _collection(text: str) -> Collection:
    try:
        return Collection(text)
    except ValueError as err:
        raise InvalidInput("input.usage", "a collection", expected=", ".join(Collection)) from err


def _lead(place: str) -> Response:
    return RedirectResponse(place, status_code=303, headers=NO_STORE)
