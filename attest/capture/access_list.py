"""The list of what a session reached: once per kind, target and basis. Shared by every reader."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace
from dataclasses import field as member

from attest.capture.shell_access import Reach
from attest.capture.steps import Place
from attest.capture.text import target
from attest.model.access import IN_FILES, Access, AccessKind
from attest.model.basis import Basis, Evidence

MAX_ACCESSES = 50_000
MAX_PLACES = 64


@dataclass(slots=True)
class AccessList:
    """Collects accesses, one per kind, target and basis."""

    agent: str
    """The beginning of the rules' names."""
    kept: dict[tuple[AccessKind, str, Basis], Access] = member(default_factory=dict)
    places: dict[tuple[AccessKind, str, Basis], list[Evidence]] = member(default_factory=dict)
    worktree: str | None = None

    def finish(self) -> tuple[Access, ...]:
        """Give the accesses in order of their first time."""
        return tuple(replace(one, evidence=tuple(self.places[key])) for key, one in self.kept.items())

    def add(self, found: list[Reach], place: Place, basis: Basis) -> None:
        """Add what one call reached."""
        for kind, name in found:
            self._add(kind, target(name), place, basis)

    def _add(self, kind: AccessKind, name: str, place: Place, basis: Basis) -> None:
        key = (kind, name, basis)
        known = self.kept.get(key)
        if known is not None:
            self.kept[key] = replace(known, count=known.count + 1)
            spots = self.places[key]
            if len(spots) < MAX_PLACES and spots[-1].record != place.evidence.record:
                spots.append(place.evidence)
            return
        if not name or len(self.kept) >= MAX_ACCESSES:
            return
        self.places[key] = [place.evidence]
        self.kept[key] = Access(
            kind=kind,
            target=name,
            count=1,
            outside_worktree=self._outside(name) if kind in IN_FILES else None,
            ts=place.ts,
            evidence=(),
            rule=f"{self.agent}/access.{'tool' if basis is Basis.OBSERVED else 'command'}@1",
            basis=basis,
        )

    def _outside(self, path: str) -> bool | None:
        """None where the session's directory is not known, or the path is relative: a `cd` may stand before it."""
        if path.startswith("~"):
            return True
        if self.worktree is None or "[REDACTED" in path or "[REDACTED" in self.worktree:
            return self._redacted_outside(path)
        if not path.startswith("/"):
            return True if posixpath.normpath(path).startswith("..") else None
        top = self.worktree.rstrip("/")
        clean = posixpath.normpath(path)
        return not (clean == top or clean.startswith(top + "/"))

    def _redacted_outside(self, path: str) -> bool | None:
        """Where a part of the path is redacted, only a path below the same redacted directory is known to be inside."""
        top = (self.worktree or "").rstrip("/")
        return False if top and (path == top or path.startswith(top + "/")) and "/.." not in path else None
