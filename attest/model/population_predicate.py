"""The `population/v1` predicate: a saved question with what it gave, so that the same question later gives the same rows.

It takes the log as its subject. The rows stand beside it, bound by their digest: one canonical JSON object to a line,
so that `sha256sum` of the file is the digest. It holds no free text and no person: ids, counts, digests, closed words.
"""

from __future__ import annotations

from typing import Final

from attest.model.recording_facets import FACETS, MAX_VALUE
from attest.model.session_predicate import BASE, OID, TIME, WORD
from attest.model.shape import Closed, Counts, ListOf, OneOf, Text, Whole

POPULATION_V1: Final = BASE + "population/v1"
UNITS: Final = ("change", "commit", "deployment", "release")
SOURCES: Final = ("git", "log")
STATES: Final = (
    "absent",
    "attested",
    "covered",
    "declared",
    "indeterminate",
    "invalid",
    "not-recorded",
    "other",
    "pass",
    "policy",
)
"""What a row may be: of a commit or a change in git what the log says of it, of a judged change its newest verdict."""
METHODS: Final = ("monetary-unit", "random", "stratified")
STRATA: Final = ("repository", "state")
"""What rows may be grouped by. Never a person (decision 14)."""
WEIGHTS: Final = ("commits", "entries", "files", "lines")
"""Units that rows may weigh: members of a row. None of them is money; the method has its name from where it comes from."""
MEASURES: Final = ("files", "lines")
"""Units that have to be measured in git when the question is saved."""
ALGORITHM: Final = "hmac-ranking@1"
MAX_ROWS: Final = 100_000
MAX_EXCLUSIONS: Final = 1024
MAX_TIE_OUTS: Final = 16
MAX_TYPES: Final = 16
MAX_STRATA: Final = 512

HEX64: Final = Text(r"[0-9a-f]{64}", 64)
POPULATION_ID: Final = Text(r"pop_[0-9a-f]{64}", 68)
ROW_ID: Final = Text(r"[!-~]{1,256}", 256)
REPOSITORY: Final = Text(r"git\+[!-~]{1,1000}", 1004)
QUESTION: Final = Text(r"[ -~]{1,500}", 500)
"""How another source was asked, as it was typed."""

POPULATION: Final = Closed(
    {
        "unit": OneOf(UNITS),
        "extractedAt": TIME,
        "query": Closed(
            {
                "source": OneOf(SOURCES),
                "repository": REPOSITORY,
                "base": OID,
                "tip": OID,
                "since": TIME,
                "until": TIME,
                "predicateTypes": ListOf(Text(r"[!-~]{1,256}", 256), MAX_TYPES),
                "measures": ListOf(OneOf(MEASURES), len(MEASURES)),
                "facets": Closed(dict.fromkeys(FACETS, Text(r"[!-~]{1,512}", MAX_VALUE)), optional=frozenset(FACETS)),
            },
            optional=frozenset({"repository", "base", "tip", "since", "until", "predicateTypes", "measures", "facets"}),
        ),
        "asOf": Closed({"origin": Text(r"[!-~]{1,256}", 256), "treeSize": Whole(), "root": HEX64}),
        "rows": Closed({"count": Whole(MAX_ROWS), "sha256": HEX64}),
        "exclusions": ListOf(Closed({"id": ROW_ID, "why": WORD}), MAX_EXCLUSIONS),
        "tieOut": ListOf(
            Closed(
                {
                    "source": WORD,
                    "query": QUESTION,
                    "readAt": TIME,
                    "count": Whole(),
                    "sha256": HEX64,
                    "both": Whole(),
                    "onlyHere": Whole(),
                    "onlyThere": Whole(),
                }
            ),
            MAX_TIE_OUTS,
        ),
        "draw": Closed({"algorithm": OneOf((ALGORITHM,)), "seedSha256": HEX64}),
        "sample": Closed(
            {
                "of": POPULATION_ID,
                "rows": Closed({"count": Whole(MAX_ROWS), "sha256": HEX64}),
                "algorithm": OneOf((ALGORITHM,)),
                "method": OneOf(METHODS),
                "by": OneOf(STRATA + WEIGHTS),
                "strata": Counts(key=r"[!-~]{1,1004}", most=MAX_STRATA),
                "weighed": Closed({name: Whole() for name in ("interval", "total", "certain", "zero", "unknown")}),
                "seed": HEX64,
                "seedCommitted": OneOf(("before", "not")),
            },
            optional=frozenset({"by", "strata", "weighed"}),
        ),
    },
    optional=frozenset({"draw", "sample"}),
    extensible=True,
)
"""`draw.seedSha256` is SHA-256 of the seed that samples will be drawn with; `sample` makes this a sample of another."""
