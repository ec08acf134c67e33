"""Agent Trace records that are one JSON document, or a list of them, as record lines."""

from __future__ import annotations

from collections.abc import Iterator

from attest.capture.agent_trace.sniff import FORMAT, is_trace
from attest.capture.lines import LineFault, parse_line
from attest.capture.unroll.document import head_of, header_line, line_of, parse_document


def looks_like(head: bytes) -> bool:
    """Tell whether a document is an Agent Trace record over several lines, or a list of records."""
    found = head_of(head)
    if found is None or not is_trace(found.members):
        return False
    return found.is_list or isinstance(parse_line(head.strip().split(b"\n", 1)[0].strip()), LineFault)


def unroll(data: bytes) -> Iterator[bytes]:
    """Give the lines of one record or a list.

    Raises:
        InvalidInput: as `parse_document`.
    """
    value = parse_document(data)
    yield header_line(FORMAT, {})
    for record in value if isinstance(value, list) else [value]:
        yield line_of(record)
