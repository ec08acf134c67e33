"""Whether bytes look like a Claude Code transcript, from what they hold and not from what they are called."""

from __future__ import annotations

from attest.capture.claude_code.record_types import QUIET_TYPES
from attest.capture.lines import Fields, LineFault, parse_line
from attest.capture.records import text_of

_TYPES = QUIET_TYPES | {"assistant", "user", "system", "attachment", "permission-mode"}


def looks_like_claude_code(head: bytes) -> bool:
    """Tell whether any line of the beginning is a record of Claude Code."""
    for line in head.split(b"\n"):
        if not line.startswith(b"{"):
            continue
        parsed = parse_line(line)
        if not isinstance(parsed, LineFault) and _is_record(parsed):
            return True
    return False


def _is_record(fields: Fields) -> bool:
    if text_of(fields, "type") not in _TYPES:
        return False
    if fields.get("type") in ("assistant", "user"):
        return isinstance(fields.get("message"), dict) and ("uuid" in fields or "sessionId" in fields)
    return any(name in fields for name in ("sessionId", "leafUuid", "uuid", "snapshot"))
