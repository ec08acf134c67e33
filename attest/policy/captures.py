"""Which captures of a session stand for it: all that no later capture by the same identity supersedes (decision D4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from attest.policy.independence import Signer

if TYPE_CHECKING:
    from attest.model.statement import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One recorded capture of a session."""

    attestation: str
    session: str
    sha256: str
    """Digest of the session as a subject of its own statement."""
    commits: frozenset[str]
    supersedes: str | None
    signer: Signer


def capture_of(statement: Statement, attestation: str, signer: Signer) -> Capture | None:
    """Read a `session/v1` statement; None where it does not name its session as a subject."""
    session = statement.predicate.get("session")
    name = session.get("id") if isinstance(session, dict) else None
    subject = next((one for one in statement.subjects if one.name == name), None)
    if not isinstance(name, str) or subject is None:
        return None
    earlier = statement.predicate.get("supersedes")
    return Capture(
        attestation=attestation,
        session=name,
        sha256=subject.sha256,
        commits=frozenset(one.git_commit for one in statement.subjects if one.git_commit),
        supersedes=earlier if isinstance(earlier, str) else None,
        signer=signer,
    )


def standing_captures(captures: Iterable[Capture]) -> tuple[Capture, ...]:
    """Give the captures that stand, in the order given: `supersedes` of another identity, or with fewer commits, is void."""
    known = {one.attestation: one for one in captures}
    gone = {
        later.supersedes
        for later in known.values()
        if later.supersedes in known and later.supersedes != later.attestation and _may(later, known[later.supersedes])
    }
    return tuple(one for one in known.values() if one.attestation not in gone)


def digests_by_session(captures: Iterable[Capture]) -> dict[str, frozenset[str]]:
    """Give for each session the digests of its standing captures: what `review_standing.Now.sessions` asks for."""
    found: dict[str, frozenset[str]] = {}
    for one in standing_captures(captures):
        found[one.session] = found.get(one.session, frozenset()) | {one.sha256}
    return found


def _may(later: Capture, earlier: Capture) -> bool:
    same = (later.session, later.signer) == (earlier.session, earlier.signer)
    return same and earlier.commits <= later.commits
