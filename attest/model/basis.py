"""How a derived item is known, and where in the stored transcript that can be seen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Basis(StrEnum):
    """How an item is known. The order of the members is from strong to weak."""

    CORROBORATED = "corroborated"
    """Agrees with a record that the runner of the session does not control."""
    OBSERVED = "observed"
    """The agent's own program recorded it as an event (a tool result, a mode, a rejection)."""
    REPORTED = "reported"
    """Somebody in the session said so, and nothing recorded shows it."""
    INFERRED = "inferred"
    """Read off a command line or a text by a rule that can be wrong."""
    UNKNOWN = "unknown"
    """The format does not say. Never shown as none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Where in the transcript, as handed to the reader, an item can be seen."""

    record: int
    """Line of the transcript, counted from 0, blank and unreadable lines included."""
    byte_start: int
    byte_end: int
    """The line's bytes are `[byte_start, byte_end)` of the transcript, line end not included."""
    pointer: str
    """RFC 6901 pointer into the line's JSON; empty for the whole record."""
