"""What a policy is asked about: the paths a commit changed, the evidence that was judged, and how complete that is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from attest.model.times import rfc3339_seconds
from attest.model.verdict import EvidenceReport

_SYMLINK: Final = "120000"
_SUBMODULE: Final = "160000"
_EXECUTABLE: Final = "100755"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One path of a tree diff, from the clone itself. A rename is two: the old path gone, the new one there."""

    path: bytes
    before: str
    """Mode before, six octal digits; `000000` when the path is new."""
    after: str
    """Mode after; `000000` when the path is gone."""

    @property
    def kinds(self) -> frozenset[str]:
        """What else than a plain file it is or was: `symlink`, `submodule`, `executable`."""
        modes = {self.before, self.after}
        named = {_SYMLINK: "symlink", _SUBMODULE: "submodule", _EXECUTABLE: "executable"}
        return frozenset(named[mode] for mode in modes if mode in named)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedCommit:
    """One commit and all that is known of it."""

    oid: str
    tree: str
    author_email: str
    changes: tuple[Change, ...]
    reports: tuple[EvidenceReport, ...]
    ignored: int
    """Bundles under no pinned root."""
    any_root: bool
    policy_sha256: str
    """Digest of the repository's policy file, which a review names."""
    witnesses: str = ""
    """The pinned file of witnesses, with its digest; empty where none is pinned."""
    head: str | None = None
    """Newest commit of what is judged: the tip of a range, or the commit itself; None where nobody needs to know."""
    patch: str | None = None
    """Its stable patch id, where a policy lets reviews be carried."""
    same: frozenset[str] = frozenset()
    """Commits it was rewritten from whose diff is the same, where a policy lets reviews be carried."""


DEFAULT_MAX_AGE_S: Final = 24 * 3600
"""How old a complete answer may be where the policy does not say."""
MAX_SKEW_S: Final = 300
"""A log's clock may be this far ahead of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """Whether the list of evidence is proved complete (decision D5), and as of when."""

    as_of: datetime | None
    """When the log said that the head it was proved at is its newest; None: not proved."""
    against: str = "plain files: completeness not proved"
    """What it was proved at, or why it is not proved."""
    bad: str = ""
    """An answer that claims a pinned log and fails its checks: a security event, whatever else there is."""

    def holds(self, now: datetime, max_age_s: int | None) -> bool:
        """Tell whether it is proved, and neither older than the policy allows nor from the future."""
        if self.as_of is None or self.bad:
            return False
        age = (now - self.as_of).total_seconds()
        return -MAX_SKEW_S <= age <= (DEFAULT_MAX_AGE_S if max_age_s is None else max_age_s)

    def described(self, now: datetime, max_age_s: int | None) -> str:
        """Say what was proved; where an answer is too old, that it is."""
        if self.as_of is None or self.holds(now, max_age_s):
            return self.against
        stamp = rfc3339_seconds(self.as_of)
        allowed = DEFAULT_MAX_AGE_S if max_age_s is None else max_age_s
        return f"{self.against}, signed {stamp}: not within max_age ({allowed} s)"
