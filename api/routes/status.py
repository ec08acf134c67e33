"""Whether the service is up, and whether it can work; open to everyone who reaches it."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from api.auth import Open
from api.openapi import documented
from api.replies import reply
from api.schemas import Health, Readiness
from api.service import ServiceHere
from attest.errors import CannotVerify
from attest.store.engine import require_schema
from attest.usecases.status import published_size

router = APIRouter(tags=["status"], dependencies=[Depends(Open("says nothing of a tenant"))])


@router.get("/healthz", operation_id="health", responses=documented(Health, ("service.internal",)))
def health() -> Response:
    """Say that the process answers; nothing is looked at."""
    return reply(Health(status="ok"))


@router.get("/readyz", operation_id="readiness", responses=documented(Readiness, ("store.refused", "service.internal")))
def readiness(service: ServiceHere) -> Response:
    """Say whether the database has its schema, the log its head, and the object store answers; 503 where not."""
    head = service.log.head()
    published = published_size(service.instance)
    try:
        require_schema(service.instance.engine)
        current = True
    except CannotVerify:
        current = False
    body = Readiness(
        status="ready" if current and head is not None and published is not None else "not ready",
        schema_current=current,
        tree_size=head.tree_size if head else 0,
        published_size=published,
    )
    return reply(body, status=200 if body.status == "ready" else 503)
