"""The coverage pages: how much of a repository is on record, by week and by path, and across repositories."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response

from api.auth import Reads
from api.clones import clone_named, clones_of
from api.pages.coverage_view import CoverageAsked, coverage_view
from api.pages.render import render
from api.pages.workspace import page_of
from api.replies import NO_STORE
from api.service import ServiceHere
from attest.errors import InvalidInput
from attest.usecases.coverage_over import Period, coverage_over

router = APIRouter(include_in_schema=False)
Day = Annotated[str, Query(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")]


@router.get("/coverage")
def coverage(  # noqa: PLR0917  # what the address says
    caller: Reads,
    service: ServiceHere,
    repo: Annotated[str, Query(max_length=400)] = "",
    path: Annotated[str, Query(max_length=400)] = "",
    since: Day = "",
    until: Day = "",
    by: Annotated[Literal["week", "path"], Query()] = "week",
) -> Response:
    """Give the coverage of one clone."""
    page, clones = page_of(service, caller, "Coverage"), clones_of(service)
    if not clones:
        return HTMLResponse(render("no_clone.html", page, what="Coverage"), headers=NO_STORE)
    clone = clone_named(clones, repo)
    asked = CoverageAsked(
        clone=clone.name, clones=tuple(one.name for one in clones), path=path, since=since, until=until, by=by
    )
    period = Period(since=day_start(since), until=day_start(until), path=path)
    found = coverage_over(service.instance, clone.repository, clone.tip, period)
    return HTMLResponse(render("coverage.html", page, view=coverage_view(asked, found)), headers=NO_STORE)


def day_start(text: str) -> int | None:
    """Give the first second of a day, UTC; None where no day is named.

    Raises:
        InvalidInput: `input.usage`, there is no such day.
    """
    if not text:
        return None
    try:
        return int(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).timestamp())
    except ValueError as err:
        raise InvalidInput("input.usage", "there is no such day", got=text) from err
