"""Whether the service is up, and whether it can work; open to everyone who reaches it."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from api.auth import Open
from api.openapi import documented
from api.replies import reply
from api.schemas import Health, Readiness
from api.service import ServiceHere
from attest.store.schema import Standing, schema_of
from attest.usecases.status import published_size

router = APIRouter(tags=["status"], dependencies=[Depends(Open("says nothing of a tenant"))])


@router.get("/healthz", operation_id="health", responses=documented(Health, ("service.internal",)))
def health() -> Response:
    """Say that the process answers; nothing is looked at."""
    return reply(Health(status="ok"))


@router.get("/readyz", operation_id="readiness", responses=documented(Readiness, ("store.refused", "service.internal")))
def readiness(service: ServiceHere) -> Response:
    """Say whether the database has a schema to work on, the log its head, and the object store answers; 503 where not.

    A schema that is ahead is one to work on: so the version before serves while the next one comes, and after it went.
    """
    head = service.log.head()
    published = published_size(service.instance)
    schema = schema_of(service.instance.engine)
    body = Readiness(
        status="ready" if schema.workable and head is not None and published is not None else "not ready",
        schema_current=schema.standing is Standing.CURRENT,
        schema_standing=schema.standing.value,
        tree_size=head.tree_size if head else 0,
        published_size=published,
    )
    return reply(body, status=200 if body.status == "ready" else 503)
