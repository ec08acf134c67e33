"""Exports of OpenTelemetry: an agent on this machine may send its spans and log records here (OTLP/HTTP, JSON).

They are spooled by conversation and become a session only when somebody records it: `whereof record --transcript
$WHEREOF_HOME/otlp/<conversation>.jsonl`. Errors are problems like everywhere here, not `google.rpc.Status`; exporters
read the HTTP status alone. The protobuf encoding is not read: exporters are told so by 415, and send JSON with
`OTEL_EXPORTER_OTLP_PROTOCOL=http/json`.
"""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.auth import Ingests
from api.near import require_near
from api.openapi import WRITE, documented
from api.otlp_body import JSON, ExportBody
from api.replies import NO_STORE
from api.schemas import ExportedLogs, ExportedSpans, RejectedLogs, RejectedSpans
from api.service import Service, ServiceHere
from api.writing import WriterSlot
from attest.capture.unroll.document import parse_document
from attest.usecases.spool_exports import SpoolResult, require_export

router = APIRouter(prefix="/v1", tags=["otlp"])
_CODES: Final = (*WRITE, "service.loopback-only", "service.media-type")


def _body(kind: str, what: str) -> dict[str, Any]:
    schema = {
        "type": "object",
        "properties": {kind: {"type": "array", "description": "What is of no use in it is counted as rejected."}},
    }
    return {"requestBody": {"required": True, "description": what, "content": {JSON: {"schema": schema}}}}


@router.post(
    "/traces",
    operation_id="export_traces",
    responses=documented(ExportedSpans, _CODES),
    openapi_extra=_body("resourceSpans", "An ExportTraceServiceRequest, in its JSON encoding; gzip may be used."),
)
def traces(request: Request, _caller: Ingests, body: ExportBody, _slot: WriterSlot, service: ServiceHere) -> Response:
    """Spool the spans of agents; those of anything else are turned away, counted in the answer."""
    told = _spooled(request, service, body, "resourceSpans")
    rejected = RejectedSpans(rejectedSpans=str(told.rejected), errorMessage=told.why) if told.rejected else None
    return _reply(ExportedSpans(partialSuccess=rejected))


@router.post(
    "/logs",
    operation_id="export_logs",
    responses=documented(ExportedLogs, _CODES),
    openapi_extra=_body("resourceLogs", "An ExportLogsServiceRequest, in its JSON encoding; gzip may be used."),
)
def logs(request: Request, _caller: Ingests, body: ExportBody, _slot: WriterSlot, service: ServiceHere) -> Response:
    """Spool the log records of agents; those of anything else are turned away, counted in the answer."""
    told = _spooled(request, service, body, "resourceLogs")
    rejected = RejectedLogs(rejectedLogRecords=str(told.rejected), errorMessage=told.why) if told.rejected else None
    return _reply(ExportedLogs(partialSuccess=rejected))


def _spooled(request: Request, service: Service, body: bytes, kind: str) -> SpoolResult:
    """Unredacted words are taken from this machine only.

    Raises:
        Refused: `service.loopback-only`.
        InvalidInput: the body is no such export.
    """
    require_near(request)
    told = service.spool.take(require_export(parse_document(body), kind))
    service.events.info("export", kind=kind, accepted=told.accepted, rejected=told.rejected)
    return told


def _reply(body: ExportedSpans | ExportedLogs) -> Response:
    """Full success is an empty object: `partialSuccess` stands only where something was turned away."""
    content = body.model_dump_json(exclude_none=True)
    return Response(content, media_type=JSON, headers=NO_STORE)
