"""The `access/v1` predicate: who read what, some records at a time, in a log of its own beside the tenant's.

A record holds pseudonyms, ids, digests, counts and closed words. A purpose is free text, so that only its salted SHA-256
is signed; text and salt are kept beside the log, and can be erased without breaking it.
"""

from __future__ import annotations

from typing import Final

from attest.model.session_predicate import BASE

ACCESS_V1: Final = BASE + "access/v1"
MAX_RECORDS: Final = 500
"""Records in one statement."""
