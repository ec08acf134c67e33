"""The health of a log: how far its entries, its files and its witnesses are."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter
from fastapi.responses import Response

from api.auth import Verifies
from api.openapi import READ, documented
from api.replies import reply
from api.schemas import LogHealth
from api.service import Service, ServiceHere
from attest.errors import Absent
from attest.usecases.status import published_size

router = APIRouter(prefix="/v1/logs", tags=["log"])


@router.get("/{log}/health", operation_id="log_health", responses=documented(LogHealth, (*READ, "service.not-found")))
def health(log: str, _caller: Verifies, service: ServiceHere) -> Response:
    """Give the newest head, what of it is published, and who cosigned it."""
    if log != service.instance.log.name:
        raise Absent("service.not-found")
    return reply(health_of(service))


def health_of(service: Service) -> LogHealth:
    """Give the health of the tenant's log.

    Raises:
        Absent: `service.not-found`, the log has no head yet.
    """
    head = service.log.head()
    if head is None:
        raise Absent("service.not-found")
    size = published_size(service.instance)
    return LogHealth(
        log=service.instance.log.name,
        origin=service.instance.services.log.origin,
        tree_size=head.tree_size,
        root=head.root.hex(),
        signed_at=datetime.fromtimestamp(head.signed_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        published_size=size,
        state="unknown" if size is None else "published" if size >= head.tree_size else "committed",
        witnesses=(),
    )
