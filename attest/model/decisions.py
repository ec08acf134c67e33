"""What people asked for and decided in a session: prompts, plans, answers, overrides, rejected paths."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from attest.model.basis import Basis, Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """Words a person gave to the agent. Text that hooks, commands or the interface inject is never one."""

    text: str
    truncated: bool
    """True where the prompt was longer than the reader keeps."""
    ts: datetime | None
    """By the clock of the machine that ran the agent; None where the record has no readable time."""
    event: int
    """`seq` of the event."""
    evidence: tuple[Evidence, ...]
    rule: str
    basis: Basis


class PlanKind(StrEnum):
    """Where a plan was put forward."""

    PROPOSAL = "proposal"
    """Put before a person for approval."""
    TASK_LIST = "task-list"
    """The agent's own list of tasks; nobody is asked."""


class PlanState(StrEnum):
    """What became of one revision of a plan."""

    PROPOSED = "proposed"
    """Nobody answered, as far as the transcript shows."""
    APPROVED = "approved"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    """Replaced by a later revision before anybody answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One revision of a plan."""

    kind: PlanKind
    revision: int
    """Counted from 1 within its kind."""
    text: str
    """Empty where the transcript does not hold the plan's text."""
    truncated: bool
    steps: tuple[str, ...]
    """Headings and list items of the text, or the tasks of the list; bounded."""
    steps_added: tuple[str, ...]
    steps_removed: tuple[str, ...]
    """Against the revision before, of the same kind; for the first revision all steps are added."""
    state: PlanState
    reason: str | None
    """The person's words with a rejection; None where none were given."""
    before_first_edit: bool
    """True where no file outside the agent's own plan store had been edited yet."""
    ts: datetime | None
    evidence: tuple[Evidence, ...]
    """First the proposal, then what decided it."""
    rule: str
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A question that the agent asked and a person answered through the agent's own dialogue."""

    question: str
    options: tuple[str, ...]
    answer: str
    ts: datetime | None
    evidence: tuple[Evidence, ...]
    rule: str
    basis: Basis


class OverrideKind(StrEnum):
    """How a person stopped or changed what the agent was doing."""

    REJECTION = "rejection"
    INTERRUPT = "interrupt"
    USER_MODIFIED = "user-modified"
    """The person edited the proposed change before letting it through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """One act of a person against what the agent proposed or did."""

    kind: OverrideKind
    tool: str | None
    """The tool that was called; None for an interrupt outside a tool call."""
    target: str | None
    """Path or command that was refused, shortened; None where the tool has neither."""
    reason: str | None
    """The person's words given with the act; None where none were given."""
    correction: str | None
    """The next prompt of a person; None where the session ends, or the agent goes on by itself, first."""
    ts: datetime | None
    evidence: tuple[Evidence, ...]
    """First the record of the act, then the call it refused, then the correction."""
    rule: str
    basis: Basis


class RejectedPathKind(StrEnum):
    """How a way was tried or proposed and then left."""

    PROPOSAL = "proposal"
    """A tool input or plan that a person refused."""
    REVERSAL = "reversal"
    """An edit that put back what an earlier edit of this session had replaced."""
    DISCARD = "discard"
    """A command that throws work away: restore, checkout of paths, hard reset, revert, stash drop."""
    BRANCH = "branch"
    """Records of an abandoned branch of the conversation."""
    RETRY = "retry"
    """An edit that the tool refused, and that was then made in another form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedPath:
    """A way that was proposed or taken, and then not kept."""

    kind: RejectedPathKind
    tool: str | None
    target: str | None
    detail: str
    """The refused input or the command, shortened."""
    ts: datetime | None
    evidence: tuple[Evidence, ...]
    """First what was proposed or done, then what ended it."""
    rule: str
    basis: Basis
