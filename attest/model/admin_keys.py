"""What `admin/v1` says of keys that are replaced or revoked: role, generation, digest, moments. Never a key."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from attest.model.erasure_predicate import HEX64
from attest.model.session_predicate import TIME
from attest.model.shape import Closed, OneOf, Whole


class KeyRole(StrEnum):
    """What a key is for, where it can be replaced while the instance goes on."""

    CA = "ca"
    """Issues certificates; its certificate-transparency key is replaced with it."""
    TSA = "tsa"
    """Stamps times."""
    TENANT = "tenant"
    """Keys what the instance compares with itself: write keys, fingerprints, sign-ins."""
    REDACTION = "redaction"
    """Keys the tokens that stand for what was redacted."""


class KeyAction(StrEnum):
    """What was done."""

    KEY_ROTATED = "key-rotated"
    """A generation of keys is announced; where one was announced under this number before and never began, this one holds."""
    KEY_REVOKED = "key-revoked"
    """From a moment on somebody else may have had the keys of a generation."""


KEY: Final = Closed(
    {
        "role": OneOf(tuple(role.value for role in KeyRole)),
        "generation": Whole(),
        "digest": HEX64,
        "begins": TIME,
        "previousEnds": TIME,
        "since": TIME,
    },
    optional=frozenset({"digest", "begins", "previousEnds", "since"}),
)
"""`digest` is SHA-256 of the public key (DER SPKI), or of a secret under a label of its own; `since` stands in a revocation."""
