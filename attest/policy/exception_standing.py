"""Whether a signed exception applies to a rule and a commit at a moment. Expired and future-dated ones never count.

Not checked: signature, log and subject (`attest.evidence.offline`), and whether the signer may grant it: the policy names
who may, and how many it takes.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attest.model.exception_predicate import PolicyException


class ExceptionState(StrEnum):
    """Whether an exception applies, or why it does not."""

    APPLIES = "applies"
    OTHER_RULE = "other rule"
    OTHER_COMMIT = "other commit"
    """It does not speak of this commit with this tree."""
    EXPIRED = "expired"
    FUTURE = "future-dated"
    """It is signed, or says that it was granted, after the moment that is judged."""
    TIME_NOT_KNOWN = "time not known"
    """No signing time is proved."""

    @property
    def counts(self) -> bool:
        """Whether the exception may count."""
        return self is ExceptionState.APPLIES


def exception_state(
    exception: PolicyException, *, rule: str, oid: str, tree: str, signed_at: int | None, now: datetime
) -> ExceptionState:
    """Say whether an exception applies to a rule and commit at `now` (aware).

    `signed_at` is the proved signing time in seconds since the epoch: an exception that was signed later than it says, or is
    granted later than `now`, does not count, nor does one at or after the moment it expires.
    """
    if rule not in exception.rules:
        return ExceptionState.OTHER_RULE
    if (oid, tree) not in exception.commits:
        return ExceptionState.OTHER_COMMIT
    if now >= exception.expires_at:
        return ExceptionState.EXPIRED
    if signed_at is None:
        return ExceptionState.TIME_NOT_KNOWN
    if exception.granted_at > now or datetime.fromtimestamp(signed_at, UTC) > now:
        return ExceptionState.FUTURE
    return ExceptionState.APPLIES
