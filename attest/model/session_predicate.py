"""The `session/v1` predicate: the small, permanent, text-free account of a session that is signed and logged.

It holds pseudonyms, oids, counts, commitments and the closed list of facts that a policy may read (decision D6).
Texts and the transcript are parts: committed to here by one Merkle root, stored encrypted, erasable.
"""

from __future__ import annotations

from typing import Final

from attest.model.shape import Closed, Counts, ListOf, OneOf, Text, Whole

BASE: Final = "https://whereof.dev/attestation/"
SESSION_V1: Final = BASE + "session/v1"
INDEX_V1: Final = BASE + "index/v1"
LOG_V1: Final = BASE + "log/v1"

_HEX64 = Text(r"[0-9a-f]{64}", 64)
OID: Final = Text(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", 64)
TIME: Final = Text(
    r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?Z",
    27,
)
WORD: Final = Text(r"[A-Za-z0-9._:/@+-]{1,128}", 128)
SESSION_ID: Final = Text(r"ses_[0-9A-HJKMNP-TV-Z]{26}", 30)
CHANGED: Final = Closed({"count": Whole(), "root": _HEX64})
"""How many files a commit changed, and the RFC 6962 root over them (`changed_files_leaves`)."""
_BASIS = OneOf(("corroborated", "observed", "reported", "inferred", "unknown"))
_VALUE = Closed({"value": WORD, "basis": _BASIS})
_COUNT = Closed({"count": Whole(), "basis": _BASIS})

FACTS: Final = Closed(
    {
        "agent": _VALUE,
        "agentVersion": _VALUE,
        "models": ListOf(_VALUE, 32),
        "permissionModes": ListOf(_VALUE, 32),
        "access": Closed(dict.fromkeys(("secret", "network", "outside-worktree", "env"), _COUNT)),
        "checks": ListOf(
            Closed(
                {
                    "kind": OneOf(("test", "lint", "type", "build", "scan")),
                    "outcome": OneOf(("passed", "failed", "inconclusive", "claimed")),
                    "count": Whole(),
                    "basis": _BASIS,
                }
            ),
            64,
        ),
        "plans": _COUNT,
        "overrides": _COUNT,
        "rejectedPaths": _COUNT,
        "gaps": ListOf(WORD, 64),
    },
    optional=frozenset({"agentVersion"}),
    extensible=True,
)
"""What a policy may read of a session without opening any part; each fact says how it is known."""

SESSION: Final = Closed(
    {
        "session": Closed({"id": SESSION_ID, "format": WORD}),
        "capture": Closed(
            {
                "source": OneOf(("named", "hook", "imported")),
                "startedAt": TIME,
                "endedAt": TIME,
                "recordedAt": TIME,
                "records": Whole(),
                "events": Whole(),
                "head": _HEX64,
                "badLines": Whole(),
                "notUtf8": Whole(),
                "dropped": Whole(),
                "unknownRecords": Counts(),
                "whole": OneOf(("unknown",)),
            },
            optional=frozenset({"startedAt", "endedAt", "notUtf8"}),
        ),
        "commits": ListOf(
            Closed(
                {
                    "oid": OID,
                    "tree": OID,
                    "link": OneOf(("asserted", "recorded")),
                    "changed": CHANGED,
                }
            )
        ),
        "facts": FACTS,
        "parts": Closed({"count": Whole(), "bytes": Whole(), "root": _HEX64, "list": _HEX64}),
        "redaction": Closed(
            {
                "engine": WORD,
                "rules": _HEX64,
                "config": _HEX64,
                "entities": Counts(),
                "spans": Whole(),
                "decodedLayers": Whole(),
                "opaqueFields": Whole(),
                "dropped": Whole(),
                "secondScan": Closed({"engine": WORD, "result": OneOf(("clean",)), "allowed": Whole()}),
            }
        ),
        "recorder": Closed({"name": OneOf(("whereof",)), "version": WORD}),
        "nonce": Text(r"[0-9a-f]{32}", 32),
        "supersedes": Text(r"att_[0-9a-f]{64}", 68),
    },
    optional=frozenset({"supersedes"}),
    extensible=True,
)
"""Shape of the `session/v1` predicate. `docs/spec/session-v1.schema.json` is printed from it."""
