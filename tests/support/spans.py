"""OTLP/JSON exports of spans, for tests."""

from __future__ import annotations

import json
from typing import Any

Json = dict[str, Any]
SECOND = 1_000_000_000
START = 1_772_000_000 * SECOND


def value_of(value: object) -> Json:
    """Give a plain value as an `AnyValue`."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, list):
        return {"arrayValue": {"values": [value_of(one) for one in value]}}
    if isinstance(value, dict):
        return {"kvlistValue": {"values": pairs(value)}}
    return {"stringValue": str(value)}


def pairs(attributes: Json) -> list[Json]:
    """Give attributes as OTLP writes them."""
    return [{"key": key, "value": value_of(value)} for key, value in attributes.items()]


def span(name: str, number: int, *, parent: int | None = None, at: int = 0, trace: int = 1, **more: Any) -> Json:
    """Give one span. `attributes` come by their own names with `_` for `.` after `gen_ai`."""
    attributes = more.pop("attributes", {})
    assert isinstance(attributes, dict)
    return {
        "traceId": f"{trace:032x}",
        "spanId": f"{number:016x}",
        "parentSpanId": f"{parent:016x}" if parent else "",
        "name": name,
        "startTimeUnixNano": str(START + at * SECOND),
        "endTimeUnixNano": str(START + (at + 1) * SECOND),
        "attributes": pairs({"gen_ai.operation.name": name.split(" ", maxsplit=1)[0], **attributes}),
        **more,
    }


def export(*spans: Json, service: str = "till-agent") -> Json:
    """Give one export."""
    resource = {"attributes": pairs({"service.name": service, "service.version": "2.1.0"})}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {"name": "s"}, "spans": list(spans)}]}]}


def lines(*exports: Json) -> bytes:
    """Give exports, one a line."""
    return b"".join(json.dumps(one).encode() + b"\n" for one in exports)


def said(role: str, *parts: Json | str) -> Json:
    """Give a message."""
    told = [{"type": "text", "content": one} if isinstance(one, str) else one for one in parts]
    return {"role": role, "parts": told}


def asked(call_id: str, tool: str, **arguments: object) -> Json:
    """Give the part of a message that asks for a tool."""
    return {"type": "tool_call", "id": call_id, "name": tool, "arguments": arguments}
