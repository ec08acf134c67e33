"""The `gap/v1` predicate: what is known not to have been captured, or not to be linked, in a span of time.

It takes the log as its subject, being about what is not there. It never says why a person did something, and holds
no name: oids, session ids, times, counts.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from attest.model.session_predicate import BASE, OID, SESSION_ID, TIME, WORD
from attest.model.shape import Closed, ListOf, OneOf, Text, Whole

GAP_V1: Final = BASE + "gap/v1"
MAX_LISTED: Final = 1024
"""Commits or sessions one statement lists; `count` says how many there are."""


class GapKind(StrEnum):
    """What is missing."""

    PAUSED = "paused"
    """Capture was paused by the person at the machine; no reason is asked for."""
    SILENT = "silent"
    """A device that reports daily did not: capture was removed, or the machine was off."""
    COMMITS_WITHOUT_SESSION = "commits-without-session"
    SESSIONS_WITHOUT_COMMIT = "sessions-without-commit"
    RETENTION = "retention"
    """Transcripts that the agent will delete, and that are not recorded yet."""
    CAPTURE_FAILED = "capture-failed"
    """The hook saw a turn whose transcript could not be kept or recorded."""


GAP: Final = Closed(
    {
        "kind": OneOf(tuple(kind.value for kind in GapKind)),
        "from": TIME,
        "until": TIME,
        "seenAt": TIME,
        "count": Whole(),
        "device": Text(r"[0-9a-f]{32}", 32),
        "repository": Text(r"git\+[!-~]{1,1000}", 1004),
        "commits": ListOf(Closed({"oid": OID}), MAX_LISTED),
        "sessions": ListOf(SESSION_ID, MAX_LISTED),
        "rule": WORD,
        "basis": OneOf(("corroborated", "observed", "reported", "inferred", "unknown")),
    },
    optional=frozenset({"until", "device", "repository", "commits", "sessions"}),
    extensible=True,
)
"""`until` is left out while it lasts; `device` is a random id made at `init`, not a name or an address."""
