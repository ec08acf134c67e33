"""How a recording came about: who named the transcript, which commits a hook saw being made, and what else it saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from attest.model.times import rfc3339


class CaptureSource(StrEnum):
    """Where the transcript came from."""

    NAMED = "named"
    """A person named the file."""
    HOOK = "hook"
    """The agent's own hooks named it while the session ran."""
    IMPORTED = "imported"
    """It was found afterwards: a weaker claim."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HookWitness:
    """What the hooks saw of the session, by this machine's clock; kept in the statement's extensions."""

    turns: int
    """Turn ends."""
    lines: int
    """Calls of a hook."""
    first: datetime
    last: datetime
    evidence: Mapping[str, str] = field(default_factory=dict)
    """Why each commit (full oid) is said to be the session's, in one word."""

    def to_json(self) -> dict[str, object]:
        """Give the member `witness` of `extensions`: counts, times, oids and closed words only."""
        return {
            "turns": self.turns,
            "lines": self.lines,
            "firstAt": rfc3339(self.first),
            "lastAt": rfc3339(self.last),
            "evidence": dict(self.evidence),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureNote:
    """What a recording says of its own origin."""

    source: CaptureSource = CaptureSource.NAMED
    recorded: frozenset[str] = frozenset()
    """Oids that a hook saw being made; the other commits of the recording are asserted by whoever records."""
    witness: HookWitness | None = None
    """None where no hook was there."""
    not_utf8: int = 0
    """Lines of the transcript that held bytes which are not UTF-8, and were replaced."""


NAMED = CaptureNote()
"""A person named the transcript and the commits."""
