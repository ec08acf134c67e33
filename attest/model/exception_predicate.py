"""The `exception/v1` predicate: somebody takes on signature that named rules shall not stop named commits, until a day.

Why is one closed word; a longer reason is committed to by a salted digest and kept by who granted it (decision D6). Whether
the signer may grant anything is for the policy to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput
from attest.model.session_predicate import BASE, CHANGED, OID, TIME
from attest.model.shape import Closed, ListOf, OneOf, Text

if TYPE_CHECKING:
    from typing import Any

EXCEPTION_V1: Final = BASE + "exception/v1"
REASONS: Final = ("emergency", "false-positive", "fixture", "generated", "migration", "third-party", "other")
CAPACITIES: Final = ("owner", "security", "release", "compliance", "other")
"""As what the signer grants it: his own word, which the policy holds against the identities that it knows."""
MAX_RULES: Final = 16
MAX_COMMITS: Final = 256
MAX_DAYS: Final = 366
"""Longest time an exception may run for when it is made here."""
RULE_NAME: Final = Text(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", 64)

EXCEPTION: Final = Closed(
    {
        "grantedAt": TIME,
        "expiresAt": TIME,
        "rules": ListOf(RULE_NAME, MAX_RULES),
        "reason": OneOf(REASONS),
        "reasonText": Text(r"[0-9a-f]{64}", 64),
        "capacity": OneOf(CAPACITIES),
        "range": Closed({"base": OID, "tip": OID}),
        "commits": ListOf(Closed({"oid": OID, "tree": OID, "changed": CHANGED}), MAX_COMMITS),
    },
    optional=frozenset({"reasonText", "range"}),
    extensible=True,
)
"""`commits` are the subjects and all that it covers; `range` says only how they were named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyException:
    """An exception as a value."""

    granted_at: datetime
    """By the granter's clock; the proved time is that of the signature."""
    expires_at: datetime
    rules: tuple[str, ...]
    reason: str
    reason_text: str | None
    """SHA-256 over a salt and the reason in words, 64 hex digits; None: there are no more words than `reason`."""
    capacity: str
    commits: tuple[tuple[str, str], ...]
    """(oid, tree) of each commit that it covers."""


def exception_of(predicate: Mapping[str, object]) -> PolicyException:
    """Read an `exception/v1` predicate.

    Raises:
        InvalidInput: `evidence.statement`: not of its shape, without a rule or a commit, with a moment that no calendar has,
            or ending before it begins.
    """
    EXCEPTION.check(dict(predicate), "/predicate")
    read = _read(predicate)
    if not read.rules or not read.commits:
        raise _unsound("/predicate/rules", "at least one rule and one commit")
    if read.expires_at <= read.granted_at:
        raise _unsound("/predicate/expiresAt", "a moment after grantedAt")
    return read


def _read(value: Mapping[str, Any]) -> PolicyException:
    return PolicyException(
        granted_at=_moment(value["grantedAt"], "/predicate/grantedAt"),
        expires_at=_moment(value["expiresAt"], "/predicate/expiresAt"),
        rules=tuple(value["rules"]),
        reason=value["reason"],
        reason_text=value.get("reasonText"),
        capacity=value["capacity"],
        commits=tuple((row["oid"], row["tree"]) for row in value["commits"]),
    )


def _moment(text: str, where: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as err:
        raise _unsound(where, "a day that the calendar has") from err


def _unsound(where: str, expected: str) -> InvalidInput:
    return InvalidInput("evidence.statement", "the exception contradicts itself", expected=expected, where=where)
