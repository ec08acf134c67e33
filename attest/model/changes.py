"""What a session changed: files, commits, and the state it started from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from attest.model.basis import Basis, Evidence


class ChangeOp(StrEnum):
    """What happened to a file."""

    CREATE = "create"
    MODIFY = "modify"
    DELETE = "delete"
    RENAME = "rename"
    COMMAND = "command"
    """A command rewrote it; the lines are not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of one file, in the order of the transcript."""

    path: str
    """As the transcript names it."""
    op: ChangeOp
    renamed_to: str | None
    added: tuple[str, ...]
    removed: tuple[str, ...]
    """Fingerprints of lines (`line_fingerprint`), in order; for comparing with hunks of a commit."""
    complete: bool
    """False where lines are missing: not recorded, or more than the reader keeps."""
    user_modified: bool
    by_subagent: bool
    event: int
    ts: datetime | None
    evidence: tuple[Evidence, ...]
    rule: str
    basis: Basis


TRACED = "traced"
"""Kind of a commit at which the lines that a record names hold: the record does not show it being made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedCommit:
    """A commit id that the transcript shows being made. It may since have been rewritten: a link of kind `observed`."""

    oid: str
    """Hexadecimal, 7 to 64 digits: usually abbreviated."""
    branch: str | None
    kind: str
    """`committed`, `amended`, `traced`, or what the agent's program called it."""
    ts: datetime | None
    evidence: tuple[Evidence, ...]
    rule: str
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedPullRequest:
    """A pull request that the transcript shows being opened or pushed to."""

    number: int | None
    url: str
    ts: datetime | None
    evidence: tuple[Evidence, ...]
    rule: str
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class Instructions:
    """A file of standing instructions (AGENTS.md, CLAUDE.md, ...) whose text the transcript shows in force."""

    path: str
    sha256: str | None
    """SHA-256 of the text as the transcript shows it (redacted), UTF-8; None where only its use is shown."""
    whole: bool
    """False where the transcript shows only a part of the file."""
    ts: datetime | None
    evidence: tuple[Evidence, ...]
    rule: str
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseState:
    """What the work started from. Every field None: the transcript does not say."""

    commit: str | None
    tree: str | None
    dirty: bool | None
    evidence: tuple[Evidence, ...]
    rule: str
    basis: Basis
