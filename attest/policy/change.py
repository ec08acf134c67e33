"""What a policy is asked about: the paths a commit changed, the evidence that was judged, and how complete that is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """Whether the list of evidence is proved complete (decision D5), and as of when."""

    as_of: datetime | None
    """Time of the checkpoint that it was proved at; None: not proved."""
    against: str = "plain files: completeness not proved"

    def holds(self, now: datetime, max_age_s: int | None) -> bool:
        """Tell whether it is proved and not older than the policy allows."""
        if self.as_of is None:
            return False
        return max_age_s is None or (now - self.as_of).total_seconds() <= max_age_s
