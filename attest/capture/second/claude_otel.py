"""Claude Code's own events over OpenTelemetry logs: prompts, decisions on tool calls, results, tokens of each request.

Payload: OTLP/JSON exports (`resourceLogs`), one a line or one in the file, as a collector writes them. Read are the
documented events `user_prompt`, `tool_decision` (`decision` accept or reject, `source` config, hook, user_permanent,
user_temporary, user_abort, user_reject), `tool_result` and `api_request`, with `session.id`, `tool_name`,
`tool_use_id` (newer versions only), `prompt` (withheld unless the user's settings say otherwise) and
`event.timestamp`. A decision is in no transcript: this is the only record of how a call was let through.

The agent itself sends these events. A file that the runner's own machine kept is the runner's word once more; only
where a collector out of the runner's hands received them is it a second record (`--owner organisation`).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from attest.capture.lines import Fields
from attest.capture.mcp.log_lines import time_of
from attest.capture.otlp.values import attributes_of, plain
from attest.capture.records import text_of
from attest.capture.second.payload import LOG_RECORD, PayloadItem
from attest.capture.second.rows import Connector, Rows, nothing_cut, word, words
from attest.model.second import Amounts, Control, ItemKind, SecondRecord

LACKS: Final = ("commit", "pull-request", "authority", "answers", "results")
MAX_CALL_MS: Final = 86_400_000
"""A call that ran longer is taken for one of a day."""
_PREFIX: Final = "claude_code."
_WITHHELD: Final = "<REDACTED>"


def looks_like(item: PayloadItem) -> bool:
    """Say whether an item is an event of this agent."""
    return LOG_RECORD in item.page and bool(_name(attributes_of(item.fields), item.fields))


def rows(item: PayloadItem) -> Rows:
    """Give the row of one event."""
    if LOG_RECORD not in item.page:
        return "no-log-record"
    found = attributes_of(item.fields)
    name = _name(found, item.fields)
    row = _row(item, name, found)
    return (row,) if row is not None else "another-event" if name else "another-program"


def _row(item: PayloadItem, name: str, found: Fields) -> SecondRecord | None:
    pointer = item.pointer
    ts = time_of(found.get("event.timestamp")) or time_of(item.fields.get("timeUnixNano"))
    tool, call = word(found.get("tool_name")), word(found.get("tool_use_id")) or None
    if name == "user_prompt":
        text = found.get("prompt")
        told = text.strip() if isinstance(text, str) and text != _WITHHELD else None
        return SecondRecord(kind=ItemKind.PROMPT, record=item.record, pointer=pointer, text=told, ts=ts)
    if name == "tool_result":
        # The event is sent when the call has ended; a transcript has the time when it was made.
        ran = timedelta(milliseconds=min(_count(found.get("duration_ms")) or 0, MAX_CALL_MS))
        began = ts - ran if ts is not None else None
        return SecondRecord(
            kind=ItemKind.TOOL_CALL, record=item.record, pointer=pointer, native_id=call, name=tool, ts=began
        )
    if name == "tool_decision":
        return SecondRecord(
            kind=ItemKind.DECISION,
            record=item.record,
            pointer=pointer,
            native_id=call,
            name=tool,
            value=word(found.get("decision")),
            detail=word(found.get("source")),
            ts=ts,
        )
    if name == "api_request":
        return SecondRecord(
            kind=ItemKind.TOKENS,
            record=item.record,
            pointer=pointer,
            name=word(found.get("model")),
            amounts=_amounts(found),
            ts=ts,
        )
    return None


def _amounts(found: Fields) -> Amounts:
    return Amounts(
        input=_count(found.get("input_tokens")),
        output=_count(found.get("output_tokens")),
        cache_read=_count(found.get("cache_read_tokens")),
        cache_write=_count(found.get("cache_creation_tokens")),
    )


def _count(value: object) -> int | None:
    # Some versions of the agent send every attribute as text.
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def _name(attributes: Fields, record: Fields) -> str:
    """Give the event's name without the agent's prefix; empty where it is no event of this agent."""
    body = plain(record.get("body"))
    for name in (body, text_of(record, "eventName")):
        if isinstance(name, str) and name.startswith(_PREFIX):
            return name.removeprefix(_PREFIX)
    return word(attributes.get("event.name")) if "session.id" in attributes and "event.sequence" in attributes else ""


def sessions(item: PayloadItem) -> tuple[str, ...]:
    """Give the agent's own session ids."""
    return words([attributes_of(item.fields).get("session.id")]) if LOG_RECORD in item.page else ()


CONNECTOR: Final = Connector(
    source="claude-code-otel",
    control=Control.RUNNER,
    lacks=LACKS,
    looks_like=looks_like,
    rows=rows,
    sessions=sessions,
    cut=nothing_cut,
)
