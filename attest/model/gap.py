"""A gap as a value: what is known to be missing, in which span, and how that is known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from attest.model.basis import Basis
from attest.model.gap_predicate import MAX_LISTED, GapKind
from attest.model.times import rfc3339


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One gap, ready to be shown or signed."""

    kind: GapKind
    start: datetime
    until: datetime | None
    """None: it lasts."""
    seen: datetime
    """When the report was made, by the reporter's clock."""
    count: int
    """How many commits, sessions or transcripts; for a span of time, 1."""
    rule: str
    basis: Basis
    commits: tuple[str, ...] = ()
    """Full oids; the first `MAX_LISTED` in a statement."""
    sessions: tuple[str, ...] = ()
    repository: str | None = None
    device: str | None = None

    def listed(self) -> Gap:
        """Give the gap with no more commits and sessions than one statement lists; `count` still says how many."""
        return replace(self, commits=self.commits[:MAX_LISTED], sessions=self.sessions[:MAX_LISTED])

    def to_predicate(self) -> dict[str, object]:
        """Give the `gap/v1` predicate."""
        few = self.listed()
        out: dict[str, object] = {
            "kind": few.kind.value,
            "from": rfc3339(few.start),
            "seenAt": rfc3339(few.seen),
            "count": few.count,
            "rule": few.rule,
            "basis": few.basis.value,
        }
        if few.until is not None:
            out["until"] = rfc3339(few.until)
        if few.device is not None:
            out["device"] = few.device
        if few.repository is not None:
            out["repository"] = few.repository
        if few.commits:
            out["commits"] = [{"oid": oid} for oid in few.commits]
        if few.sessions:
            out["sessions"] = list(few.sessions)
        return out
