"""The `log/v1` predicate: what a log says of itself. Its first leaf is a genesis, which names origin and keys."""

from __future__ import annotations

import base64
import hashlib
from typing import Final

from attest.model.session_predicate import LOG_V1
from attest.model.shape import Closed, OneOf, Text
from attest.model.statement import Statement, Subject, build_statement

GENESIS: Final = Closed(
    {
        "event": OneOf(("genesis",)),
        "origin": Text(most=255),
        "keys": Closed({"sigstore": Text(r"[A-Za-z0-9+/=]+", 512), "c2sp": Text(most=512)}),
        "createdAt": Text(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", 20),
    },
    extensible=True,
)
"""Shape of a genesis: `keys.sigstore` is the P-256 SPKI in base64, `keys.c2sp` the Ed25519 vkey."""


def log_subject(origin: str, vkey: str) -> Subject:
    """Name a log as the subject of statements about no commit (D1): its origin, and SHA-256 of its C2SP vkey."""
    return Subject(name=origin, sha256=hashlib.sha256(vkey.encode()).hexdigest())


def genesis(origin: str, *, sigstore_key: bytes, vkey: str, created_at: str) -> Statement:
    """Build the statement of a log's first leaf."""
    predicate: dict[str, object] = {
        "event": "genesis",
        "origin": origin,
        "keys": {"sigstore": base64.b64encode(sigstore_key).decode(), "c2sp": vkey},
        "createdAt": created_at,
    }
    GENESIS.check(predicate, "")
    return build_statement(LOG_V1, (log_subject(origin, vkey),), predicate)
