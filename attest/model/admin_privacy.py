"""What `admin/v1` says of erasures asked for, legal holds, retention and pseudonyms: ids, digests, counts, closed words."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from attest.model.erasure_predicate import ERASURE_ID, HEX64, REQUEST
from attest.model.session_predicate import SESSION_ID, TIME, WORD
from attest.model.shape import Closed, ListOf, OneOf, Text, Whole

MAX_COVERED: Final = 1000
"""Sessions or repositories that one hold names."""
HOLD_ID: Final = Text(r"hld_[0-9A-HJKMNP-TV-Z]{26}", 30)
ACTOR: Final = Text(r"https?://[!-~]{1,500}", 512)
"""A pseudonym."""


class Second(StrEnum):
    """Who stood beside the one who unmasked."""

    PERSON = "person"
    """Somebody whose signed approval was checked against a pinned root and a named identity."""
    TYPED = "typed-confirmation"
    """Nobody: one user, who typed a sentence."""


ERASURE_ASKED: Final = Closed(
    {"id": ERASURE_ID, "request": HEX64, "asked": REQUEST, "by": HEX64, "expiresAt": TIME},
    optional=frozenset({"asked", "by", "expiresAt"}),
)
HOLD: Final = Closed(
    {
        "id": HOLD_ID,
        "matter": WORD,
        "sessions": ListOf(SESSION_ID, MAX_COVERED),
        "repositories": ListOf(Text(r"[!-~]{1,512}", 512), MAX_COVERED),
        "request": HEX64,
        "expiresAt": TIME,
        "second": OneOf(tuple(second.value for second in Second)),
        "approval": HEX64,
        "by": HEX64,
        "approvedBy": HEX64,
    },
    optional=frozenset(
        {"matter", "sessions", "repositories", "request", "expiresAt", "second", "approval", "by", "approvedBy"}
    ),
)
RETENTION: Final = Closed(
    {
        "id": Text(r"retention", 16),
        "request": HEX64,
        "expiresAt": TIME,
        "transcriptDays": Whole(),
        "reasoningDays": Whole(),
        "metadataDays": Whole(),
        "second": OneOf(tuple(second.value for second in Second)),
        "approval": HEX64,
        "approvedBy": HEX64,
    },
    optional=frozenset(
        {
            *("expiresAt", "transcriptDays", "reasoningDays", "metadataDays", "second", "approval", "approvedBy"),
        }
    ),
)
"""`by` and `approvedBy` are `name_digest`s; `request` is what an approval is bound to."""
