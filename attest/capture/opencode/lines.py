"""A session of OpenCode, with the sessions of its sub-agents, as record lines in the order of time.

After the header a `session` line for each session, the chosen one first; then every message with its parts behind it,
those of sub-agents between those of the session that started them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from dataclasses import field as member
from typing import Final

from attest.capture.lines import Fields
from attest.capture.opencode.sniff import FORMAT
from attest.capture.records import field, text_of
from attest.capture.unroll.document import header_line, line_of

MAX_SESSIONS: Final = 1_000
"""A session and its sub-agents."""


@dataclass(slots=True)
class Gathered:
    """What a source holds of one session and its sub-agents."""

    source: str
    """`files`, `database` or `export`."""
    sessions: list[Fields] = member(default_factory=list)
    """The chosen one first."""
    messages: list[Fields] = member(default_factory=list)
    parts: dict[str, list[Fields]] = member(default_factory=dict)
    """By message."""
    entries: list[Fields] = member(default_factory=list)
    """Messages in the newer form."""
    other: list[Fields] = member(default_factory=list)
    """Records of another kind, each with its `type`."""


def lines_of(gathered: Gathered) -> Iterator[bytes]:
    """Give the record lines."""
    known = [text_of(one, "id") for one in gathered.sessions]
    yield header_line(FORMAT, {"source": gathered.source})
    for place, session in enumerate(gathered.sessions):
        told: Fields = dict(session)
        if place == 0:
            reads = "entries" if gathered.entries and not gathered.messages else "messages"
            told |= {"whereof-sessions": known, "whereof-reads": reads}
        yield line_of({"type": "session", "session": text_of(session, "id"), "value": told})
    for record in gathered.other:
        yield line_of(record)
    for message in _in_order([*gathered.messages, *gathered.entries]):
        yield from _message(message, gathered.parts)
    left = [part for parts in gathered.parts.values() for part in parts]
    yield from (line_of({"type": "part", "session": _session_of(part), "value": part}) for part in left)


def _message(message: Fields, parts: dict[str, list[Fields]]) -> Iterator[bytes]:
    at: Fields = {"session": _session_of(message)}
    if "role" not in message:
        yield line_of({"type": "entry", **at, "value": message})
        return
    error = message.get("error")
    rest = {name: value for name, value in message.items() if name != "error" or not isinstance(error, dict)}
    yield line_of({"type": "message", **at, "value": rest})
    for part in _in_order(parts.pop(text_of(message, "id"), [])):
        yield line_of({"type": "part", **at, "value": part})
    if isinstance(error, dict):
        told = {"id": text_of(message, "id"), "time": message.get("time"), "error": error}
        yield line_of({"type": "message-end", **at, "value": told})


def _session_of(value: Fields) -> str:
    return text_of(value, "sessionID") or text_of(value, "session_id")


def _in_order(values: Iterable[Fields]) -> list[Fields]:
    """By time where they have one, and by id, which OpenCode counts up."""
    return sorted(values, key=lambda one: (_created(one), text_of(one, "id")))


def _created(value: Fields) -> float:
    if text_of(value, "type") and "role" not in value and "messageID" in value:
        return 0  # parts: the id alone
    created = field(value, "time").get("created")
    return created if isinstance(created, int | float) and not isinstance(created, bool) else 0
