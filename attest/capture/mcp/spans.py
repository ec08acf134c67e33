"""MCP calls from OpenTelemetry spans, as OTLP/JSON: `mcp.client` and `mcp.server` spans of the GenAI conventions.

The conventions are in development; read are `mcp.method.name` (which makes a span one of MCP's), `mcp.session.id`,
`jsonrpc.request.id`, `gen_ai.tool.name`, `gen_ai.tool.call.id`, `gen_ai.tool.call.arguments` (opt-in, often absent),
`error.type` and `rpc.response.status_code`. A server's span below a client's span of the same call in the same file is
the same call seen twice: it is merged with it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from attest.capture.lines import Fields, LineFault, parse_line
from attest.capture.mcp import log_lines
from attest.capture.mcp.jsonrpc import KNOWN_METHODS, canonical_arguments, trace_or_span
from attest.capture.mcp.log_lines import MAX_ID_CHARS, LogLine, time_of
from attest.capture.otlp.values import attributes_of
from attest.capture.records import field, items_of, text_of
from attest.model.mcp import CallState, Direction, LogOwner, McpCall, McpCounts, McpLog, McpSource
from attest.model.session import Tally

MAX_SPANS: Final = 200_000
_SERVER_KINDS: Final = (2, "SPAN_KIND_SERVER")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """One span with what its resource says."""

    fields: Fields
    attributes: Fields
    resource: Fields


def looks_like_spans(fields: Fields) -> bool:
    """Say whether an object is an OTLP/JSON export of traces."""
    return isinstance(fields.get("resourceSpans"), list)


def read_spans(lines: Iterable[LogLine], *, owner: LogOwner) -> McpLog:
    """Give the calls of a file of OTLP/JSON exports, one export a line. Spans that are not MCP's are counted."""
    found: list[tuple[McpCall, str, bool]] = []
    skipped: Counter[str] = Counter()
    skipped_lines: Counter[str] = Counter()
    count = messages = 0
    for index, line in enumerate(lines):
        count += 1
        fields = parse_line(line.data) if index < log_lines.MAX_LINES else {}
        if isinstance(fields, LineFault) or not looks_like_spans(fields):
            why = (
                fields.value
                if isinstance(fields, LineFault)
                else "limit"
                if index >= log_lines.MAX_LINES
                else "no-spans"
            )
            skipped_lines[why] += 1
            continue
        for number, span in enumerate(_spans(fields)):
            messages += 1
            made = None if len(found) >= MAX_SPANS else _call(span, (index, number), line, owner)
            if made is None:
                skipped["limit" if len(found) >= MAX_SPANS else "not-mcp"] += 1
                continue
            found.append((made, text_of(span.fields, "parentSpanId").lower(), _is_server(span)))
    calls, merged = _merged(found)
    skipped["merged-server-span"] += merged
    methods = Counter(call.method if call.method in KNOWN_METHODS else "other" for call in calls)
    counts = McpCounts(
        lines=count,
        lines_used=count - sum(skipped_lines.values()),
        lines_skipped=_tallies(skipped_lines),
        messages=messages,
        requests=len(calls),
        answers=0,
        notifications=0,
        messages_skipped=_tallies(+skipped),
        methods=_tallies(methods),
    )
    return McpLog(source=McpSource.SPANS, owner=owner, calls=calls, counts=counts)


def _spans(export: Fields) -> Iterator[_Span]:
    for group in items_of(export, "resourceSpans"):
        if not isinstance(group, dict):
            continue
        resource = attributes_of(field(group, "resource"))
        for scope in items_of(group, "scopeSpans"):
            for span in items_of(scope, "spans") if isinstance(scope, dict) else []:
                if isinstance(span, dict):
                    yield _Span(fields=span, attributes=attributes_of(span), resource=resource)


def _call(span: _Span, place: tuple[int, int], line: LogLine, owner: LogOwner) -> McpCall | None:
    found = span.attributes
    method = _short(found.get("mcp.method.name"))
    trace = trace_or_span(text_of(span.fields, "traceId"), 32)
    if method is None or method.startswith("notifications/"):
        return None
    # What a server's span joins by is the caller's span: that is the one the client passed on.
    own = text_of(span.fields, "parentSpanId" if _is_server(span) else "spanId")
    return McpCall(
        record=place[0],
        place=place[1],
        source=McpSource.SPANS,
        owner=owner,
        method=method,
        direction=Direction.UNKNOWN,
        server=_short(found.get("server.address")) or _short(span.resource.get("service.name")),
        tool=_short(found.get("gen_ai.tool.name")),
        request_id=_request_id(found.get("jsonrpc.request.id")),
        session_id=_short(found.get("mcp.session.id")),
        tool_use_id=_short(found.get("gen_ai.tool.call.id")),
        trace_id=trace,
        span_id=trace_or_span(own, 16),
        parent_span_id=None if _is_server(span) else trace_or_span(text_of(span.fields, "parentSpanId"), 16),
        started=time_of(span.fields.get("startTimeUnixNano")),
        ended=time_of(span.fields.get("endTimeUnixNano")),
        arguments=_arguments(found.get("gen_ai.tool.call.arguments")),
        state=_state(span),
        originals=(line.original,),
    )


def _merged(found: list[tuple[McpCall, str, bool]]) -> tuple[tuple[McpCall, ...], int]:
    """Fold each server's span into the client's span above it, where that is in the file and of the same method."""
    above = {
        (call.trace_id, call.span_id): at
        for at, (call, _, is_server) in enumerate(found)
        if not is_server and call.trace_id and call.span_id
    }
    kept = {at: call for at, (call, _, is_server) in enumerate(found) if not is_server}
    merged = 0
    for at, (call, parent, is_server) in enumerate(found):
        if not is_server:
            continue
        client = above.get((call.trace_id, parent)) if call.trace_id else None
        if client is None or kept[client].method != call.method or kept[client].tool != call.tool:
            kept[at] = call
            continue
        originals = tuple(dict.fromkeys((*kept[client].originals, *call.originals)))
        arguments = kept[client].arguments if kept[client].arguments is not None else call.arguments
        kept[client] = replace(kept[client], originals=originals[:2], arguments=arguments)
        merged += 1
    return tuple(kept[at] for at in sorted(kept)), merged


def _state(span: _Span) -> CallState:
    error = span.attributes.get("error.type")
    if error == "tool_error":
        return CallState.TOOL_ERROR
    failed = field(span.fields, "status").get("code") in (2, "STATUS_CODE_ERROR")  # a hostile value may not be hashable
    return CallState.RPC_ERROR if failed or error else CallState.ANSWERED


def _is_server(span: _Span) -> bool:
    return span.fields.get("kind") in _SERVER_KINDS


def _arguments(value: object) -> bytes | None:
    if not isinstance(value, str):
        return None
    made = parse_line(value.encode("utf-8", "replace"))
    return canonical_arguments(made)


def _request_id(value: object) -> str | None:
    """Spans hold every id as text: a number is taken for one, as clients count."""
    text = _short(value) if isinstance(value, str) else json.dumps(value) if isinstance(value, int) else None
    return None if text is None else f"n:{text}" if text.isdecimal() else f"s:{text}"


def _short(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= MAX_ID_CHARS else None


def _tallies(counts: Counter[str]) -> tuple[Tally, ...]:
    return tuple(Tally(name=name, count=count) for name, count in sorted(counts.items()))
