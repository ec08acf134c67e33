"""The `erasure/v1` predicate: the texts of these sessions are destroyed from this entry on, and stay so after any restore.

Its subjects are the log and each session by its commitment list, so that who asks for a session finds its erasure. It
holds ids, counts, times and closed words: no reason in free text, no name. It is logged before anything is destroyed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from attest.canonical import canonical_json
from attest.model.session_predicate import BASE, SESSION_ID, TIME
from attest.model.shape import Closed, ListOf, OneOf, Text, Whole

if TYPE_CHECKING:
    from collections.abc import Mapping

ERASURE_V1: Final = BASE + "erasure/v1"
MAX_SESSIONS: Final = 1000
"""Sessions of one erasure; a statement has room for 1,024 subjects."""
ERASURE_ID: Final = Text(r"ers_[0-9A-HJKMNP-TV-Z]{26}", 30)
HEX64: Final = Text(r"[0-9a-f]{64}", 64)


class ErasureScope(StrEnum):
    """How much of a session goes."""

    SESSION = "session"
    """All parts: the session's key and salts are destroyed, and the ciphertexts removed."""
    TRANSCRIPT = "transcript"
    """The transcript alone: its ciphertexts are removed; the key stays for the other parts."""


class ErasureBasis(StrEnum):
    """Why; an opinion of whoever asked."""

    REQUEST = "request"
    """Somebody asked for the erasure of what is held about them."""
    ORDER = "order"
    """A court or an authority said so."""
    MISTAKE = "mistake"
    """It should not have been recorded, or redaction missed something."""
    RETENTION = "retention"
    """Its time was over, by a rule that was logged before."""


class Witnessed(StrEnum):
    """Who stood beside the one who asked."""

    PERSON = "person"
    """Somebody else, whose certified identity or sign-in was checked."""
    TYPED = "typed-confirmation"
    """Nobody: one user, who typed a sentence."""
    RULE = "rule"
    """Nobody: a rule of retention, whose setting is in the log."""


ERASURE: Final = Closed(
    {
        "id": ERASURE_ID,
        "at": TIME,
        "scope": OneOf(tuple(ErasureScope)),
        "basis": OneOf(tuple(ErasureBasis)),
        "sessions": ListOf(SESSION_ID, MAX_SESSIONS),
        "parts": Whole(),
        "request": HEX64,
        "second": OneOf(tuple(Witnessed)),
        "by": HEX64,
        "approvedBy": HEX64,
        "approval": HEX64,
    },
    optional=frozenset({"by", "approvedBy", "approval"}),
    extensible=True,
)
"""`request` is `ErasureRequest.digest`; `approval` is the SHA-256 of the bundle of a second person's approval;
`by` and `approvedBy` are `name_digest`s of who asked and who approved at a service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureRequest:
    """What somebody asks to have erased."""

    id: str
    basis: ErasureBasis
    scope: ErasureScope
    sessions: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """Give the form that is signed, and handed to whoever is to approve."""
        told = {"id": self.id, "basis": self.basis.value, "scope": self.scope.value}
        return {**told, "sessions": sorted(set(self.sessions))}

    @property
    def digest(self) -> str:
        """What binds an approval to this very request."""
        return hashlib.sha256(b"whereof erasure request v1\0" + canonical_json(self.to_json())).hexdigest()


REQUEST: Final = Closed(
    {
        "id": ERASURE_ID,
        "basis": OneOf(tuple(ErasureBasis)),
        "scope": OneOf(tuple(ErasureScope)),
        "sessions": ListOf(SESSION_ID, MAX_SESSIONS),
    }
)


def erasure_request_of(value: Mapping[str, object]) -> ErasureRequest:
    """Read a request.

    Raises:
        InvalidInput: `evidence.statement`.
    """
    REQUEST.check(dict(value), "")
    sessions = value["sessions"]
    return ErasureRequest(
        id=str(value["id"]),
        basis=ErasureBasis(str(value["basis"])),
        scope=ErasureScope(str(value["scope"])),
        sessions=tuple(map(str, sessions)) if isinstance(sessions, list) else (),
    )
