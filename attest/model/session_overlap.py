"""Overlaps of sessions: who landed something on the same paths since, and what was read before it changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from attest.model.scope import AsOf

MAX_PATHS: Final = 1_000
MAX_COMMITS: Final = 1_000
MAX_ROWS: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlapQuestion:
    """What is asked."""

    paths: tuple[str, ...]
    """Below the work tree, as git names them; exactly these."""
    repository: str = ""
    """As `normal_repository` writes it; empty: whatever repository."""
    base: str = ""
    """Full oid: what was logged up to the newest entry that speaks of it is left out. Empty: nothing is."""
    landed: tuple[str, ...] | None = None
    """Full oids of the commits landed since, where a clone can say: only sessions of these. None: of any commit."""
    session: str = ""
    """The session whose reads are looked at too; what it wrote itself is never an overlap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlapRow:
    """One session that landed a change of one path."""

    path: str
    session: str
    attestation: str
    index: int
    commits: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """Give the JSON form."""
        return {
            "path": self.path,
            "session": self.session,
            "attestation": self.attestation,
            "index": self.index,
            "commits": list(self.commits),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleRead:
    """A file that the session read, and that another session changed and logged after that and before this one."""

    read_at: str
    """RFC 3339; empty where not known: then the change may have been before it."""
    changed_by: OverlapRow

    def to_json(self) -> dict[str, object]:
        """Give the JSON form."""
        return {"read_at": self.read_at or None, "changed_by": self.changed_by.to_json()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlaps:
    """The answer."""

    rows: tuple[OverlapRow, ...]
    stale: tuple[StaleRead, ...]
    more: bool
    """There are more than `MAX_ROWS`."""
    base_known: bool | None
    """Whether an entry speaks of the base; False: everything logged was looked at. None: no base was named."""
    unknown: int
    """Recordings after the base whose paths are not known here: left elsewhere, recorded without, erased, unreadable."""
    indexed_to: int
    as_of: AsOf

    def to_json(self) -> dict[str, object]:
        """Give the JSON form."""
        return {
            "data": [row.to_json() for row in self.rows],
            "stale_reads": [one.to_json() for one in self.stale],
            "more": self.more,
            "base_known": self.base_known,
            "unknown": self.unknown,
            "indexed_to": self.indexed_to,
            "as_of": self.as_of.to_json(),
        }
