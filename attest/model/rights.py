"""What a service lets people and pipelines do: the scopes of tokens, and the roles that give them. All of it is data.

The rules of the table are held by `tests/unit/model/test_rights.py`: no role both asks for an erasure and approves one,
none that administers reads a transcript, and nobody may hold two roles that together would do either.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Right(StrEnum):
    """One scope, spelled as in tokens."""

    INGEST = "ingest"
    """Hand in sessions, bundles and spans."""
    VERIFY = "verify"
    """Read what a verifier needs: bundles, entries, proofs, the log. No words of a session."""
    SESSION_READ = "session.read"
    """Read sessions, answers and searches; no transcript."""
    TRANSCRIPT = "session.read.transcript"
    """Read a transcript, with a purpose, where its runner, a review, a sample or an incident gives reason to."""
    EXPORT = "evidence.export"
    """Make and take evidence bundles and populations."""
    REVIEW = "review.write"
    POLICY = "policy.write"
    HOLD = "hold.write"
    ERASE_REQUEST = "erase.request"
    ERASE_APPROVE = "erase.approve"
    UNMASK_APPROVE = "unmask.approve"
    """Approve an unmasking, or a question about one person: the second role."""
    LOG_ADMIN = "log.admin"
    ACCESS_LOG = "access-log.read"
    """Read who read what."""
    ADMIN = "admin"
    """Give and take roles, engagements and tokens of others."""


class Role(StrEnum):
    """What somebody is to a tenant, or to some repositories of one."""

    DEVELOPER = "developer"
    REVIEWER = "reviewer"
    PIPELINE = "pipeline"
    AUDITOR = "auditor"
    SECURITY = "security"
    PRIVACY = "privacy"
    OPERATOR = "operator"
    MONITOR = "monitor"


_READS: Final = frozenset({Right.VERIFY, Right.SESSION_READ})

ROLES: Final[Mapping[Role, frozenset[Right]]] = {
    Role.DEVELOPER: _READS | {Right.INGEST, Right.TRANSCRIPT},
    Role.REVIEWER: _READS | {Right.TRANSCRIPT, Right.REVIEW},
    Role.PIPELINE: frozenset({Right.INGEST, Right.VERIFY}),
    Role.AUDITOR: _READS | {Right.TRANSCRIPT, Right.EXPORT, Right.ACCESS_LOG},
    Role.SECURITY: _READS | {Right.TRANSCRIPT, Right.EXPORT, Right.HOLD, Right.POLICY, Right.ERASE_APPROVE},
    Role.PRIVACY: _READS | {Right.ERASE_REQUEST, Right.UNMASK_APPROVE, Right.ACCESS_LOG},
    Role.OPERATOR: frozenset({Right.VERIFY, Right.LOG_ADMIN, Right.ADMIN}),
    Role.MONITOR: frozenset({Right.VERIFY}),
}
"""Which rights a role gives."""

APART: Final = (
    frozenset({Right.ERASE_REQUEST, Right.ERASE_APPROVE}),
    frozenset({Right.ADMIN, Right.TRANSCRIPT}),
    # Who opens an engagement does not confirm it.
    frozenset({Right.ADMIN, Right.UNMASK_APPROVE}),
)
"""Rights that no one may hold together, in one role or by several."""


def rights_of(roles: Iterable[Role]) -> frozenset[Right]:
    """Give all that some roles let do."""
    return frozenset().union(*(ROLES[role] for role in roles))


def together(roles: Iterable[Role]) -> frozenset[Right] | None:
    """Give rights that these roles would put into one hand and must not; None where there are none such."""
    held = rights_of(roles)
    return next((pair for pair in APART if pair <= held), None)
