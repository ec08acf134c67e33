"""OpenCode's database: sessions, messages and parts as rows with JSON in them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from attest.capture.gather.sqlite_copy import MAGIC, private_copy, tables_of
from attest.capture.lines import Fields, LineFault, parse_line
from attest.capture.opencode.lines import MAX_SESSIONS, Gathered, lines_of
from attest.capture.records import text_of
from attest.errors import InvalidInput

MAX_ROWS: Final = 500_000
"""Of one table, for one session and its sub-agents."""
_TABLE: Final = rb'CREATE TABLE (?:IF NOT EXISTS )?[`"\[]?%s[`"\]]?\s*\('
_MARKS: Final = tuple(re.compile(_TABLE % name) for name in (b"session", b"message", b"part"))
_JSON_COLUMNS: Final = frozenset({"data", "permission", "revert", "summary_diffs", "model", "goal", "share"})
_ROWS: Final = {
    name: f"SELECT * FROM {name} WHERE session_id = ? ORDER BY time_created, id LIMIT {MAX_ROWS + 1}"  # noqa: S608
    for name in ("message", "part", "session_message")
}
_ROOTS: Final = """
    SELECT id FROM session WHERE parent_id IS NULL OR parent_id NOT IN (SELECT id FROM session)
    ORDER BY time_updated DESC, id DESC LIMIT 10000
"""


def accepts(path: Path, head: bytes) -> bool:
    """Tell whether a file is such a database: its schema stands in its beginning."""
    return bool(path.name) and head.startswith(MAGIC) and all(mark.search(head) for mark in _MARKS)


def sessions(path: Path) -> tuple[str, ...]:
    """Give the sessions that are nobody's sub-agents, newest first."""
    with private_copy(path) as connection:
        try:
            return tuple(str(name) for (name,) in connection.execute(_ROOTS))
        except sqlite3.Error as err:
            raise _not_ours(path) from err


def gather(path: Path, session: str | None) -> Iterator[bytes]:
    """Give the record lines of one session with its sub-agents; of the newest where none is named.

    Raises:
        InvalidInput: this is no such database, there is no such session, or it has more rows than `MAX_ROWS`.
    """
    with private_copy(path) as connection:
        try:
            found = _gathered(connection, session, path)
        except sqlite3.Error as err:
            raise _not_ours(path) from err
    yield from lines_of(found)


def _gathered(connection: sqlite3.Connection, session: str | None, path: Path) -> Gathered:
    connection.row_factory = sqlite3.Row
    tables = tables_of(connection)
    chosen = session or next((str(row[0]) for row in connection.execute(_ROOTS)), None)
    if chosen is None:
        raise InvalidInput("input.empty", "there is no session", where=str(path))
    found = Gathered("database", sessions=_sessions(connection, chosen, path))
    for one in found.sessions:
        name = text_of(one, "id")
        found.messages += _rows(connection, "message", name, path)
        for part in _rows(connection, "part", name, path):
            found.parts.setdefault(text_of(part, "messageID"), []).append(part)
        if "session_message" in tables:
            found.entries += _rows(connection, "session_message", name, path)
        if "todo" in tables:
            todo = connection.execute("SELECT * FROM todo WHERE session_id = ? LIMIT 1000", (name,)).fetchall()
            found.other += [{"type": "todo", "session": name, "value": _plain(row)} for row in todo]
    if "permission" in tables:
        found.other += _permissions(connection, found.sessions[0])
    return found


def _sessions(connection: sqlite3.Connection, chosen: str, path: Path) -> list[Fields]:
    """Give a session and, breadth first, those below it."""
    found: list[Fields] = []
    names, seen = [chosen], {chosen}
    while names and len(found) < MAX_SESSIONS:
        name = names.pop(0)
        row = connection.execute("SELECT * FROM session WHERE id = ?", (name,)).fetchone()
        if row is None:
            raise InvalidInput("input.not-found", "there is no such session", where=str(path))
        found.append(_plain(row))
        below = connection.execute("SELECT id FROM session WHERE parent_id = ? ORDER BY time_created, id", (name,))
        for (child,) in below:
            if str(child) not in seen:
                seen.add(str(child))
                names.append(str(child))
    return found


def _rows(connection: sqlite3.Connection, table: str, session: str, path: Path) -> list[Fields]:
    rows = connection.execute(_ROWS[table], (session,)).fetchall()
    if len(rows) > MAX_ROWS:
        raise InvalidInput("input.too-large", expected=f"<= {MAX_ROWS} rows", where=str(path))
    return [_record(row) for row in rows]


def _record(row: sqlite3.Row) -> Fields:
    """The JSON of a row, with the ids that stand in columns, as OpenCode itself puts it together."""
    told = _plain(row)
    data = told.pop("data", None)
    record: Fields = dict(data) if isinstance(data, dict) else {"data": data}
    record["id"] = told.pop("id", None)
    record["sessionID"] = told.pop("session_id", None)
    if "message_id" in told:
        record["messageID"] = told.pop("message_id")
    created = told.pop("time_created", None)
    if "time" not in record and "messageID" not in record:
        record["time"] = {"created": created}
    elif created is not None:
        told["time_created"] = created
    return {**record, **{name: value for name, value in told.items() if name not in record}}


def _plain(row: sqlite3.Row) -> Fields:
    """The columns of a row; those that hold JSON as its value."""
    told: Fields = {}
    for name in row.keys():  # noqa: SIM118  # a row is no mapping
        value = row[name]
        if isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        told[name] = _json(value) if name in _JSON_COLUMNS and isinstance(value, str) else value
    return told


def _json(text: str) -> object:
    """A column holds an object or a list; anything else stays the text it is."""
    parsed = parse_line(b'{"value":' + text.encode("utf-8", "replace") + b"}")
    return text if isinstance(parsed, LineFault) else parsed.get("value")


def _permissions(connection: sqlite3.Connection, session: Fields) -> list[Fields]:
    project = text_of(session, "project_id")
    rows = connection.execute("SELECT * FROM permission WHERE project_id = ? LIMIT 1000", (project,)).fetchall()
    return [{"type": "permission", "session": text_of(session, "id"), "value": _plain(row)} for row in rows]


def _not_ours(path: Path) -> InvalidInput:
    return InvalidInput("input.malformed", "the database's tables are not those of OpenCode", where=str(path))
