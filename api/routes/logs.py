"""The health of a log: how far its entries, its files and its witnesses are."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter
from fastapi.responses import Response

from api.auth import Verifies
from api.openapi import READ, documented
from api.parameters import InPath
from api.replies import reply
from api.schemas import AnchorHealth, LogHealth, WitnessHealth
from api.service import Service, ServiceHere
from attest.errors import Absent
from attest.model.times import rfc3339_seconds
from attest.usecases.anchors_seen import Anchor
from attest.usecases.seen_outside import WitnessSeen, seen_outside
from attest.usecases.status import published_size

router = APIRouter(prefix="/v1/logs", tags=["log"])


@router.get("/{log}/health", operation_id="log_health", responses=documented(LogHealth, (*READ, "service.not-found")))
def health(log: InPath, _caller: Verifies, service: ServiceHere) -> Response:
    """Give the newest head, what of it is published, who cosigned and anchored it, and what of that is late."""
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
    outside = seen_outside(service.instance, head.tree_size, asks=service.witnessed.size() is not None)
    return LogHealth(
        log=service.instance.log.name,
        origin=service.instance.services.log.origin,
        tree_size=head.tree_size,
        root=head.root.hex(),
        signed_at=datetime.fromtimestamp(head.signed_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        published_size=size,
        state="unknown" if size is None else "published" if size >= head.tree_size else "committed",
        witnesses=tuple(_witness(one) for one in outside.witnesses),
        anchors=tuple(_anchor(one) for one in outside.anchors),
        alarms=(*outside.alarms, *(f"the self-audit found: {one}" for one in service.gauges.problems())),
    )


def _witness(one: WitnessSeen) -> WitnessHealth:
    return WitnessHealth(
        name=one.name,
        operator="same" if one.same_operator else "other",
        tree_size=one.tree_size,
        at=rfc3339_seconds(one.at),
        age_s=one.age_s,
        lag=one.lag,
    )


def _anchor(one: Anchor) -> AnchorHealth:
    return AnchorHealth(
        kind=one.said.kind,
        where=one.said.where,
        tree_size=one.said.tree_size,
        state=one.state.value,
        time=rfc3339_seconds(one.at) if one.at is not None else None,
        why=one.why,
    )
