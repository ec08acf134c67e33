"""Whether bytes look like a Codex rollout, from what they hold and not from what they are called."""

from __future__ import annotations

from attest.capture.codex.record_types import TYPES
from attest.capture.lines import Fields, LineFault, parse_line
from attest.capture.records import text_of


def looks_like_codex(head: bytes) -> bool:
    """Tell whether any line of the beginning is a record of Codex: a known type, a time, and a payload with its marks."""
    for line in head.split(b"\n"):
        if not line.startswith(b"{"):
            continue
        parsed = parse_line(line)
        if not isinstance(parsed, LineFault) and _is_record(parsed):
            return True
    return False


def _is_record(fields: Fields) -> bool:
    payload = fields.get("payload")
    if text_of(fields, "type") not in TYPES or not isinstance(payload, dict) or "timestamp" not in fields:
        return False
    match fields["type"]:
        case "session_meta":
            return "id" in payload and "cwd" in payload
        case "turn_context":
            return "approval_policy" in payload or "sandbox_policy" in payload
        case _:
            return isinstance(payload.get("type"), str)
