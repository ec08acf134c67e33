"""OpenAI's compliance logs: lines of an export for an organisation.

The vendor documents that the log platform gives JSON Lines files by event type, and that Codex activity is among them;
the schema of those events stands in a reference that needs an account and was not verified. So this connector reads
only what several shapes of such exports share, and counts the rest: an item with `type` or `event_type`, a time
(`timestamp` or `created_at`), and below it (or below `payload` or `data`) a user's words (`role: user` with `content`
or `text`, or `prompt`), or a call (`call_id` with `name`, `arguments`). Token counts are not read: what they include
was not verified either.

A message of a role other than `user` is never a prompt.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from attest.capture.lines import Fields
from attest.capture.mcp.log_lines import time_of
from attest.capture.records import field, flattened, text_of
from attest.capture.second.payload import PayloadItem
from attest.capture.second.rows import Connector, Rows, arguments_of, nothing_cut, word, words
from attest.model.second import Control, ItemKind, SecondRecord

LACKS: Final = (
    "decision",
    "tokens",
    "commit",
    "pull-request",
    "authority",
    "prompt-completeness",
    "tool-call-completeness",
)
"""`…-completeness`: which events an organisation's export holds is not known, so their absence is no finding."""
_BODIES: Final = ("payload", "data", "event", "details")
_SESSION_NAMES: Final = ("session_id", "thread_id", "conversation_id", "task_id")


def looks_like(item: PayloadItem) -> bool:
    """Say whether an item is an event of such a log."""
    fields = item.fields
    kind = text_of(fields, "event_type") or text_of(fields, "type")
    principal = any(name in fields for name in ("principal", "workspace_id", "organization_id", "org_id"))
    return bool(kind) and principal and _time(fields) is not None and "actor_is_agent" not in fields


def rows(item: PayloadItem) -> Rows:
    """Give what one event tells."""
    inner = next((name for name in _BODIES if isinstance(item.fields.get(name), dict)), None)
    body = field(item.fields, inner) if inner else item.fields
    pointer = f"{item.pointer}/{inner}" if inner else item.pointer
    made = tuple(row for make in (_prompt, _call) if (row := make(item, body, pointer)) is not None)
    return made or "unknown-event"


def _prompt(item: PayloadItem, body: Fields, pointer: str) -> SecondRecord | None:
    text = text_of(body, "prompt")
    if not text and body.get("role") == "user":
        text = flattened(body.get("content")) or text_of(body, "text")
    if not text:
        return None
    return SecondRecord(
        kind=ItemKind.PROMPT, record=item.record, pointer=pointer, text=text.strip(), ts=_time(item.fields)
    )


def _call(item: PayloadItem, body: Fields, pointer: str) -> SecondRecord | None:
    if not word(body.get("call_id")) or not word(body.get("name")):
        return None
    return SecondRecord(
        kind=ItemKind.TOOL_CALL,
        record=item.record,
        pointer=pointer,
        native_id=word(body.get("call_id")),
        name=word(body.get("name")),
        arguments=arguments_of(body.get("arguments")),
        ts=_time(item.fields),
    )


def _time(fields: Fields) -> datetime | None:
    return time_of(fields.get("timestamp")) or time_of(fields.get("created_at"))


def sessions(item: PayloadItem) -> tuple[str, ...]:
    """Give the ids under which the event may name its session."""
    places = (item.fields, *(field(item.fields, name) for name in _BODIES))
    return words(place.get(name) for place in places for name in _SESSION_NAMES)


CONNECTOR: Final = Connector(
    source="openai-compliance",
    control=Control.VENDOR,
    lacks=LACKS,
    looks_like=looks_like,
    rows=rows,
    sessions=sessions,
    cut=nothing_cut,
)
