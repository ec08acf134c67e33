"""The `path-filter/v1` predicate: the digest of Bloom filters over the paths that the recordings of a span changed.

Only the digest is permanent. Whoever kept the filters can show later, without the log, that they were these: then a path
that they say was touched by no recording was in none of those whose paths were known when they were made.
"""

from __future__ import annotations

from typing import Final

from attest.model.session_predicate import BASE, TIME
from attest.model.shape import Closed, Text, Whole

PATH_FILTER_V1: Final = BASE + "path-filter/v1"
PATH_FILTER: Final = Closed(
    {
        "first": Whole(),
        "end": Whole(),
        "recordings": Whole(),
        "unknown": Whole(),
        "fanOut": Whole(),
        "hashes": Whole(),
        "bytes": Whole(),
        "sha256": Text(r"[0-9a-f]{64}", 64),
        "madeAt": TIME,
    },
    extensible=True,
)
"""`unknown` counts recordings of the span whose paths were not known: the filters say nothing of those."""
