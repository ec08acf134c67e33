"""The `admin/v1` predicate: who runs an instance did something that others must be able to see.

It takes the log as its subject and names no value and no person: ids, digests, times, closed words. Who did it is the signer.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Final

from attest.model.admin_keys import KEY, KeyAction
from attest.model.admin_privacy import ACTOR, ERASURE_ASKED, HOLD, RETENTION, Second
from attest.model.erasure_predicate import HEX64
from attest.model.exemplar import EXEMPLAR, ExemplarAction
from attest.model.governing import GOVERNING, GoverningAction
from attest.model.session_predicate import BASE, SESSION_ID, TIME
from attest.model.shape import Closed, OneOf

ADMIN_V1: Final = BASE + "admin/v1"
_HEX64: Final = HEX64


class AdminAction(StrEnum):
    """What was done."""

    UNMASK_APPROVED = "unmask-approved"
    """A second person approved one unmasking, until a moment."""
    UNMASKED = "unmasked"
    """One value was taken out of the vault."""
    ERASURE_REQUESTED = "erasure-requested"
    """Somebody asks for an erasure; nothing is destroyed yet."""
    ERASURE_APPROVED = "erasure-approved"
    """A second person approved one erasure, until a moment."""
    HOLD_ADDED = "hold-added"
    """From here on nothing that the hold covers is erased."""
    HOLD_RELEASE_REQUESTED = "hold-release-requested"
    """One person would release a hold; it holds on."""
    HOLD_RELEASE_APPROVED = "hold-release-approved"
    """A second person approved the release of one hold, until a moment."""
    HOLD_RELEASED = "hold-released"
    """The hold covers nothing any more."""
    RETENTION_APPROVED = "retention-approved"
    """A second person approved that classes are kept for a shorter time, until a moment."""
    RETENTION_SET = "retention-set"
    """How long each class is kept, from here on."""
    ACTOR_ERASED = "actor-erased"
    """What disclosed one pseudonym was destroyed."""


ADMIN: Final = Closed(
    {
        "action": OneOf(
            tuple(action.value for action in (*AdminAction, *GoverningAction, *KeyAction, *ExemplarAction))
        ),
        "at": TIME,
        "unmask": Closed(
            {
                "session": SESSION_ID,
                "request": HEX64,
                "expiresAt": TIME,
                "second": OneOf(tuple(second.value for second in Second)),
                "approval": HEX64,
            },
            optional=frozenset({"expiresAt", "second", "approval"}),
        ),
        "erasure": ERASURE_ASKED,
        "hold": HOLD,
        "retention": RETENTION,
        "actor": ACTOR,
        "key": KEY,
        "exemplar": EXEMPLAR,
        **GOVERNING,
    },
    optional=frozenset({*GOVERNING, "unmask", "erasure", "hold", "retention", "actor", "key", "exemplar"}),
    extensible=True,
)
"""`request` is `unmask_request`; `expiresAt` stands in an approval; `second` and, for a person, the SHA-256 of the approval's
bundle stand in what was done."""


def unmask_request(session: str, token: str, reason: str) -> str:
    """Give the digest that binds an approval to one session, one token and one reason.

    The token is keyed, so that whoever does not hold it can test no guess of the reason.
    """
    parts = (part.encode() for part in ("whereof unmask v1", session, token, reason))
    return hashlib.sha256(b"".join(len(part).to_bytes(4, "big") + part for part in parts)).hexdigest()
