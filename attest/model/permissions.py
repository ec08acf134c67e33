"""Who let each tool call through, for how long each permission held, and what of it was never used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from attest.model.basis import Basis, Evidence


class ApprovedBy(StrEnum):
    """Who let a call through, or refused it."""

    AUTO = "auto"
    """The permission mode in force asks nobody about such calls, or a record says that a rule or a hook decided."""
    HUMAN = "human"
    """A record says that a person decided."""
    SANDBOX = "sandbox"
    """It ran inside a sandbox that asks nobody."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvals:
    """Tool calls by who let them through; each call counts once."""

    auto: int
    human: int
    """Let through by a person."""
    human_refused: int
    """Refused by a person."""
    sandbox: int
    unknown: int
    """The transcript does not say: an allow rule, a person or the tool's nature, never guessed which."""
    seconds: tuple[int, ...]
    """Whole seconds from a request to a person's decision, only where both times are recorded; bounded."""
    evidence: tuple[Evidence, ...]
    """The first decisions of persons."""
    rule: str
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantSpan:
    """One permission and how long it held."""

    kind: str
    value: str
    """As in `attest.model.access.Grant`."""
    from_event: int
    until_event: int | None
    """`seq` from which another took its place; None: it held to the end of the transcript."""
    began: datetime | None
    ended: datetime | None
    """For one that held to the end, the time of the last record."""
    seconds: int | None
    """None where one of the times is not known."""
    evidence: tuple[Evidence, ...]
    rule: str
    basis: Basis


class ExcessKind(StrEnum):
    """What kind of authority was granted."""

    TOOL = "tool"
    NETWORK = "network"
    DIRECTORY = "directory"
    WRITE_OUTSIDE = "write-outside-worktree"
    BYPASS = "bypass"


class Use(StrEnum):
    """Whether a granted authority was used."""

    USED = "used"
    UNUSED = "unused"
    """No record shows a use: granted beyond what was needed, as far as the transcript shows."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantUse:
    """Whether one granted authority was used."""

    kind: ExcessKind
    value: str
    use: Use
    why: str
    evidence: tuple[Evidence, ...]
    """The grant, then a use."""
    rule: str
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class Visible:
    """Something outside the work tree that was made visible to the agent or to a program it started."""

    kind: str
    """`additional-directory`, `writable-directory`, `mount`."""
    path: str
    ts: datetime | None
    evidence: tuple[Evidence, ...]
    rule: str
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """All of it."""

    approvals: Approvals
    timeline: tuple[GrantSpan, ...]
    uses: tuple[GrantUse, ...]
    visible: tuple[Visible, ...]
