"""The database in which Copilot Chat in VS Code keeps its spans. One chat session of it is one transcript."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from attest.capture.gather.sqlite_copy import MAGIC, private_copy, tables_of
from attest.capture.lines import Fields
from attest.capture.otlp.exports import Exports, Item, conversation_lines
from attest.capture.otlp.values import attributes_of
from attest.capture.unroll.document import line_of
from attest.errors import InvalidInput

FORMAT: Final = "copilot-vscode/traces"
MAX_SPANS: Final = 200_000
"""Of one session."""
_TABLES: Final = frozenset({"spans", "span_attributes", "span_events"})
_NAMES: Final = (b"CREATE TABLE spans", b"CREATE TABLE span_attributes")
_KEY: Final = "COALESCE(NULLIF(chat_session_id, ''), conversation_id)"
_SESSIONS: Final = f"""
    SELECT {_KEY} AS session, MAX(start_time_ms) AS last FROM spans
    WHERE operation_name = 'invoke_agent' AND {_KEY} IS NOT NULL GROUP BY session ORDER BY last DESC LIMIT 10000
"""  # noqa: S608  # the key is a constant of this file
_OF_SESSION: Final = f"""
    SELECT * FROM spans WHERE {_KEY} = :session
    OR trace_id IN (SELECT trace_id FROM spans WHERE operation_name = 'invoke_agent' AND {_KEY} = :session)
    ORDER BY start_time_ms, span_id LIMIT :limit
"""  # noqa: S608
_ATTRIBUTES: Final = "SELECT key, value FROM span_attributes WHERE span_id = ? ORDER BY key LIMIT 1024"
_EVENTS: Final = "SELECT name, timestamp_ms, attributes FROM span_events WHERE span_id = ? ORDER BY id LIMIT 10000"


def accepts(path: Path, head: bytes) -> bool:
    """Tell whether a file is such a database: its schema stands in its beginning."""
    return bool(path.name) and head.startswith(MAGIC) and all(name in head for name in _NAMES)


def sessions(path: Path) -> tuple[str, ...]:
    """Give the chat sessions in which the agent was invoked, newest first."""
    with private_copy(path) as connection:
        return _sessions(connection, path)


def gather(path: Path, session: str | None) -> Iterator[bytes]:
    """Give the record lines of one chat session; of the newest where none is named.

    Raises:
        InvalidInput: this is no such database, there is no such session, or it has more than `MAX_SPANS`.
    """
    with private_copy(path) as connection:
        chosen = session or next(iter(_sessions(connection, path)), None)
        if chosen is None:
            raise InvalidInput("input.empty", "there is no chat session", where=str(path))
        exports = Exports(items=[_item(connection, row, chosen) for row in _rows(connection, chosen, path)])
        (total,) = connection.execute("SELECT count(*) FROM spans").fetchone()
    left = int(total) - len(exports.items)
    if left:
        exports.other.append(line_of({"type": "other-conversation", "items": left}))
    yield from conversation_lines(exports, chosen, format=FORMAT)


def _sessions(connection: sqlite3.Connection, path: Path) -> tuple[str, ...]:
    if not tables_of(connection) >= _TABLES:
        raise InvalidInput("input.malformed", "this database holds no spans", where=str(path))
    try:
        return tuple(str(name) for name, _ in connection.execute(_SESSIONS))
    except sqlite3.Error as err:
        raise InvalidInput("input.malformed", "the database's tables are not those of spans", where=str(path)) from err


def _rows(connection: sqlite3.Connection, session: str, path: Path) -> list[Fields]:
    try:
        found = connection.execute(_OF_SESSION, {"session": session, "limit": MAX_SPANS + 1})
        names = [column[0] for column in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found]
    except sqlite3.Error as err:
        raise InvalidInput("input.malformed", "the database's tables are not those of spans", where=str(path)) from err
    if not rows:
        raise InvalidInput("input.not-found", "there is no such chat session", where=str(path))
    if len(rows) > MAX_SPANS:
        raise InvalidInput("input.too-large", expected=f"<= {MAX_SPANS} spans", where=str(path))
    return rows


def _item(connection: sqlite3.Connection, row: Fields, session: str) -> Item:
    """The row as a span of OTLP/JSON; its columns, which repeat attributes, go with it."""
    attributes = [_pair(key, value) for key, value in connection.execute(_ATTRIBUTES, (row["span_id"],))]
    span: Fields = {
        "traceId": row.get("trace_id"),
        "spanId": row.get("span_id"),
        "parentSpanId": row.get("parent_span_id") or "",
        "name": row.get("name"),
        "startTimeUnixNano": _nanoseconds(row.get("start_time_ms")),
        "endTimeUnixNano": _nanoseconds(row.get("end_time_ms")),
        "status": {"code": row.get("status_code"), "message": row.get("status_message") or ""},
        "attributes": attributes,
        "events": [_event(*one) for one in connection.execute(_EVENTS, (row["span_id"],))],
        "row": {name: value for name, value in row.items() if not isinstance(value, bytes)},
    }
    return Item("span", span, {}, {}, attributes_of({"attributes": attributes}), session)


def _event(name: object, time_ms: object, attributes: object) -> Fields:
    try:
        told = json.loads(attributes) if isinstance(attributes, str) else {}
    except (ValueError, RecursionError):
        told = {"text": attributes}
    pairs = [_pair(key, value) for key, value in told.items()] if isinstance(told, dict) else []
    return {"name": name, "timeUnixNano": _nanoseconds(time_ms), "attributes": pairs}


def _pair(key: object, value: Any) -> Fields:  # noqa: ANN401  # any value of a database
    if isinstance(value, str | bytes):
        text = value if isinstance(value, str) else value.decode("utf-8", "replace")
        return {"key": key, "value": {"stringValue": text}}
    return {"key": key, "value": {"stringValue": "" if value is None else json.dumps(value)}}


def _nanoseconds(milliseconds: object) -> str:
    if isinstance(milliseconds, int | float) and not isinstance(milliseconds, bool):
        return str(int(milliseconds * 1000) * 1000)
    return "0"
