"""Whether bytes look like one of the forms of OpenHands, from what they hold."""

from __future__ import annotations

from attest.capture.lines import Fields, LineFault, parse_line
from attest.capture.records import text_of

_SOURCES = frozenset({"user", "agent", "environment"})
V0 = "openhands/trajectory"
V1 = "openhands/conversation"
_MARKS = {"openhands-output", "openhands-patch"}


def looks_like_v0(head: bytes) -> bool:
    """Tell whether the beginning holds an event of the old form, or what an unrolled trajectory begins with."""
    return any(_is_v0(fields) for fields in _records(head))


def looks_like_v1(head: bytes) -> bool:
    """Tell whether the beginning holds an event of the new form, or what an unrolled conversation begins with."""
    return any(_is_v1(fields) for fields in _records(head))


def is_v0_event(fields: Fields) -> bool:
    """Tell whether an object is an action or an observation of the old form."""
    if text_of(fields, "source") not in _SOURCES and "cause" not in fields:
        return False
    if isinstance(fields.get("action"), str) and isinstance(fields.get("args"), dict):
        return True
    return isinstance(fields.get("observation"), str) and isinstance(fields.get("extras"), dict)


def _is_v0(fields: Fields) -> bool:
    if text_of(fields, "type") == "whereof-unrolled":
        return text_of(fields, "format") == V0
    return text_of(fields, "type") in _MARKS or is_v0_event(fields)


def _is_v1(fields: Fields) -> bool:
    if text_of(fields, "type") == "whereof-unrolled":
        return text_of(fields, "format") == V1
    return text_of(fields, "source") in _SOURCES and text_of(fields, "kind") in ("SystemPromptEvent", "MessageEvent")


def _records(head: bytes) -> list[Fields]:
    parsed = (parse_line(line) for line in head.split(b"\n") if line.startswith(b"{"))
    return [fields for fields in parsed if not isinstance(fields, LineFault)]
