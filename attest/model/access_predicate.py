"""The `access/v1` predicate: who read what, some records at a time, in a log of its own beside the tenant's.

A record holds pseudonyms, ids, digests, counts and closed words. A purpose is free text, so that only its salted SHA-256
is signed; text and salt are kept beside the log, and can be erased without breaking it.
"""

from __future__ import annotations

import hashlib
from typing import Final

from attest.model.rights import Right
from attest.model.session_predicate import BASE, SESSION_ID, TIME
from attest.model.shape import Closed, ListOf, OneOf, Text, Whole

ACCESS_V1: Final = BASE + "access/v1"
MAX_RECORDS: Final = 500
"""Records in one statement."""
BESIDE: Final = "told"
"""What is kept beside the log: the purpose in words, and its salt."""
ADDRESSES: Final = ("loopback", "private", "public", "unknown")
_HEX64: Final = Text(r"[0-9a-f]{64}", 64)

_RECORD: Final = Closed(
    {
        "at": TIME,
        "who": Text(most=1024),
        "scope": OneOf(tuple(right.value for right in Right)),
        "purpose": _HEX64,
        "query": _HEX64,
        "session": SESSION_ID,
        "attestation": Text(r"att_[0-9a-f]{64}", 68),
        "rows": Whole(),
        "treeSize": Whole(),
        "address": OneOf(ADDRESSES),
    },
    optional=frozenset({"session", "attestation"}),
)
ACCESS: Final = Closed({"records": ListOf(_RECORD, MAX_RECORDS)}, extensible=True)
"""`who` is `owner` for the one user of an embedded instance. `query` is the SHA-256 of path and query; `rows` counts what was
shown: events, rows, hits, or 1 for a page of a transcript. `treeSize` is the state of the tenant's log that it was read at."""


def signed_part(record: dict[str, object]) -> dict[str, object]:
    """Give what is signed of a record as it is kept."""
    return {name: value for name, value in record.items() if name != BESIDE}


def purpose_digest(salt: bytes, purpose: str) -> str:
    """Give what is signed of a purpose."""
    return hashlib.sha256(salt + purpose.encode()).hexdigest()
