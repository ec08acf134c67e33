"""Anthropic's Compliance API: transcripts of Claude Code and Cowork sessions, as the vendor captured them.

Payload: responses of `GET /v1/compliance/apps/sessions/local/{id}/messages` and `.../remote/{id}/messages`, as pages or
as lines of pages, read after the vendor's published reference (`compliance_local_session_message`; blocks `text`,
`tool_use` with `input` as JSON text, `tool_result`; `provenance`; `truncated`). The remote form is documented with the
same blocks; that it is the same in every member was not checked against a real response.

The vendor writes down what its service received and sent. That a tool's result is what happened on the machine is the
client's word in this record too, and so are messages with the provenance `client_asserted`.
"""

from __future__ import annotations

from typing import Final

from attest.capture.claude_code.convention import injected_kind, without_reminders
from attest.capture.lines import Fields
from attest.capture.mcp.log_lines import time_of
from attest.capture.records import field, items_of, text_of
from attest.capture.second.payload import Payload, PayloadItem
from attest.capture.second.rows import Connector, Rows, arguments_of, word, words
from attest.model.second import Control, ItemKind, SecondRecord

LACKS: Final = ("decision", "tokens", "commit", "pull-request", "authority", "reasoning", "images", "system-prompt")
_TYPES: Final = ("compliance_local_session_message", "compliance_remote_session_message")


def looks_like(item: PayloadItem) -> bool:
    """Say whether an item is a message of such a transcript."""
    return item.fields.get("type") in _TYPES or (
        text_of(field(item.page, "session"), "type").startswith("compliance_") and "role" in item.fields
    )


def rows(item: PayloadItem) -> Rows:
    """Give prompts and tool calls of one message."""
    fields = item.fields
    provenance = text_of(field(fields, "provenance"), "type")
    if provenance in {"content_unavailable", "synthetic_marker"}:
        return provenance
    made = tuple(
        row
        for at, block in enumerate(items_of(fields, "content"))
        if isinstance(block, dict) and (row := _row(item, block, at, asserted=bool(provenance))) is not None
    )
    return made or ("no-prompt-or-call" if looks_like(item) else "another-kind")


def _row(item: PayloadItem, block: Fields, at: int, *, asserted: bool) -> SecondRecord | None:
    pointer, ts = f"{item.pointer}/content/{at}", time_of(item.fields.get("created_at"))
    role, kind = item.fields.get("role"), block.get("type")
    if role == "user" and kind == "text":
        text = text_of(block, "text")
        return SecondRecord(
            kind=ItemKind.PROMPT,
            record=item.record,
            pointer=pointer,
            text=None if block.get("truncated") is True else without_reminders(text),
            ts=ts,
            asserted_by_client=asserted,
            injected=injected_kind(text) is not None or not without_reminders(text),
        )
    if role == "assistant" and kind == "tool_use":
        return SecondRecord(
            kind=ItemKind.TOOL_CALL,
            record=item.record,
            pointer=pointer,
            native_id=word(block.get("id")) or None,
            name=word(block.get("name")),
            arguments=None if block.get("truncated") is True else arguments_of(block.get("input")),
            ts=ts,
            asserted_by_client=asserted,
        )
    return None


def sessions(item: PayloadItem) -> tuple[str, ...]:
    """Give the vendor's id of the session, which is not the agent's."""
    return words([field(item.page, "session").get("id")])


def cut(payload: Payload) -> tuple[str, ...]:
    """Say what is known to be missing: pages not fetched, turns aged out, a session beyond the service's bound."""
    found: dict[str, None] = {}
    if payload.pages and payload.pages[-1].get("next_page"):
        found["next-page"] = None
    for page in payload.pages:
        if field(page, "session").get("truncated") is True:
            found["truncated"] = None
    for item in payload.items:
        if text_of(field(item.fields, "provenance"), "type") == "content_unavailable":
            reason = text_of(field(item.fields, "provenance"), "reason")
            found["retention" if reason == "retention_elapsed" else "content-unavailable"] = None
    return tuple(found)


CONNECTOR: Final = Connector(
    source="anthropic-compliance",
    control=Control.VENDOR,
    lacks=LACKS,
    looks_like=looks_like,
    rows=rows,
    sessions=sessions,
    cut=cut,
)
