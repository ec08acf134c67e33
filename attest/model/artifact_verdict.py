"""The answer of the gate for one artifact: its provenance, and the commits it was built from, each with its own verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attest.model.verdict import Verdict

if TYPE_CHECKING:
    from attest.model.provenance import Source
    from attest.model.verdict import CommitVerdict, EvidenceReport


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenanceReport:
    """One attestation about an artifact, and what became of it."""

    evidence: EvidenceReport
    builder: str | None = None
    sources: tuple[Source, ...] = ()
    about: bool = True
    """Whether the artifact is one of its subjects."""
    is_provenance: bool = True
    """False for statements of other kinds, which say nothing about where an artifact comes from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactVerdict:
    """The answer for one artifact."""

    artifact: str
    sha256: str
    verdict: Verdict
    """The gravest of the walk's and the commits'."""
    walk: Verdict
    """What the way from the artifact to its commits came to."""
    reason: str
    policy: str
    policy_base: str
    mode: str
    provenance: tuple[ProvenanceReport, ...]
    commits: tuple[CommitVerdict, ...] = ()
    """The commits of this repository that the provenance names; empty where the walk ended before."""
    elsewhere: tuple[Source, ...] = ()
    """Commits of other repositories among its materials: named, not judged."""
    ignored: int = 0
    """Attestations under no pinned root."""
    not_checked: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """The exit code: that of the gravest verdict that its own mode lets stop a pipeline."""
        stops = [one.verdict for one in self.commits if one.exit_code]
        if self.mode == "enforce" or self.walk is Verdict.INVALID:
            stops.append(self.walk)
        return max(stops, key=lambda verdict: verdict.severity, default=Verdict.PASS).exit_code
