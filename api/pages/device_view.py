"""What the page shows on which a person lets a command line act for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from api.pages.spans import Spans
from attest.model.plain_text import printable
from attest.model.rights import Right

if TYPE_CHECKING:
    from collections.abc import Iterable

WORDS: Final = {
    Right.INGEST: "hand in sessions and bundles in your name",
    Right.VERIFY: "read what a verifier needs: bundles, entries, proofs",
    Right.SESSION_READ: "read sessions, answers and searches, without transcripts",
    Right.TRANSCRIPT: "read transcripts that you may read",
    Right.EXPORT: "make and take evidence bundles and populations",
    Right.REVIEW: "sign reviews",
    Right.POLICY: "change policies",
    Right.HOLD: "add and release holds",
    Right.ERASE_REQUEST: "ask for erasures",
    Right.ERASE_APPROVE: "approve erasures",
    Right.UNMASK_APPROVE: "approve unmaskings and incidents",
    Right.LOG_ADMIN: "run the log",
    Right.ACCESS_LOG: "read who read what",
    Right.ADMIN: "give and take roles, engagements and tokens of others",
}
"""Each scope in words; a scope without words is an error of a test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceView:
    """The page, ready to print: for the code, for the answer, or after it."""

    code: str = ""
    asker: str = ""
    asks: tuple[tuple[str, str], ...] = ()
    """Scope and its words."""
    days: int = 0
    done: str = ""
    """`let` or `refuse`, once it is answered."""
    message: Spans = ()


def device_view(code: str, asker: str, rights: Iterable[Right], *, days: int) -> DeviceView:
    """Give the page that asks for the answer."""
    held = frozenset(rights)
    asks = tuple((one.value, WORDS[one]) for one in Right if one in held)
    return DeviceView(code=code, asker=printable(asker), asks=asks, days=days)
