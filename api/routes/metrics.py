"""Metrics for Prometheus. Of an embedded instance open to callers on this machine; elsewhere to who may `verify`."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST

from api.auth import OfThisMachine
from api.openapi import READ, documented
from api.replies import NO_STORE
from api.service import ServiceHere

router = APIRouter(tags=["status"], dependencies=[Depends(OfThisMachine())])
TEXT: Final = "text/plain"


@router.get(
    "/metrics",
    operation_id="metrics",
    response_class=Response,
    responses=documented(None, READ)
    | {200: {"description": "The text format of Prometheus.", "content": {TEXT: {"schema": {"type": "string"}}}}},
)
def metrics(service: ServiceHere) -> Response:
    """Give what the service counts and how far its log, index and witnesses are; nothing of who did it."""
    return Response(service.gauges.page(), media_type=CONTENT_TYPE_LATEST, headers=NO_STORE)
