"""The page of a pull request, from a clone alone: no forge is asked, and none is believed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse, Response

from api.auth import Reads
from api.clones import Clone, clones_of
from api.pages.pull_view import pull_view
from api.pages.render import render
from api.pages.workspace import page_of
from api.replies import NO_STORE
from api.service import Service, ServiceHere
from attest.errors import Absent
from attest.usecases.pulls import find_pull

router = APIRouter(include_in_schema=False)


@router.get("/pulls/{repository:path}/{number}")
def pull(
    repository: str, caller: Reads, service: ServiceHere, number: Annotated[int, Path(ge=1, le=999_999_999)]
) -> Response:
    """Give each commit that a pull request brought, with its state and sessions."""
    clone = clone_of_pull(service, repository)
    if clone is None:
        raise Absent("service.not-found", "no clone of that repository is served here")
    found = find_pull(service.instance, clone.repository, clone.tip, number)
    page = page_of(service, caller, "Commits")
    return HTMLResponse(render("pull.html", page, view=pull_view(clone.name, number, found)), headers=NO_STORE)


def clone_of_pull(service: Service, repository: str) -> Clone | None:
    """Give the clone of a repository named with its host, or without where only one fits."""
    named = repository.strip("/").removesuffix(".git")
    clones = clones_of(service)
    whole = [one for one in clones if one.name.removesuffix(".git") == named]
    ending = [one for one in clones if one.name.removesuffix(".git").endswith("/" + named)]
    fits = whole or (ending if len(ending) == 1 else [])
    return fits[0] if fits else None
