"""Lines of an MCP log: each with its salted digest, and the JSON-RPC messages that a logger wrapped in it.

No specification says how a proxy, a client or a server logs its messages. What is common to those that exist: one JSON
object a line that is the message itself, a batch of them, or an envelope with the message (as an object or as text)
beside a time, a direction, a session id and a server's name. Those are found by their names; nothing else is guessed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from attest.capture.lines import Fields, LineFault, parse_line
from attest.capture.text import moment
from attest.model.mcp import Direction, LogOwner

MAX_LOG_BYTES: Final = 64 * 1024 * 1024
MAX_LINES: Final = 200_000
"""Further lines are counted and not read."""
MAX_BATCH: Final = 1_000
"""Messages of one line; more are counted and not read."""
MAX_ID_CHARS: Final = 256
_MAX_WRAPPERS: Final = 3
_MAX_OBJECTS: Final = 32
"""Objects looked into on one level of a wrapper."""

_TIME_NAMES: Final = ("timestamp", "ts", "time", "@timestamp", "created_at", "datetime")
_SESSION_NAMES: Final = ("mcp-session-id", "mcp_session_id", "mcpSessionId", "sessionId", "session_id", "session")
_SERVER_NAMES: Final = ("server", "serverName", "server_name", "mcp_server", "origin")
_DIRECTION_NAMES: Final = ("direction", "dir", "flow")
_TO_SERVER: Final = frozenset({"client-to-server", "c2s", "client->server", "to-server", "clienttoserver"})
_TO_CLIENT: Final = frozenset({"server-to-client", "s2c", "server->client", "to-client", "servertoclient"})
_SENT: Final = frozenset({"out", "outgoing", "outbound", "send", "sent", "tx", "write", "egress"})
_RECEIVED: Final = frozenset({"in", "incoming", "inbound", "recv", "receive", "received", "rx", "read", "ingress"})


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of a log, not blank."""

    data: bytes
    original: str
    """Salted SHA-256 of its bytes without the line end, in hex."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What a logger wrote around a message; None: it did not say."""

    time: datetime | None
    session: str | None
    server: str | None
    direction: Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    """The messages of one line."""

    envelope: Envelope
    messages: tuple[object, ...]
    left_out: int
    """Messages beyond `MAX_BATCH`."""


def log_lines(data: bytes, digest: Callable[[bytes], str]) -> Iterator[LogLine]:
    """Give the lines of a log that are not blank; `digest` salts and hashes the bytes of one."""
    for line in data.splitlines():
        if line.strip():
            yield LogLine(line, digest(line))


def parse_log_line(line: bytes) -> Fields | LineFault:
    """Give the object of a line; a bare list (a batch) is given as an object with the member `message`."""
    return parse_line(b'{"message":' + line + b"}" if line.lstrip()[:1] == b"[" else line)


def find_messages(fields: Fields, owner: LogOwner) -> Messages | None:
    """Give the JSON-RPC messages of a line's object, or None where it holds none."""
    paths: list[list[Fields]] = [[fields]]
    for _ in range(_MAX_WRAPPERS):
        for path in paths:
            found = _messages_of(path[-1])
            if found is not None:
                kept = tuple(found[:MAX_BATCH])
                return Messages(envelope=_envelope(path, owner), messages=kept, left_out=len(found) - len(kept))
        deeper = [[*path, value] for path in paths for value in path[-1].values() if isinstance(value, dict)]
        paths = deeper[:_MAX_OBJECTS]
    return None


def _messages_of(fields: Fields) -> list[object] | None:
    if is_message(fields):
        return [fields]
    for value in fields.values():
        decoded = _decoded(value)
        if isinstance(decoded, dict) and is_message(decoded):
            return [decoded]
        if isinstance(decoded, list) and any(isinstance(one, dict) and is_message(one) for one in decoded):
            return list(decoded)
    return None


def is_message(fields: Fields) -> bool:
    """Say whether an object is a JSON-RPC 2.0 message."""
    return fields.get("jsonrpc") == "2.0" and any(name in fields for name in ("method", "result", "error"))


def _decoded(value: object) -> object:
    """Give what a text holds where it is JSON of its own, within the limits of a line."""
    if not isinstance(value, str) or "jsonrpc" not in value:
        return value
    made = parse_log_line(value.encode("utf-8", "replace"))
    if not isinstance(made, dict):
        return None
    return made["message"] if value.lstrip()[:1] == "[" else made


def _envelope(layers: list[Fields], owner: LogOwner) -> Envelope:
    names = [layer for layer in layers if not is_message(layer)]
    headers = [one for layer in names for one in (layer.get("headers"), layer.get("meta")) if isinstance(one, dict)]
    places = [*names, *headers]
    return Envelope(
        time=next((at for layer in names for name in _TIME_NAMES if (at := time_of(layer.get(name)))), None),
        session=_first(places, _SESSION_NAMES),
        server=_first(names, _SERVER_NAMES),
        direction=_direction(_first(names, _DIRECTION_NAMES), owner),
    )


def _first(places: list[Fields], names: tuple[str, ...]) -> str | None:
    for place in places:
        lowered = {key.lower(): value for key, value in place.items()}
        for name in names:
            value = lowered.get(name.lower())
            if isinstance(value, str) and 0 < len(value) <= MAX_ID_CHARS:
                return value
    return None


def _direction(word: str | None, owner: LogOwner) -> Direction:
    """Read the direction's word; `sent` and `received` mean what the owner of the log does."""
    plain = (word or "").lower().replace("_", "-").replace(" ", "").replace("→", "->")
    if plain in _TO_SERVER:
        return Direction.TO_SERVER
    if plain in _TO_CLIENT:
        return Direction.TO_CLIENT
    if plain in _SENT | _RECEIVED and owner is not LogOwner.GATEWAY:
        from_client = (plain in _SENT) is (owner is LogOwner.CLIENT)
        return Direction.TO_SERVER if from_client else Direction.TO_CLIENT
    return Direction.UNKNOWN


def time_of(value: object) -> datetime | None:
    """Give a time written as RFC 3339, or as seconds, milliseconds, microseconds or nanoseconds since the epoch."""
    if isinstance(value, str):
        at = moment(value)
        if at is not None:
            # The two ends of the calendar leave no room for a window around a time.
            return at if 1970 <= at.year < 9000 else None
        return time_of(int(value)) if value.isascii() and value.isdigit() and len(value) < 20 else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1e9 <= value < 1e20:
        return None
    for unit in (1, 1_000, 1_000_000, 1_000_000_000):
        if value / unit < 1e11:
            milliseconds = int(value * 1_000) // unit if isinstance(value, int) else int(value / unit * 1_000)
            return datetime.fromtimestamp(milliseconds // 1_000, UTC).replace(microsecond=milliseconds % 1_000 * 1_000)
    return None


def canonical_id(value: object) -> str | None:
    """Give a request's id so that the number 7 and the text 7 differ; None for what no id can be."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return f"n:{json.dumps(value)}"[:MAX_ID_CHARS]
    return f"s:{value}" if isinstance(value, str) and len(value) <= MAX_ID_CHARS else None
