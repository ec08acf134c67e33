"""Links from session to commit (decision D7): many to many, each with evidence and confidence, appended, never edited.

A link is a claim by whoever asserted it. Its kind says how it came about, its confidence what agrees with it, its
overlap what the lines of the commit say. A low overlap is `unverified`, not false: formatters, scripts and people
write lines too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class LinkKind(StrEnum):
    """How a link came about."""

    RECORDED = "recorded"
    """A hook saw HEAD move while the session was active in that work tree."""
    ASSERTED = "asserted"
    """The recorder named the commit."""
    DECLARED = "declared"
    """A trailer of the commit's final trailer block, or the session's own store, names the other."""
    OBSERVED = "observed"
    """The commit's id stands in the transcript."""
    REWRITTEN = "rewritten"
    """The commit came out of one that is linked: amend, rebase, squash, cherry-pick, merge queue."""
    CONTENT = "content"
    """Lines of the commit were written in the session, and nothing else ties them. Proposed, never asserted."""
    NOTES = "notes"
    """A note of another tool on the commit names the session."""


class Relation(StrEnum):
    """What the session has to do with the commit."""

    AUTHORED = "authored"
    REVERTS = "reverts"
    """The commit takes back what the session wrote. Never credited as authored."""


class Confidence(StrEnum):
    """What agrees with a link, from strong to weak; `docs/reference/links.md` says what each kind needs."""

    STRONG = "strong"
    MEDIUM = "medium"
    UNVERIFIED = "unverified"
    """Claimed by somebody who could know, and the lines of the commit do not show it."""
    PROPOSED = "proposed"
    """Lines agree and nothing else does: for a person to look at."""
    HINT = "hint"
    """A claim that nothing agrees with. It gets no credit: the commit counts as not linked."""

    @property
    def credited(self) -> bool:
        """Whether a link of this confidence counts as a link at all."""
        return self in {Confidence.STRONG, Confidence.MEDIUM, Confidence.UNVERIFIED}


_ORDER: Final = tuple(Confidence)


def weaker(one: Confidence, other: Confidence) -> Confidence:
    """Give the weaker of two: a chain of links is as strong as its weakest."""
    return max(one, other, key=_ORDER.index)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """How many of a commit's added lines the session wrote; lines under eight characters tell nothing."""

    matched: int
    same_file: int
    """Of `matched`, those that the session wrote into a file of that path."""
    telling: int
    """Lines of the commit that could match. 0: the commit cannot be checked by its lines."""
    files_matched: int
    files: int

    @property
    def score(self) -> float | None:
        """Share of telling lines found in the session, 0 to 1; None where no line tells anything."""
        return self.matched / self.telling if self.telling else None

    @property
    def same_file_score(self) -> float:
        """Share of telling lines that the session wrote into the same file; 0 where no line tells anything."""
        return self.same_file / self.telling if self.telling else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRef:
    """A session, as a link names it: ours once recorded, else by the record of another tool."""

    id: str | None
    """`ses_…`; None while it is not recorded here."""
    agent: str | None = None
    """As labelled; a claim."""
    native_id: str | None = None
    source: str | None = None
    """Whose record names it: `entire`, `git-ai`, `memento`, `whogitit`; None for our own."""
    source_id: str | None = None
    """That record's id: a checkpoint, a note."""

    @property
    def name(self) -> str:
        """The best name there is."""
        parts = (self.source, self.source_id, self.native_id)
        return self.id or ":".join(part for part in parts if part) or "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkEvidence:
    """One fact a link rests on."""

    what: str
    """A word such as `trailer`, `checkpoint`, `patch-id`, `same-tree`, `files`, `time`."""
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link. What it says can be withdrawn only by another link or statement, never by changing it."""

    session: SessionRef
    commit: str
    kind: LinkKind
    confidence: Confidence
    method: str
    """`rule@version`."""
    relation: Relation = Relation.AUTHORED
    overlap: Overlap | None = None
    """None: not compared, and `evidence` says why."""
    evidence: tuple[LinkEvidence, ...] = ()
    derived_from: tuple[str, ...] = ()
    """Commits that were linked and became this one; empty for links of other kinds."""
    asserted_by: str = ""
    """Whose word it is: an identity as certified, `git` for what git alone shows, or the name of a tool."""
    time: datetime | None = None
    """When it was asserted, by the asserter's clock; None where nobody says."""
    attestation: str | None = None
    """`att_…` of the logged statement; None for a link that is only read, not signed."""

    @property
    def credited(self) -> bool:
        """Whether the commit counts as linked to the session by this."""
        return self.confidence.credited and self.relation is Relation.AUTHORED and self.kind is not LinkKind.CONTENT

    def to_json(self) -> dict[str, object]:
        """Give the link as the commands print it."""
        overlap, session = self.overlap, self.session
        return {
            "commit": self.commit,
            "session": session.id,
            "native_session": session.native_id,
            "agent": session.agent,
            "source": session.source,
            "source_id": session.source_id,
            "kind": self.kind.value,
            "relation": self.relation.value,
            "confidence": self.confidence.value,
            "credited": self.credited,
            "overlap": overlap_json(overlap),
            "method": self.method,
            "evidence": [{"what": e.what, "value": e.value} for e in self.evidence],
            "derived_from": list(self.derived_from),
            "asserted_by": self.asserted_by or None,
            "time": self.time.isoformat() if self.time else None,
            "attestation": self.attestation,
        }


def overlap_json(overlap: Overlap | None) -> dict[str, object] | None:
    """Give an overlap as the commands print it."""
    if overlap is None:
        return None
    return {
        "score": None if overlap.score is None else round(overlap.score, 3),
        "matched": overlap.matched,
        "same_file": overlap.same_file,
        "telling": overlap.telling,
        "files_matched": overlap.files_matched,
        "files": overlap.files,
    }
