"""A recorded session's tool calls, as a join needs them: from its events and the redacted records they point to."""

from __future__ import annotations

from typing import Final

from attest.capture.lines import Fields, parse_line
from attest.capture.mcp.jsonrpc import canonical_arguments, parse_traceparent, trace_or_span
from attest.capture.mcp.log_lines import MAX_ID_CHARS
from attest.capture.records import text_of
from attest.model.mcp import SessionCall
from attest.model.mcp_join import tool_name
from attest.model.session import Event

_ARGUMENT_NAMES: Final = ("input", "arguments", "args", "parameters", "tool_input")
_MCP_SESSION_NAMES: Final = ("mcp.session.id", "mcp_session_id", "mcpSessionId")
_MAX_NAMES: Final = 8
"""Places where a name may be cut into server and tool."""
_MCP: Final = "mcp__"


def session_call(event: Event, record: bytes, original: str) -> SessionCall:
    """Give one call of a session. `record` is the redacted line that the event's evidence names, `original` its digest.

    Arguments are looked for where agents' formats hold them (`input`, `arguments`, `args`, `parameters`, as an object or
    as JSON text); where they are not found they are not known, never empty.
    """
    fields = parse_line(record)
    whole = fields if isinstance(fields, dict) else {}
    at = resolve(whole, event.evidence.pointer)
    call = at if isinstance(at, dict) else {}
    trace, span = _trace(call, whole)
    return SessionCall(
        seq=event.seq,
        call_id=event.call_id,
        tools=tool_names(event.tool or ""),
        is_mcp=(event.tool or "").startswith(_MCP),
        started=event.ts,
        mcp_session=next(
            (text_of(call, name)[:MAX_ID_CHARS] for name in _MCP_SESSION_NAMES if text_of(call, name)), None
        ),
        trace_id=trace,
        span_id=span,
        arguments=_arguments(call),
        original=original,
    )


def tool_names(name: str) -> tuple[str, ...]:
    """Give what a server may call a tool that an agent calls `name`, longest first.

    `mcp__server__tool` may stand for `tool`, and, since a server's name may hold `__` itself, for every later part.
    """
    if not name.startswith(_MCP):
        plain = tool_name(name)
        return (plain,) if plain else ()
    parts = name.removeprefix(_MCP).split("__")[: _MAX_NAMES + 1]
    tails = ("__".join(parts[start:]) for start in range(1, len(parts)))
    return tuple(made for tail in tails if (made := tool_name(tail)))


def resolve(value: object, pointer: str) -> object:
    """Give what an RFC 6901 pointer leads to, or None where it leads nowhere."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isascii() and name.isdigit() and int(name[:9]) < len(value):
            value = value[int(name[:9])]
        else:
            return None
    return value


def _arguments(call: Fields) -> bytes | None:
    for name in _ARGUMENT_NAMES:
        value = call.get(name)
        if isinstance(value, str):
            value = parse_line(value.encode("utf-8", "replace"))
        if isinstance(value, dict):
            return canonical_arguments(value)
    return None


def _trace(call: Fields, whole: Fields) -> tuple[str | None, str | None]:
    for place in (call, whole):
        trace, span = parse_traceparent(place.get("traceparent"))
        if trace:
            return trace, span
        trace = trace_or_span(text_of(place, "traceId"), 32)
        if trace:
            return trace, trace_or_span(text_of(place, "spanId"), 16)
    return None, None
