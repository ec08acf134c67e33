"""Telling an agent transcript of Cursor from its first bytes."""

from __future__ import annotations

from attest.capture.lines import Fields, LineFault, parse_line
from attest.capture.records import field

FORMAT = "cursor/agent-transcript"
_LINES = 64
_FOREIGN = frozenset({"uuid", "sessionId", "payload", "id", "parentId", "data"})


def looks_like_cursor(head: bytes) -> bool:
    """Tell whether every record of the beginning is a role with a message; later ones may be of types that are not known."""
    seen = 0
    for line in head.split(b"\n")[:_LINES]:
        fields = parse_line(line.strip()) if line.strip() else LineFault.NOT_JSON
        if isinstance(fields, LineFault) or fields.get("type") in ("whereof-dropped", "turn_ended"):
            continue
        if _is_message(fields):
            seen += 1
        elif not seen or "role" in fields or _FOREIGN & fields.keys():
            return False
    return seen > 0


def _is_message(fields: Fields) -> bool:
    if fields.get("role") not in ("user", "assistant") or _FOREIGN & fields.keys() or "type" in fields:
        return False
    message = field(fields, "message")
    return isinstance(message.get("content"), list) and "role" not in message and "usage" not in message
