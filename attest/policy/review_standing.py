"""Whether a review still stands for what is there now: a push, or events that came later, make it outdated (decision D9).

A review is bound to commits with their trees and files, to its head, to the captures of the sessions that it names, and to
a policy. Where any of it is another now, the review does not count, and the reasons say which. The one way to carry it over
is a rule of the policy for a commit of equal patch.

Not checked: signature, log and subject (`attest.evidence.offline`), and who signed (`independence`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attest.model.review import Review


class Standing(StrEnum):
    """What has become of a review."""

    CURRENT = "current"
    CARRIED = "carried"
    """Of another commit with an equal patch, by a rule of the policy."""
    OUTDATED = "outdated"
    NOT_KNOWN = "not known"
    """What it would have to be held against is not known; it does not count."""

    @property
    def counts(self) -> bool:
        """Whether a review of this standing may count."""
        return self in (Standing.CURRENT, Standing.CARRIED)


class Difference(StrEnum):
    """What is another now than when the review was signed."""

    COMMIT = "commit"
    TREE = "tree"
    HEAD = "head"
    SESSIONS = "sessions"
    POLICY = "policy"
    PATCH = "patch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """What is there now, from the verifier's own clone and evidence. None always means not known."""

    oid: str
    """The commit that is judged."""
    tree: str
    head: str | None = None
    """Newest commit of the range that is judged; None where a single commit is judged, and no head is asked for."""
    patch: str | None = None
    """Stable patch id of the commit, recomputed; None where it has none."""
    same: Collection[str] = ()
    """Other commits whose diff was found to be this one's, byte for byte: equal ids alone leave out white space."""
    sessions: Mapping[str, Collection[str]] | None = None
    """Of each session that led to the commit, the digests that stand for what is known of it now: those of every recorded
    capture that no later one supersedes."""
    policy: str | None = None
    """Digest of the policy file, where the rule asks that the review be bound to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """The standing of a review and why."""

    standing: Standing
    differences: tuple[Difference, ...]
    why: str


_WHY = {
    Difference.COMMIT: "another commit was reviewed",
    Difference.TREE: "the commit has another tree than was reviewed",
    Difference.HEAD: "the review’s head is not the newest commit: something was pushed since",
    Difference.SESSIONS: "a session, or a later capture of one, was not before the reviewer",
    Difference.POLICY: "another policy was in force",
    Difference.PATCH: "its patch is another than was reviewed",
}


def standing(review: Review, now: Now, *, carry_equal_patch: bool = False) -> Stood:
    """Say whether a review stands for a commit.

    `carry_equal_patch` is the policy's explicit rule: only with it does a review of another commit count, where that commit's
    patch id as signed equals the one recomputed for this commit and whose diff is the same, and sessions and policy still agree. It also lets a review
    whose head has moved stand for a commit that was itself reviewed. Sessions that are not known give `NOT_KNOWN`: more could
    have been recorded than the reviewer saw.
    """
    found = list(_of_commit(review, now))
    carried = False
    if found and carry_equal_patch:
        carried = now.patch is not None and any(
            one.patch == now.patch and (one.oid == now.oid or one.oid in now.same) for one in review.commits
        )
        found = [] if carried else [*found, Difference.PATCH]
    if now.sessions is not None and not _sessions_agree(review, now.sessions):
        found.append(Difference.SESSIONS)
    if now.policy is not None and review.policy != now.policy:
        found.append(Difference.POLICY)
    if found:
        return Stood(standing=Standing.OUTDATED, differences=tuple(found), why="; ".join(_WHY[one] for one in found))
    if now.sessions is None:
        return Stood(standing=Standing.NOT_KNOWN, differences=(), why="which sessions there are is not known")
    if carried:
        return Stood(
            standing=Standing.CARRIED, differences=(), why="by the policy’s rule, from a commit of equal patch"
        )
    return Stood(standing=Standing.CURRENT, differences=(), why="over this commit, its tree and its sessions")


def _of_commit(review: Review, now: Now) -> tuple[Difference, ...]:
    reviewed = review.commit(now.oid)
    if reviewed is None:
        return (Difference.COMMIT,)
    differences = [Difference.TREE] if reviewed.tree != now.tree else []
    if now.head is not None and review.head_oid != now.head:
        differences.append(Difference.HEAD)
    return tuple(differences)


def _sessions_agree(review: Review, sessions: Mapping[str, Collection[str]]) -> bool:
    """Every standing capture of now was reviewed; the review may name more than led to this commit."""
    reviewed = {(one.id, one.sha256) for one in review.sessions}
    return all((session, digest) in reviewed for session, digests in sessions.items() for digest in digests)
