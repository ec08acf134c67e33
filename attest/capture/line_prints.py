"""Fingerprints of added and removed lines, within the limits of a change and of a session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from attest.model.fingerprint import line_fingerprint

MAX_LINES_PER_CHANGE = 4_000
MAX_LINES = 400_000
"""Of one session; changes beyond it are kept without their lines, as not complete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """The fingerprints of one change."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    complete: bool
    """False where a limit was reached."""


@dataclass(slots=True)
class LinePrints:
    """Counts what is left of the session's limit."""

    left: int = MAX_LINES

    def take(self, added: Sequence[str], removed: Sequence[str]) -> Printed:
        """Give the fingerprints of a change's lines, as many as there is room for."""
        room = min(MAX_LINES_PER_CHANGE, self.left)
        first = tuple(map(line_fingerprint, added[:room]))
        second = tuple(map(line_fingerprint, removed[: room - len(first)]))
        self.left -= len(first) + len(second)
        return Printed(added=first, removed=second, complete=len(added) + len(removed) <= room)
