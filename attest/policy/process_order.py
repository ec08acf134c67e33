"""Whether the process came before the code: the goal before the first edit, the sign-off of the process before the code's.

The first is read from what a session's statement counts, and is as good as its basis; the second from the proved times of
signatures, never from what a reviewer says of his own clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.policy.finding import Finding, Known, all_of

if TYPE_CHECKING:
    from attest.model.review import Review

EDITS_BEFORE_INTENT: Final = "editsBeforeIntent"
"""Name of the count under `facts.extensions.counts` of a session."""
_BASES: Final = ("corroborated", "observed", "reported", "inferred")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedReview:
    """A review that counts, and its proved signing time in seconds since the epoch; None where no time is proved."""

    review: Review
    signed_at: int | None


def process_before_code(reviews: Iterable[SignedReview], session_facts: Iterable[Mapping[str, object]]) -> Finding:
    """Say whether each session had its goal before its first edit, and the process was approved before the code.

    `session_facts` are the `facts` members of the sessions' statements. Hand in only reviews and sessions that count.
    """
    return all_of((sign_offs_in_order(reviews), *(intent_before_edit(facts) for facts in session_facts)))


def sign_offs_in_order(reviews: Iterable[SignedReview]) -> Finding:
    """Say whether no approval of code is older than the first approval of the process.

    One signature over both is in order by itself: its questions stand in the same statement.
    """
    approving = tuple(one for one in reviews if one.review.approves)
    process = tuple(one for one in approving if one.review.of_process)
    code_alone = tuple(one for one in approving if not one.review.of_process)
    if not process:
        return Finding(known=Known.NO, why=("nobody approved the process",))
    if not code_alone:
        return Finding(known=Known.YES, why=("no code was approved apart from the process",))
    if any(one.signed_at is None for one in (*process, *code_alone)):
        return Finding(known=Known.NOT_KNOWN, why=("the time of an approval is not proved",))
    first = min(one.signed_at for one in process if one.signed_at is not None)
    if any(one.signed_at < first for one in code_alone if one.signed_at is not None):
        return Finding(known=Known.NO, why=("code was approved before the process was",))
    return Finding(known=Known.YES, why=("the process was approved before the code",))


def intent_before_edit(facts: Mapping[str, object]) -> Finding:
    """Say whether a session had a prompt of a person before its first edit, by its own count.

    A session recorded before this was counted, or whose transcript does not show it, is not known. The count is the
    runner's record: it cannot show what was said outside it.
    """
    count, basis = _count(facts)
    if count is None or basis == "unknown":
        return Finding(
            known=Known.NOT_KNOWN, why=("whether the goal was stated before the first edit is not recorded",)
        )
    if count:
        return Finding(known=Known.NO, why=("files were edited before a goal was stated",))
    return Finding(known=Known.YES, why=(f"the goal was stated before the first edit ({basis})",))


def _count(facts: Mapping[str, object]) -> tuple[int | None, str]:
    """Extensions are kept whatever they hold: what is not a count is not known."""
    at: object = facts
    for name in ("extensions", "counts", EDITS_BEFORE_INTENT):
        at = at.get(name) if isinstance(at, Mapping) else None
    if not isinstance(at, Mapping):
        return None, "unknown"
    count, basis = at.get("count"), at.get("basis")
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        return None, "unknown"
    return (count, str(basis)) if basis in _BASES else (None, "unknown")
