"""Devin's session messages: what people asked, and what the agent answered.

Payload: responses of `GET /v3/organizations/{org}/sessions/{id}/messages` (`items` with `event_id`, `source`
`user|devin`, `message`, `created_at` in seconds), as documented; and of the older session detail (`messages` with
`event_id`, `type` such as `initial_user_message`, `user_message`, `devin_message`, `message`, `timestamp`), as clients
of it show it.
"""

from __future__ import annotations

from typing import Final

from attest.capture.mcp.log_lines import time_of
from attest.capture.records import text_of
from attest.capture.second.payload import Payload, PayloadItem
from attest.capture.second.rows import Connector, Rows, has, word, words
from attest.model.second import Control, ItemKind, SecondRecord

LACKS: Final = ("tool-call", "decision", "tokens", "commit", "pull-request", "authority", "reasoning")
_BY_USER: Final = frozenset({"user", "initial_user_message", "user_message"})
_BY_AGENT: Final = frozenset({"devin", "devin_message"})


def looks_like(item: PayloadItem) -> bool:
    """Say whether an item is such a message."""
    return has(item.fields, "event_id", "message") and _by(item) in _BY_USER | _BY_AGENT


def rows(item: PayloadItem) -> Rows:
    """Give the prompt of one message of a person."""
    if _by(item) in _BY_AGENT:
        return "message-of-the-agent"
    if _by(item) not in _BY_USER:
        return "another-kind"
    return (
        SecondRecord(
            kind=ItemKind.PROMPT,
            record=item.record,
            pointer=f"{item.pointer}/message",
            native_id=word(item.fields.get("event_id")) or None,
            text=text_of(item.fields, "message").strip(),
            ts=time_of(item.fields.get("created_at")) or time_of(item.fields.get("timestamp")),
        ),
    )


def _by(item: PayloadItem) -> str:
    return word(item.fields.get("source")) or word(item.fields.get("type"))


def sessions(item: PayloadItem) -> tuple[str, ...]:
    """Give the session's id where the page has it."""
    return words([item.page.get("session_id"), item.page.get("devin_id")])


def cut(payload: Payload) -> tuple[str, ...]:
    """Say whether there is a page that was not fetched."""
    return ("next-page",) if payload.pages and payload.pages[-1].get("has_next_page") is True else ()


CONNECTOR: Final = Connector(
    source="devin-messages",
    control=Control.VENDOR,
    lacks=LACKS,
    looks_like=looks_like,
    rows=rows,
    sessions=sessions,
    cut=cut,
)
