"""The door of this package: an MCP log in, its calls out, whatever form it has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from attest.capture.lines import Fields, parse_line
from attest.capture.mcp.jsonrpc import read_jsonrpc
from attest.capture.mcp.log_lines import MAX_LOG_BYTES, LogLine, find_messages, log_lines, parse_log_line
from attest.capture.mcp.spans import looks_like_spans, read_spans
from attest.errors import InvalidInput
from attest.model.mcp import LogOwner, McpLog, McpSource

_LINES_LOOKED_AT: Final = 64


def read_mcp_log(data: bytes, *, owner: LogOwner, digest: Callable[[bytes], str]) -> McpLog:
    """Give the calls of a log, its form told from the content: OTLP/JSON spans, or JSON-RPC messages a line.

    `owner` is the caller's word; with `page` the messages are those of WebMCP, which have the same form. `digest` salts
    and hashes the bytes of a line: digests of guessable lines are not to be compared by anyone without the salt.

    Raises:
        InvalidInput: `input.empty`, `input.too-large` over 64 MiB, `input.unknown-format` where no line holds either.
    """
    if not data.strip():
        raise InvalidInput("input.empty", "the MCP log is empty")
    if len(data) > MAX_LOG_BYTES:
        raise InvalidInput("input.too-large", expected=f"<= {MAX_LOG_BYTES} bytes", got=str(len(data)))
    lines = _whole_document(data, digest) or tuple(log_lines(data, digest))
    for line in lines[:_LINES_LOOKED_AT]:
        fields = parse_log_line(line.data)
        if not isinstance(fields, dict):
            continue
        if looks_like_spans(fields):
            return read_spans(lines, owner=owner)
        if find_messages(fields, owner) is not None:
            source = McpSource.WEBMCP if owner is LogOwner.PAGE else McpSource.JSONRPC
            return read_jsonrpc(lines, owner=owner, source=source)
    raise InvalidInput(
        "input.unknown-format",
        "this is no MCP log",
        expected="JSON-RPC 2.0 messages one a line, or OTLP/JSON spans",
        hint="name the file that a proxy, client or server wrote its MCP messages or spans to",
    )


def _whole_document(data: bytes, digest: Callable[[bytes], str]) -> tuple[LogLine, ...]:
    """Give an export that was written over several lines as one line; nothing where each line stands for itself."""
    first = data.lstrip().split(b"\n", 1)[0]
    if isinstance(parse_log_line(first), dict):
        return ()
    whole: object = parse_line(data)
    return (LogLine(data, digest(data)),) if isinstance(whole, dict) and _is_export(whole) else ()


def _is_export(fields: Fields) -> bool:
    return looks_like_spans(fields)
