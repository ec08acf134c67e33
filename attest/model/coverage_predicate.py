"""The `coverage/v1` predicate: what the gate found for every commit of a range, at one moment, from named evidence.

It says who judged, by which policy and trust roots, from which attestations, and what each commit came to. It holds no
free text: oids, closed words, names of rules and tiers as the policy has them, digests. Its subject is the tip.
"""

from __future__ import annotations

from typing import Final

from attest.model.range_verdict import STATES
from attest.model.session_predicate import BASE, OID, TIME, WORD
from attest.model.shape import Closed, ListOf, OneOf, Text, Whole

COVERAGE_V1: Final = BASE + "coverage/v1"
VERDICTS: Final = ("invalid", "indeterminate", "absent", "policy", "pass")
"""Gravest first."""
MODES: Final = ("observe", "warn", "enforce")
MAX_ROWS: Final = 1024
"""Commits of one statement; a longer range is several statements that name each other's number."""
MAX_PARTS: Final = 1024
MAX_INPUTS: Final = 4096
MAX_ROW_INPUTS: Final = 1024
MAX_REASONS: Final = 32
"""Failing checks that one row lists, gravest first; `leftOut` counts the rest."""

_HEX64 = Text(r"[0-9a-f]{64}", 64)
INPUT_ID: Final = Text(r"(?:att_|sha256:)[0-9a-f]{64}", 71)
"""The attestation's id; `sha256:` and the digest of the file where it does not parse that far."""
_REASON = Closed(
    {
        "check": WORD,
        "rule": WORD,
        "verdict": OneOf(VERDICTS[:-1]),
        "mode": OneOf(MODES),
        "policy": Whole(MAX_INPUTS),
        "code": WORD,
        "needs": OneOf(("complete-list",)),
    },
    optional=frozenset({"policy", "code", "needs"}),
)
"""`policy` is the place in `policy.sha256`; `needs` says that only a complete list of evidence could decide it (D5)."""
_ROW = Closed(
    {
        "oid": OID,
        "state": OneOf(STATES),
        "verdict": OneOf(VERDICTS),
        "tier": WORD,
        "reasons": ListOf(_REASON, MAX_REASONS),
        "leftOut": Whole(),
        "inputs": ListOf(INPUT_ID, MAX_ROW_INPUTS),
        "ignored": Whole(),
    },
    optional=frozenset({"tier", "leftOut", "ignored"}),
)

COVERAGE: Final = Closed(
    {
        "judgedAt": TIME,
        "range": Closed({"base": OID, "tip": OID, "count": Whole(MAX_ROWS * MAX_PARTS)}),
        "policy": Closed(
            {
                "name": OneOf(("repository", "evidence-only", "not-read")),
                "mode": OneOf(MODES),
                "readAt": OID,
                "chosen": OneOf(("base", "caller")),
                "sha256": ListOf(_HEX64, MAX_INPUTS),
            }
        ),
        "trust": ListOf(_HEX64, 64),
        "verifier": Closed({"id": Text(r"https://[!-~]{1,500}", 508), "version": WORD}),
        "asOf": Closed(
            {"list": OneOf(("not-proved", "proved")), "origin": Text(r"[!-~]{1,256}", 256), "treeSize": Whole(), "root": _HEX64},
            optional=frozenset({"origin", "treeSize", "root"}),
        ),
        "result": Closed(
            {
                "verdict": OneOf(VERDICTS),
                "states": Closed(dict.fromkeys(STATES, Whole())),
                "verdicts": Closed(dict.fromkeys(VERDICTS, Whole())),
                "stopped": WORD,
            },
            optional=frozenset({"stopped"}),
        ),
        "part": Closed({"number": Whole(MAX_PARTS), "of": Whole(MAX_PARTS), "rows": _HEX64}),
        "inputs": ListOf(Closed({"id": INPUT_ID, "sha256": _HEX64}), MAX_INPUTS),
        "commits": ListOf(_ROW, MAX_ROWS),
    },
    extensible=True,
)  # fmt: skip
"""`commits` are rows of this part, newest first; `part.rows` is SHA-256 over the canonical JSON of all rows of all parts."""
