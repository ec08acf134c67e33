"""A recorded session's tool calls, as a join needs them: from its events and the redacted records they point to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attest.capture.lines import Fields, parse_line
from attest.capture.mcp.jsonrpc import canonical_arguments, parse_traceparent, trace_or_span
from attest.capture.mcp.log_lines import MAX_ID_CHARS
from attest.capture.otlp.values import attributes_of
from attest.capture.records import text_of
from attest.model.access import AccessKind
from attest.model.mcp import SessionCall
from attest.model.mcp_join import tool_name
from attest.model.session import Event, EventKind, Session

_ARGUMENT_NAMES: Final = ("input", "arguments", "args", "parameters", "tool_input")
_MCP_SESSION_NAMES: Final = ("mcp.session.id", "mcp_session_id", "mcpSessionId")
_MAX_NAMES: Final = 8
"""Places where a name may be cut into server and tool."""
_MCP: Final = "mcp__"
_LEVELS: Final = 3
_MAX_OBJECTS: Final = 64


def mcp_tools(session: Session) -> Mapping[str, tuple[str, ...]]:
    """Give the names under which the session's agent may call the MCP tools that the session is known to have reached.

    Agents join a server's name and a tool's in their own ways; which tools are MCP's, a format's own reader tells.
    """
    called = {tool_name(event.tool) for event in session.events if event.kind is EventKind.TOOL_CALL}
    found: dict[str, dict[str, None]] = {}
    for access in session.access:
        server, slash, tool = access.target.partition("/")
        plain, of = tool_name(tool), tool_name(server)
        if access.kind is AccessKind.MCP and not slash and of:
            found.setdefault(of, {})[of] = None  # the format does not name the server
        elif access.kind is AccessKind.MCP and plain and of:
            joined = (f"mcp__{of}__{plain}", f"mcp_{of}_{plain}", f"{of}__{plain}", f"{of}_{plain}", f"{of}-{plain}")
            # The bare name may be a tool of the agent's own: it is the server's only where no other name is called.
            for name in joined if called & set(joined) else (plain,):
                found.setdefault(name, {})[plain] = None
    return {name: tuple(tools)[:_MAX_NAMES] for name, tools in found.items()}


def session_call(event: Event, record: bytes, original: str, *, known: Mapping[str, tuple[str, ...]]) -> SessionCall:
    """Give one call of a session. `record` is the redacted line that the event's evidence names, `original` its digest.

    `known` is what `mcp_tools` gives for the session. Arguments are looked for where agents' formats hold them
    (`input`, `arguments`, `args`, `parameters`, an attribute of a span; as an object or as JSON text); where they are
    not found they are not known, never empty.
    """
    fields = parse_line(record)
    whole = fields if isinstance(fields, dict) else {}
    at = resolve(whole, event.evidence.pointer)
    call = at if isinstance(at, dict) else {}
    trace, span = _trace(call, whole)
    # Some formats' readers point at the arguments themselves.
    named = event.evidence.pointer.rsplit("/", 1)[-1] in _ARGUMENT_NAMES
    name = event.tool or ""
    return SessionCall(
        seq=event.seq,
        call_id=event.call_id,
        tools=tool_names(name) if name.startswith(_MCP) else known.get(tool_name(name) or "") or tool_names(name),
        is_mcp=name.startswith(_MCP) or tool_name(name) in known,
        started=event.ts,
        mcp_session=next(
            (text_of(call, name)[:MAX_ID_CHARS] for name in _MCP_SESSION_NAMES if text_of(call, name)), None
        ),
        trace_id=trace,
        span_id=span,
        arguments=_arguments_of(at) if named else arguments_in(call),
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


def arguments_in(call: Fields) -> bytes | None:
    """Give the arguments that a call's object holds, in itself or in the objects up to two levels inside of it."""
    layer = [call]
    for _ in range(_LEVELS):
        for fields in layer:
            told = [fields.get(name) for name in _ARGUMENT_NAMES]
            if isinstance(fields.get("attributes"), list):
                told.append(attributes_of(fields).get("gen_ai.tool.call.arguments"))
            found = next((made for value in told if (made := _arguments_of(value)) is not None), None)
            if found is not None:
                return found
        layer = [value for fields in layer for value in fields.values() if isinstance(value, dict)][:_MAX_OBJECTS]
    return None


def _arguments_of(value: object) -> bytes | None:
    """Give arguments from an object, or from the JSON text of one."""
    return canonical_arguments(parse_line(value.encode("utf-8", "replace")) if isinstance(value, str) else value)


def _trace(call: Fields, whole: Fields) -> tuple[str | None, str | None]:
    for place in (call, whole):
        trace, span = parse_traceparent(place.get("traceparent"))
        if trace:
            return trace, span
        trace = trace_or_span(text_of(place, "traceId"), 32)
        if trace:
            return trace, trace_or_span(text_of(place, "spanId"), 16)
    return None, None
