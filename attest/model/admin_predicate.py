"""The `admin/v1` predicate: who runs an instance did something that others must be able to see. Written for unmasking so far.

It takes the log as its subject and names no value and no person: ids, digests, times, closed words. Who did it is the signer.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Final

from attest.model.session_predicate import BASE, SESSION_ID, TIME
from attest.model.shape import Closed, OneOf, Text

ADMIN_V1: Final = BASE + "admin/v1"
_HEX64: Final = Text(r"[0-9a-f]{64}", 64)


class AdminAction(StrEnum):
    """What was done."""

    UNMASK_APPROVED = "unmask-approved"
    """A second person approved one unmasking, until a moment."""
    UNMASKED = "unmasked"
    """One value was taken out of the vault."""


class Second(StrEnum):
    """Who stood beside the one who unmasked."""

    PERSON = "person"
    """Somebody whose signed approval was checked against a pinned root and a named identity."""
    TYPED = "typed-confirmation"
    """Nobody: one user, who typed a sentence."""


ADMIN: Final = Closed(
    {
        "action": OneOf(tuple(action.value for action in AdminAction)),
        "at": TIME,
        "unmask": Closed(
            {
                "session": SESSION_ID,
                "request": _HEX64,
                "expiresAt": TIME,
                "second": OneOf(tuple(second.value for second in Second)),
                "approval": _HEX64,
            },
            optional=frozenset({"expiresAt", "second", "approval"}),
        ),
    },
    optional=frozenset({"unmask"}),
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
