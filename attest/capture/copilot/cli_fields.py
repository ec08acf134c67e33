"""Places, arguments and attachments in the events of Copilot's session log."""

from __future__ import annotations

import json

from attest.capture.accounts import here_of
from attest.capture.lines import Fields, Record
from attest.capture.records import below, field, maybe_text, text_of
from attest.capture.steps import Place
from attest.capture.text import moment


def place_of(record: Record, data: Fields) -> Place:
    """Give the place of an event, by its data."""
    evidence = below(here_of(record), "data")
    return Place(
        evidence=evidence,
        ts=moment(record.fields.get("timestamp")),
        native_id=maybe_text(record.fields, "id"),
        parent=maybe_text(record.fields, "parentId"),
        sidechain=bool(text_of(record.fields, "agentId") or text_of(data, "parentToolCallId")),
    )


def arguments_of(told: object) -> Fields:
    """Arguments are an object, or its JSON as text; a grammar-based tool has one free text."""
    if isinstance(told, dict):
        return told
    if not isinstance(told, str):
        return {}
    try:
        parsed = json.loads(told)
    except (ValueError, RecursionError):
        parsed = None
    return parsed if isinstance(parsed, dict) else {"input": told}


def attached(one: Fields) -> Fields:
    """Give what was attached: its path, and the words to show."""
    path = text_of(one, "path") or text_of(one, "filePath")
    return {"file_path": path, "content": path or text_of(one, "displayName")}


def ended_subagent(name: str, data: Fields) -> Fields:
    """The events of a sub-agent stand in the same log."""
    return {
        "status": "cancelled" if data.get("cancelled") is True else name.removeprefix("subagent."),
        "agent_type": text_of(data, "agentName"),
        "tokens": data.get("totalTokens"),
        "tool_uses": data.get("totalToolCalls"),
        "transcript_present": True,
    }


def shown(data: Fields) -> str:
    """Give the words of a notice to show."""
    for name in ("message", "intent", "summary", "hookType", "agentName", "infoType", "toolName"):
        if text_of(data, name):
            return text_of(data, name)
    request, result = field(data, "permissionRequest"), field(data, "result")
    return text_of(request, "kind") or text_of(result, "kind")
