"""Telling a session of Gemini CLI from its first bytes."""

from __future__ import annotations

from attest.capture.lines import Fields, LineFault, parse_line
from attest.capture.records import items_of, text_of
from attest.capture.unroll.document import format_of_header, head_of

JSON = "gemini/json"
JSONL = "gemini/jsonl"
_LINES = 256


def looks_like_document(head: bytes) -> bool:
    """Tell whether a document begins like a session that is one JSON object."""
    found = head_of(head)
    if found is None or found.is_list:
        return False
    members = found.members
    named = isinstance(members.get("sessionId"), str) and isinstance(members.get("projectHash"), str)
    messages = members.get("messages", ())
    return named and (messages is None or isinstance(messages, list))


def looks_like_gemini_json(head: bytes) -> bool:
    """Tell whether lines are those of an unrolled document of Gemini CLI."""
    return format_of_header(head) == JSON


def looks_like_gemini_jsonl(head: bytes) -> bool:
    """Tell whether a file begins with records of Gemini CLI: its header, or a message of the model."""
    for line in head.split(b"\n")[:_LINES]:
        fields = parse_line(line.strip()) if line.strip() else LineFault.NOT_JSON
        if isinstance(fields, LineFault):
            continue
        if _is_header(fields) or _is_message(fields):
            return True
        if not _may_come_before(fields):
            return False
    return False


def _is_header(fields: Fields) -> bool:
    return bool(text_of(fields, "sessionId") and text_of(fields, "projectHash")) and "messages" not in fields


def _is_message(fields: Fields) -> bool:
    return fields.get("type") == "gemini" and bool(text_of(fields, "id")) and "content" in fields


def _may_come_before(fields: Fields) -> bool:
    """A transcript that was cut has no header; its first records are then a person's or the program's messages."""
    if isinstance(fields.get("$set"), dict) or fields.get("type") == "whereof-dropped":
        return True
    told = fields.get("type") in ("user", "info", "error", "warning") and bool(text_of(fields, "id"))
    return (
        told
        and "message" not in fields
        and (isinstance(fields.get("content"), str) or bool(items_of(fields, "content")))
    )
