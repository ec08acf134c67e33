"""What waits for review, as JSON and as a page."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from api.auth import Reads
from api.lists import Page, described, page_reply
from api.openapi import READ, documented
from api.pages.queue_view import queue_view
from api.pages.render import render
from api.pages.workspace import page_of
from api.queue_bodies import QueueBody, queue_body
from api.replies import NO_STORE
from api.service import Service, ServiceHere
from attest.ledger.index import normal_repository
from attest.store.review_queue import MAX_QUEUED, QueueAsked
from attest.usecases.review_queue import ReviewQueue, review_queue

router = APIRouter(tags=["reviews"])
SHOWN: Final = 50
"""Rows of the page."""
Order = Annotated[Literal["risk", "age"], Query(description="By risk, then the longest waiting; or by age alone.")]
Name = Annotated[str, Query(max_length=400, pattern=r"^[!-~]*$", description="Of one repository only.")]
_CODES: Final = (*READ, "service.not-acceptable")


@router.get("/v1/queue", operation_id="queue", responses=documented(QueueBody, _CODES) | described(QueueBody))
def queue(  # noqa: PLR0917  # one parameter for each part of the question
    request: Request,
    _caller: Reads,
    service: ServiceHere,
    order: Order = "risk",
    repository: Name = "",
    limit: Annotated[int, Query(ge=1, le=MAX_QUEUED)] = SHOWN,
) -> Response:
    """Give the sessions of commits that wait for a review by another than their runner: the head of the queue."""
    found = _found(service, repository, QueueAsked(by_risk=order == "risk", limit=limit))
    return page_reply(request, Page(body=queue_body(found)))


@router.get("/queue", include_in_schema=False)
def page(caller: Reads, service: ServiceHere, order: Order = "risk", repository: Name = "") -> Response:
    """Give the same as a page."""
    found = _found(service, repository, QueueAsked(by_risk=order == "risk", limit=SHOWN))
    view = queue_view(found, order, (repository, service.instance.clock.now()))
    return HTMLResponse(render("queue.html", page_of(service, caller, "Queue"), view=view), headers=NO_STORE)


def _found(service: Service, repository: str, asked: QueueAsked) -> ReviewQueue:
    name = repository if repository.startswith("git+") or not repository else f"git+https://{repository}"
    within = QueueAsked(repository=normal_repository(name) if name else "", by_risk=asked.by_risk, limit=asked.limit)
    return review_queue(service.instance, within)
