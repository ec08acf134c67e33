"""Files read against files written: what was changed unseen, and what was looked at and left."""

from __future__ import annotations

from dataclasses import dataclass

from attest.model.basis import Basis, Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class UnseenWrite:
    """A file that was changed, and that nothing in the transcript shows being read or made before."""

    path: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSets:
    """Counts of distinct files, and the files changed unseen. A command may read files without a trace."""

    read: int
    written: int
    created: int
    """Of those written, made in the session."""
    read_not_written: int
    unseen: tuple[UnseenWrite, ...]
    """Bounded."""
    unseen_count: int
    rule: str
    basis: Basis
