"""The agent's own id of a session, read before anything else: keys and ids of the session hang on it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attest.capture.codex.read import FORMAT as CODEX
from attest.capture.cursor.sniff import FORMAT as CURSOR
from attest.capture.lines import LineFault, Record, parse_line
from attest.capture.reader import reader_of
from attest.capture.records import field, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.capture.normaliser import Normaliser

_ID = r"[0-9A-Za-z][0-9A-Za-z_-]{7,127}"
_CLAUDE_CODE = re.compile(rb'"sessionId"\s*:\s*"(' + _ID.encode() + rb')"')
_WHOLE = re.compile(_ID)
_NAMED_BY_STEPS = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.:@-]{0,127}")
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_NAMED_BY_FILE = frozenset({CURSOR})
MAX_RECORDS = 4_096
"""As many records of a format that is read by its steps are looked at for the session's id."""


def native_session_id(
    lines: Iterable[bytes],
    *,
    format: str | None = None,  # noqa: A002
    name: str | None = None,
) -> str | None:
    """Give the session id that the lines name as their own; None when they name none.

    Claude Code: the last one, for a resumed session copies history before its own records. Read from raw lines, so that
    nothing has to be parsed: inside a JSON string the quotes of such a member are escaped and do not match. Codex: that
    of the first `session_meta`, for history that a resumed or forked session copies brings its own behind it. Any other
    format: the first id that its own reader finds among the first `MAX_RECORDS` records. Where records of Cursor name
    none, its files are named by it: `name` is the file's name without ending, taken where it is a UUID.
    """
    if format == CODEX:
        return _codex(lines)
    reader = reader_of(format)
    if reader is not None and reader.normaliser is not None:
        return _by_steps(lines, reader.normaliser()) or _name(name, format)
    return _claude_code(lines)


def _claude_code(lines: Iterable[bytes]) -> str | None:
    found = None
    for line in lines:
        match = _CLAUDE_CODE.search(line)
        if match:
            found = match[1].decode("ascii")
    return found


def _codex(lines: Iterable[bytes]) -> str | None:
    for line in lines:
        if b'"session_meta"' not in line:
            continue
        record = parse_line(line.strip())
        if isinstance(record, LineFault) or record.get("type") != "session_meta":
            continue
        payload = field(record, "payload")
        own = text_of(payload, "id") or text_of(payload, "session_id")
        return own if _WHOLE.fullmatch(own) else None
    return None


def _name(name: str | None, format: str | None) -> str | None:  # noqa: A002
    return name if format in _NAMED_BY_FILE and name is not None and _UUID.fullmatch(name) else None


def _by_steps(lines: Iterable[bytes], normaliser: Normaliser) -> str | None:
    for index, line in enumerate(lines):
        if index == MAX_RECORDS:
            break
        fields = parse_line(line.strip())
        if isinstance(fields, LineFault):
            continue
        normaliser.steps(Record(index, 0, 0, fields), 0)
        found = normaliser.facts.native_id
        if found is not None:
            return found if _NAMED_BY_STEPS.fullmatch(found) else None
    return None
